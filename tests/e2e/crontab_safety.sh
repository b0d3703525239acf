#!/bin/bash
# The table is the old one or the new one, whole: whatever happens.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crontab_lib.sh"

OLD='1 1 1 1 * old'
NEW=$'2 2 2 2 * new\n3 3 3 3 * new'

# traced OPTION...: alice installs the new table under strace; the status in
# STATUS. Her set-id bit counts.
traced()
{
	STATUS=0
	{
		HOME=$TREE/home/alice strace -u alice -o "$TREE/trace" "$@" \
		    "$BIN" -b "$TREE/home/alice/t" >"$TREE/o" || STATUS=$?
	} 2>"$TREE/e"
}

no_temps()
{
	[ -z "$(find "$SPOOL" -name '*tmp.*')" ]
}

# Killed at each of its system calls.
killed()
{
	local call count n have total=0

	begin
	need strace
	printf '%s\n' "$NEW" >"$TREE/home/alice/t"
	echo "$OLD" | ct 0 -
	traced
	same status "$STATUS" 0
	# not the execve that makes it crontab; nothing can happen before
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$TREE/trace" |
	    grep -v '^execve$' | sort | uniq -c >"$TREE/calls"
	echo "$OLD" | ct 0 -b -
	while read -r count call; do
		for ((n = 1; n <= count; n++)); do
			total=$((total + 1))
			traced -e inject="$call:signal=KILL:when=$n"
			have=$(sed '1,3{/^# /d}' "$SPOOL/alice")
			[ "$have" = "$OLD" ] || [ "$have" = "$NEW" ] ||
			    fail "killed at $call $n: the table is '$have'"
			same mode "$(stat -c %a%h "$SPOOL/alice")" 6001
			[ "$have" = "$OLD" ] || echo "$OLD" | ct 0 -b -
		done
	done <"$TREE/calls"
	grep -q rename "$TREE/calls" && [ "$total" -gt 80 ] ||
	    fail "it took $total calls"
	echo "killed at each of $total calls"
	# what SIGKILL leaves is no table and nobody else's to read
	! find "$SPOOL" -name '*tmp.*' ! -perm 0600 | grep . || fail 'a loose one'
	if is debian; then
		! find "$SPOOL" -name '*tmp.*' ! -name 'tmp.??????' | grep .
	else
		! find "$SPOOL" -name '*tmp.*' ! -name '#tmp.*' | grep .
	fi
	# and the daemon removes it when it is old
	find "$SPOOL" -name '*tmp.*' -exec touch -d '2 hours ago' {} +
	! no_temps || fail 'nothing was left by a kill between open and rename'
	start_crond
	must_wait 20 no_temps
	wait_log 'INFO \([0-9]+ files that killed crontabs left in '
	stop_crond
	[ -e "$SPOOL/alice" ] || fail 'the table went too'
}

order() # CALL...: they are in the trace, in this order
{
	local call at=0 line

	for call; do
		line=$(awk -v at="$at" -v call="^($call)[(]" \
		    'NR > at && $0 ~ call { print NR; exit }' "$TREE/trace")
		[ -n "$line" ] ||
		    fail "no $call behind line $at: $(cat "$TREE/trace")"
		at=$line
	done
}

# What is on disk, and when: the bytes before the name, the name before the
# word that it is done. Group crontab can't open the directory to sync it.
durable()
{
	local sync='syncfs'

	begin
	need strace
	is debian || sync='fsync'
	printf '%s\n' "$NEW" >"$TREE/home/alice/t"
	echo "$OLD" | ct 0 -
	traced
	same status "$STATUS" 0
	order write fsync 'rename(at2?)?' "$sync" 'sendto|sendmsg|send'
	same synced "$(grep -Ec "^$sync\\(.*= 0" "$TREE/trace")" \
	    "$([ "$sync" = syncfs ] && echo 1 || echo 2)"
	strace -u alice -o "$TREE/trace" env "HOME=$TREE/home/alice" \
	    "$BIN" -r >/dev/null
	order 'unlink(at)?' "$sync"
	no_table alice
}

# Errors at each call that changes something.
failing()
{
	local call n

	begin
	need strace
	printf '%s\n' "$NEW" >"$TREE/home/alice/t"
	for call in fsync:EIO rename:EIO renameat2:EIO write:ENOSPC write:EDQUOT \
	    fchmod:EPERM fchown:EPERM openat:EMFILE mmap:ENOMEM; do
		for n in 1 2 3; do
			echo "$OLD" | ct 0 -b -
			traced -e inject="${call%:*}:error=${call#*:}:when=$n"
			grep -q INJECTED "$TREE/trace" || continue
			if [ "$STATUS" -eq 0 ]; then
				table_is alice "$NEW"
			else
				table_is alice "$OLD"
			fi
			spool_is_clean
		done
	done
}

# Signals that can be caught leave nothing.
signals()
{
	local n s

	begin
	need strace
	printf '%s\n' "$NEW" >"$TREE/home/alice/t"
	echo "$OLD" | ct 0 -
	for s in INT TERM HUP; do
		for call in fsync fchmod rename; do
			traced -e inject="$call:signal=$s:when=1"
			spool_is_clean
			n=$(wc -l <"$SPOOL/alice")
			[ "$n" -gt 0 ] || fail "an empty table after $s"
		done
	done
}

full_disk()
{
	local below=$SPOOL

	begin
	echo "$OLD" | ct 0 -
	mkdir -p "$TREE/small"
	mount -t tmpfs -o size=64k,mode=0700 none "$TREE/small"
	cp -a "$SPOOL/." "$TREE/small/"
	chown --reference="$SPOOL" "$TREE/small"
	chmod --reference="$SPOOL" "$TREE/small"
	SPOOL=${SPOOL#"$TREE"}
	mount --move "$TREE/small" "$SPOOL"
	seq 9000 | sed 's/.*/1 1 1 1 * a long command &/' | ct 1 -b -
	err_has '^crontab: error while writing new crontab to ' \
	    'No space left on device$'
	table_is alice "$OLD"
	spool_is_clean
	head -c 60000 /dev/zero >"$SPOOL/fill" || true
	WITH=('EDITOR=seq 900 | sed "s/.*/2 2 2 2 * x/" >')
	ct 1 -e
	err_has '^crontab: edits left in /tmp/crontab\.'
	WITH=()
	table_is alice "$OLD"
	# a listing and a removal need no room
	ct 0 -l
	out_is "$OLD"
	ct 0 -r
	no_table alice
	unmount "$SPOOL"
	SPOOL=$below
}

all_gone() # PID...
{
	local p

	for p; do
		is_gone "$p" || return 1
	done
}

# Many at once: each table that is seen is one of theirs, whole.
at_once()
{
	local i j pids=() have limit=$((SECONDS + 120 * SPEED))

	begin
	for i in 1 2 3 4; do
		seq 300 | sed "s/.*/$i $i $i $i * writer $i/" >"$TREE/home/alice/t$i"
	done
	ct 0 "$TREE/home/alice/t1"
	for i in 1 2 3 4; do
		for j in 1 2 3 4 5; do
			"${ALICE[@]}" "$BIN" -b "$TREE/home/alice/t$i" || touch "$OUT/failed"
		done >/dev/null &
		pids+=($!)
	done
	until all_gone "${pids[@]}"; do
		[ "$SECONDS" -le "$limit" ] || fail 'they do not end'
		have=$("${ALICE[@]}" "$BIN" -l | sort | uniq -c | tr -s ' ')
		[[ $have =~ ^\ 300\ ([1-4])\ [1-4\ ]*\*\ writer\ ([1-4])$ ]] ||
		    fail "a table of pieces: $have"
	done
	[ ! -e "$OUT/failed" ] || fail 'one of them failed'
	spool_is_clean
}

# Two edits of one table: the second to end is told.
two_edits()
{
	begin
	echo "$OLD" | ct 0 -
	rm -f "$OUT/go" "$OUT/open"
	mkfifo "$TREE/go"
	chmod 0666 "$TREE/go"
	WITH=("EDITOR=touch $OUT/open; read x <$TREE/go; echo 5 5 5 5 '*' slow >>")
	ct 1 -e &
	must_wait 10 test -e "$OUT/open"
	said 0 "${ALICE[@]}" "EDITOR=echo 4 4 4 4 '*' fast >>" "$BIN" -e
	open_gate "$TREE/go"
	wait_end $! || fail 'the slow edit was installed'
	err_has 'was changed by somebody else'
	WITH=()
	rm "$TREE/go"
	table_is alice "$OLD"$'\n4 4 4 4 * fast'
}

locked()
{
	! flock -n "$SPOOL/alice" true
}

# Who waits for a busy disk has let go of the table that is gone.
slow_disk()
{
	local call=syncfs when=1 pid

	begin
	need strace
	is debian || call=fsync when=2
	echo "$OLD" | ct 0 -
	printf '%s\n' "$NEW" >"$TREE/home/alice/t"
	(traced -e inject="$call:delay_enter=8000000:when=$when" \
	    -e inject=rename:delay_enter=2000000 && exit "$STATUS") &
	pid=$!
	must_wait 10 locked
	said 0 "${ALICE[@]}" "$BIN" -b - <<<'4 4 4 4 * quick'
	kill -0 "$pid" || fail 'the disk was not slow'
	wait_end "$pid" 60 || fail 'the slow one failed'
	table_is alice '4 4 4 4 * quick'
}

# One that was stopped holds up its user for a while, but not root.
stopped()
{
	local pid

	begin
	echo "$OLD" | ct 0 -
	exec 9<"$SPOOL/alice"
	flock -w 20 9
	echo "$NEW" | ct 1 -
	err_has "^crontab: another crontab is at alice's table"
	table_is alice "$OLD"
	spool_is_clean
	echo "$NEW" | ct_root 0 -u alice -
	exec 9<&-
	table_is alice "$NEW"
}

each_personality killed durable failing signals full_disk at_once two_edits \
    slow_disk stopped
