#!/bin/bash
# crontab(1) with its set-id bit, and a user who means harm: each class of past
# holes that concerns it (by the numbers they were given), against the installed
# program.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crontab_lib.sh"

# CVE-2001-0235, CVE-2005-1038: files that the caller can't read.
others_files()
{
	begin
	echo 'secret' >"$TREE/home/bob/key"
	chown bob "$TREE/home/bob/key"
	chmod 0600 "$TREE/home/bob/key"
	ct 1 "$TREE/home/bob/key"
	err_is "$TREE/home/bob/key: Permission denied"
	ct 1 -T "$TREE/home/bob/key"
	ln -sf "$TREE/home/bob/key" "$TREE/home/alice/link"
	ct 1 "$TREE/home/alice/link"
	err_lacks secret
	echo '1 1 1 1 * bobs' | give bob
	ct 1 "$SPOOL/bob"
	ct 1 -T "$SPOOL/bob"
	err_lacks bobs
	# nor does a message tell what is there (CVE-2011-1073)
	mkdir -m 0700 "$TREE/home/bob/dir" 2>/dev/null || true
	ct 1 "$TREE/home/bob/dir/there"
	chmod 0700 "$TREE/home/bob"
	ct 1 "$TREE/home/bob/key"
	cp "$TREE/e" "$TREE/first"
	ct 1 "$TREE/home/bob/nokey"
	cmp <(sed s/nokey/key/ "$TREE/e") "$TREE/first"
	chmod 0755 "$TREE/home/bob"
	no_table alice
}

# A table that is a link is read with the caller's rights.
linked_tables()
{
	begin
	echo 'root:secret' >"$TREE/home/root/shadow"
	chmod 0600 "$TREE/home/root/shadow"
	ln -s "$TREE/home/root/shadow" "$SPOOL/alice"
	ct 1 -l
	err_lacks secret
	WITH=(EDITOR=cat)
	ct 1 -e
	WITH=()
	rm "$SPOOL/alice"
	echo '1 1 1 1 * own' >"$TREE/home/alice/tab"
	ln -s "$TREE/home/alice/tab" "$SPOOL/alice"
	ct 0 -l
	out_is '1 1 1 1 * own'
	mkfifo "$SPOOL/fifo"
	mv "$SPOOL/fifo" "$SPOOL/alice"
	ct 1 -l
	rm "$SPOOL/alice"
	mkdir "$SPOOL/alice"
	ct 1 -l
	err_has '/alice: Is a directory$'
	rmdir "$SPOOL/alice"
}

# CVE-2001-0559: the editor has the caller's ids, each time it runs.
editors_ids()
{
	local own

	begin
	cat >"$TREE/usr/sbin/ed.sh" <<-'END'
		#!/bin/bash
		PATH=/usr/bin:/bin
		grep -E '^(Uid|Gid|Groups|CapEff|CapPrm):' /proc/self/status >&2
		echo "fds $(ls /proc/self/fd | wc -l)" >&2
		grep -q again "$1" && exec sed -i s/61/1/ "$1"
		echo '61 1 1 1 * again' >"$1"
	END
	chmod 0755 "$TREE/usr/sbin/ed.sh"
	WITH=("EDITOR=$TREE/usr/sbin/ed.sh")
	echo y | ct 0 -e
	WITH=()
	same uids "$(grep -cP '^Uid:\t70001\t70001\t70001\t70001$' "$TREE/e")" 2
	same gids "$(grep -cP '^Gid:\t70001\t70001\t70001\t70001$' "$TREE/e")" 2
	same groups "$(grep -cP '^Groups:\t70001 72000 $' "$TREE/e")" 2
	same caps "$(grep -cP '^Cap(Eff|Prm):\t0+$' "$TREE/e")" 4
	# no more descriptors than the caller has himself (CVE-2012-6097)
	own=$("${ALICE[@]}" bash -c 'ls /proc/self/fd | wc -l')
	same descriptors "$(grep -cx "fds $own" "$TREE/e")" 2
}

# CVE-2010-0424, Debian 2001: links put in the place of the draft.
linked_drafts()
{
	local before

	begin
	echo 'keep' >"$TREE/home/bob/victim"
	chown bob "$TREE/home/bob/victim"
	before=$(stat -c '%y %z' "$TREE/home/bob/victim")
	echo '1 1 1 1 * bobs' | give bob
	for victim in "$TREE/home/bob/victim" "$SPOOL/bob"; do
		WITH=("EDITOR=ln -sf $victim")
		ct 1 -e
		err_lacks bobs
	done
	WITH=()
	same victim "$(stat -c '%y %z' "$TREE/home/bob/victim")" "$before"
	no_table alice
}

# TMPDIR does not count with rights.
tmpdir()
{
	begin
	mkdir -p "$TREE/home/alice/tmp"
	chown alice "$TREE/home/alice/tmp"
	WITH=("TMPDIR=$TREE/home/alice/tmp" 'EDITOR=echo >&2 draft')
	ct 0 -e
	err_has '^draft /tmp/crontab\.'
	WITH=()
}

# CVE-2000-1096: temporary files, whatever the umask and however often.
temporary_files()
{
	begin
	need strace
	echo '1 1 1 1 * x' >"$TREE/home/alice/t"
	for mask in 0 0777; do
		(
			umask "$mask"
			HOME=$TREE/home/alice strace -f -u alice -o "$TREE/trace" -e trace=openat,open \
			    "$BIN" "$TREE/home/alice/t" >/dev/null
		)
		table_is alice '1 1 1 1 * x'
		same mode "$(stat -c %a "$SPOOL/alice")" 600
	done
	grep -Eq 'openat.*tmp\..*O_RDWR\|O_CREAT\|O_EXCL.*0600' "$TREE/trace" ||
	    fail 'no temporary file made as it must be'
	chmod 0644 "$TREE/trace"
}

# What the caller could say to lead the rights elsewhere.
refused_options()
{
	begin
	ct 1 --root="$TREE/home/alice" -l
	err_is 'crontab: --root: not with the rights of a set-id program'
	ct 1 --personality=debian -l
	err_is 'crontab: --personality: not with the rights of a set-id program'
	ct 1 --pers redhat -l
	err_has '^crontab: --personality: not'
	ct 1 -l --roo "$TREE/home/alice"
	err_has '^crontab: --root: not'
	ct_root 1 --root="$TREE" -l
	err_is 'no crontab for root'
	cp "$BIN" "$TREE/usr/sbin/plain"
	chmod 0755 "$TREE/usr/sbin/plain"
	mkdir -p "$TREE/home/alice/r/var/spool/cron/crontabs" \
	    "$TREE/home/alice/r/var/spool/cron/tabs"
	chown -R alice "$TREE/home/alice/r"
	said 1 "${ALICE[@]}" "$TREE/usr/sbin/plain" --root="$TREE/home/alice/r" -l
	err_is 'no crontab for alice'
	# without its bit it says so
	said 1 "${ALICE[@]}" "$TREE/usr/sbin/plain" -l
	! is debian || err_has "not installed setgid crontab"
	rm -rf "$TREE/home/alice/r"
}

# CVE-2006-2607: a set*id call that fails ends it, before anything is done.
failing_calls()
{
	local call n

	begin
	need strace
	chmod 0755 "$TREE"
	echo '1 1 1 1 * x' >"$TREE/home/alice/t"
	touch "$TREE/trace"
	for call in setresuid setresgid; do
		for n in 1 2 3 4 5 6 7 8; do
			strace -f -u alice -o "$TREE/trace" -e trace="$call,execve" \
			    -e inject="$call:error=EAGAIN:when=$n" \
			    env -i EDITOR="touch $OUT/edited; id -u; :" "$BIN" -e \
			    </dev/null >"$TREE/o" 2>"$TREE/e" || true
			if ! grep -q INJECTED "$TREE/trace"; then
				rm -f "$OUT/edited"
				continue
			fi
			[ ! -e "$OUT/edited" ] ||
			    fail "$call $n failed, and the editor ran"
			rm -f "$OUT/edited"
		done
		strace -f -u alice -o "$TREE/trace" -e trace="$call" \
		    -e inject="$call:error=EAGAIN" "$BIN" "$TREE/home/alice/t" \
		    >"$TREE/o" 2>"$TREE/e" && fail "went on without $call"
		no_table alice
	done
	# a call that says it worked and did not
	for call in setresuid setresgid; do
		if strace -f -u alice -o "$TREE/trace" -e trace="$call" \
		    -e inject="$call:retval=0" "$BIN" "$TREE/home/bob/key" \
		    >"$TREE/o" 2>"$TREE/e"; then
			fail "went on although $call did nothing"
		fi
		no_table alice
	done
}

asked()
{
	grep -qs 'retry the same edit' "$TREE/o"
}

traced() # PID
{
	! grep -q '^TracerPid:.0$' "/proc/$1/status"
}

# The same in the editor's process alone, which is what would run with rights:
# strace comes while crontab waits for an answer.
failing_editor()
{
	local call pid tracer status

	begin
	need strace
	mkfifo "$TREE/answers"
	exec 9<>"$TREE/answers"
	cat >"$TREE/usr/sbin/ed.sh" <<-END
		#!/bin/sh
		echo x >>$OUT/edited
		echo '61 1 1 1 * bad' >"\$1"
	END
	chmod 0755 "$TREE/usr/sbin/ed.sh"
	for call in setresuid setresgid getresuid getresgid; do
		rm -f "$TREE/o" "$OUT/edited"
		status=0
		"${ALICE[@]}" "EDITOR=$TREE/usr/sbin/ed.sh" "$BIN" -e <&9 9<&- \
		    >"$TREE/o" 2>"$TREE/e" &
		pid=$!
		must_wait 20 asked
		strace -f -o "$TREE/trace" -e trace="$call" \
		    -e inject="$call:error=EAGAIN:when=1" -p "$pid" \
		    2>"$TREE/strace" 9<&- &
		tracer=$!
		must_wait 20 traced "$pid"
		echo y >&9
		wait_end "$pid" || status=$?
		wait_end "$tracer" || :
		same status "$status" 1
		grep -q INJECTED "$TREE/trace" || fail "$call was not called"
		err_has 'setuid\(getuid\(\)\): Resource temporarily unavailable'
		same edits "$(wc -l <"$OUT/edited")" 1
		no_table alice
	done
	exec 9<&-
	rm "$TREE/answers"
}

# CVE-2007-1856: a second name for a table would stop its jobs, so nobody but
# crontab may make names there, or see them.
closed_spool()
{
	local what

	begin
	echo '1 1 1 1 * bobs' | give bob
	for what in 'ln "$S/bob" "$S/alice"' 'ln "$S/bob" "$H/bobs"' \
	    ': >"$S/alice"' 'ls "$S"' 'cat "$S/bob"' 'cd "$S"' \
	    'mv "$S/bob" "$S/x"' 'rm -f "$S/bob"' 'test -e "$S/bob"'; do
		! "${ALICE[@]}" "S=$SPOOL" "H=$TREE/home/alice" sh -c "$what" \
		    2>/dev/null || fail "alice may: $what"
	done
	same links "$(stat -c %h "$SPOOL/bob")" 1
	no_table alice
}

# Closed descriptors: a message must not go into a table.
closed_descriptors()
{
	begin
	echo '1 1 1 1 * x' >"$TREE/home/alice/t"
	"${ALICE[@]}" sh -c "exec '$BIN' '$TREE/home/alice/t' >&- 2>&- <&-" || true
	table_is alice '1 1 1 1 * x'
	"${ALICE[@]}" sh -c "exec '$BIN' '$TREE/home/alice/nosuch' >&- 2>&- <&-" || true
	"${ALICE[@]}" sh -c "exec '$BIN' -r >&- 2>&- <&-" || true
	no_table alice
	spool_is_clean
}

# Log and header injection.
injection()
{
	local evil

	begin
	evil=$TREE/home/alice/$'x\n* * * * * touch pwned\n#'
	echo '1 1 1 1 * x' >"$evil"
	ct 0 "$evil"
	! grep -q '^\* \* \* \* \* touch' "$SPOOL/alice" || fail 'a line of its own'
	rm -f "$evil"
	printf '61 \033[2J * * * x\n' | ct 1 -
	err_lacks $'\033'
	# what hides in a listing
	printf '1 1 1 1 * evil\r1 1 1 1 * good\n' | ct 0 -b -
	ct 0 -l
	! is debian || ! grep -q $'\r' "$TREE/o" || fail 'a hidden line'
}

# CVE-2019-9704, 9705, CVE-2024-43688: sizes.
sizes()
{
	begin
	head -c 70000000 /dev/zero | tr '\0' x | ct 1 -
	err_is '-: File too large'
	seq 200000 | sed 's/.*/1 1 1 1 * x/' >"$TREE/home/alice/t"
	# AddressSanitizer wants terabytes of addresses before it begins.
	(
		ldd "$BIN" | grep libasan >/dev/null || ulimit -v 400000
		ct 1 "$TREE/home/alice/t"
	)
	# steps that wrap round: a fault, and no crash
	for step in 4294967295 2147483648 99999999999 18446744073709551617; do
		echo "*/$step * * * * x" | ct 1 -
		err_has '^-:1:[0-9]+: error: bad minute'
		echo "1-5/$step * * * * x" >"$TREE/home/alice/t"
		ct 1 -T "$TREE/home/alice/t"
		err_has ':1:[0-9]+: error: bad minute'
	done
	# CVE-1999-0768: a MAILTO of any length is only text here
	{ printf 'MAILTO='; head -c 900 /dev/zero | tr '\0' a; echo; } | ct 0 -b -
	# neither kills it: limits of the caller's
	(ulimit -f 1; seq 500 | sed 's/.*/1 1 1 1 * a longer command/' | ct 1 -b -)
	err_has '^crontab: error while writing new crontab to '
	spool_is_clean
	said 1 "${ALICE[@]}" "EDITOR=$(head -c 100000 /dev/zero | tr '\0' x)" \
	    "$BIN" -e
}

# No arguments at all, not even a name.
no_name()
{
	begin
	command -v perl >/dev/null || return 0
	"${ALICE[@]}" perl -e "exec {'$BIN'} ('')" </dev/null >/dev/null 2>&1 || true
	"${ALICE[@]}" bash -c "exec -a '' '$BIN' -l" >/dev/null 2>&1 || true
	"${ALICE[@]}" bash -c "exec -a '%s%n' '$BIN' -Q" >/dev/null 2>&1 || true
}

# The backup replaces a link, it does not follow one.
linked_backup()
{
	begin
	echo keep >"$TREE/home/bob/victim"
	echo '1 1 1 1 * x' | ct_root 0 -
	mkdir -p "$TREE/home/alice/.cache/crontab"
	ln -s "$TREE/home/bob/victim" "$TREE/home/alice/.cache/crontab/crontab.bak"
	WITH=("HOME=$TREE/home/alice")
	ct_root 0 -r
	WITH=()
	same victim "$(cat "$TREE/home/bob/victim")" keep
	# nor one to where a user's table would be root's
	rm -rf "$TREE/home/alice/.cache/crontab"
	ln -s /etc/cron.d "$TREE/home/alice/.cache/crontab"
	chown -h alice "$TREE/home/alice/.cache" "$TREE/home/alice/.cache/crontab"
	echo '1 1 1 1 * root touch pwned' | give alice
	WITH=("HOME=$TREE/home/alice")
	ct_root 0 -u alice -r
	WITH=()
	err_has '/\.cache/crontab: Too many levels of symbolic links$'
	[ -z "$(ls -A /etc/cron.d)" ] || fail 'it is a table of the system'
	no_table alice
	# nor one in the place of the directory above
	rm -rf "$TREE/home/alice/.cache"
	mkdir -p "$TREE/home/bob/elsewhere" # for each personality
	ln -s "$TREE/home/bob/elsewhere" "$TREE/home/alice/.cache"
	chown -h alice "$TREE/home/alice/.cache"
	echo '1 1 1 1 * root touch pwned' | give alice
	WITH=("HOME=$TREE/home/alice")
	ct_root 0 -u alice -r
	WITH=()
	err_has 'Too many levels of symbolic links$'
	[ -z "$(ls -A "$TREE/home/bob/elsewhere")" ] || fail 'it went to bob'
	rm -rf "$TREE/home/alice/.cache"
}

each_personality others_files linked_tables editors_ids linked_drafts tmpdir \
    temporary_files refused_options failing_calls failing_editor closed_spool \
    closed_descriptors injection sizes no_name linked_backup
