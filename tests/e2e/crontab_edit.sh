#!/bin/bash
# crontab -e: drafts, editors, prompts, clashes; and what a terminal shows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crontab_lib.sh"

editor() # stdin becomes alice's editor
{
	{ printf '#!/bin/bash\nPATH=/usr/bin:/bin\n'; cat; } >"$TREE/usr/sbin/ed.sh"
	chmod 0755 "$TREE/usr/sbin/ed.sh"
	WITH=("EDITOR=$TREE/usr/sbin/ed.sh")
}

no_draft()
{
	local f

	f=$(find /tmp -maxdepth 1 -name 'crontab.*' -user alice)
	[ -z "$f" ] || fail "a draft is left: $f"
}

changed()
{
	begin
	editor <<-'END'
		echo '1 2 3 4 * made' >>"$1"
	END
	ct 0 -e
	err_is $'no crontab for alice - using an empty one\ncrontab: installing new crontab'
	wait_log '\(alice\) BEGIN EDIT \(alice\)'
	wait_log '\(alice\) REPLACE \(alice\)'
	wait_log '\(alice\) END EDIT \(alice\)'
	ct 0 -l
	if is debian; then
		same lines "$(wc -l <"$TREE/o")" 24
		same first "$(head -n 1 "$TREE/o")" \
		    '# Edit this file to introduce tasks to be run by cron.'
		same help "$(sed -n 23p "$TREE/o")" '# m h  dom mon dow   command'
	else
		out_is '1 2 3 4 * made'
	fi
	editor <<-'END'
		sed -i s/made/edited/ "$1"
	END
	ct 0 -e
	err_is 'crontab: installing new crontab'
	ct 0 -l
	grep -qx '1 2 3 4 \* edited' "$TREE/o"
	no_draft
	spool_is_clean
}

unchanged()
{
	begin
	WITH=(EDITOR=true)
	echo '1 2 3 4 * x' | ct 0 -
	fresh_log
	ct 0 -e
	if is debian; then
		err_is 'No modification made'
	else
		err_is 'crontab: no changes made to crontab'
	fi
	wait_log 'END EDIT'
	no_log REPLACE
	no_draft
	# VISUAL goes before; empty is unset
	WITH=(VISUAL= EDITOR=false)
	ct 1 -e
	err_is 'crontab: "false" exited with status 1'
	WITH=(VISUAL=true EDITOR=false)
	ct 0 -e
	WITH=('EDITOR=kill -9 $$; :')
	fresh_log
	ct 1 -e
	err_is 'crontab: "kill -9 $$; :" killed; signal 9 (no core dumped)'
	no_log 'END EDIT'
	no_draft
	table_is alice '1 2 3 4 * x'
}

# A faulty edit: n, the end of the input, and y.
retry()
{
	local kept

	begin
	editor <<-'END'
		echo '61 2 3 4 * bad' >>"$1"
	END
	echo '1 2 3 4 * x' | ct 0 -
	printf 'what\nn\n' | ct 0 -e
	err_has ':2:1: error: bad minute' '^Enter Y or N$' \
	    '^crontab: edits left in /tmp/crontab\.'
	if is debian; then
		grep -qF 'Do you want to retry the same edit? (y/n) ' "$TREE/o"
	else
		grep -qF 'Do you want to retry the same edit? (Y/N) ' "$TREE/o"
	fi
	kept=$(sed -n 's/^crontab: edits left in //p' "$TREE/e")
	grep -qx '61 2 3 4 \* bad' "$kept"
	wait_log 'END EDIT'
	ct 0 -e </dev/null
	err_has '^crontab: edits left in '
	table_is alice '1 2 3 4 * x'
	# back to the faulty line, where the editor knows +N
	cat >"$TREE/usr/sbin/nano" <<-'END'
		#!/bin/bash
		PATH=/usr/bin:/bin
		case $1 in
		+2) sed -i 's/^61/1/' "$2" ;;
		/*) echo '61 2 3 4 * mended' >>"$1" ;;
		*) exit 9 ;;
		esac
	END
	chmod 0755 "$TREE/usr/sbin/nano"
	WITH=("EDITOR=$TREE/usr/sbin/nano")
	echo y | ct 0 -e
	rm "$TREE/usr/sbin/nano"
	table_is alice $'1 2 3 4 * x\n1 2 3 4 * mended'
	# any other editor is just called again
	editor <<-'END'
		[ $# -eq 1 ] || exit 9
		grep -q again "$1" && exec sed -i s/61/1/ "$1"
		echo '61 1 1 1 * again' >"$1"
	END
	echo Yes | ct 0 -e
	table_is alice '1 1 1 1 * again'
}

asked()
{
	grep -qs 'retry the same edit' "$TREE/o"
}

# Ctrl-C at the question: the edit is kept, and its place told.
interrupted()
{
	local s status pid

	begin
	editor <<-'END'
		echo '61 2 3 4 * bad' >>"$1"
	END
	mkfifo "$TREE/answers"
	exec 9<>"$TREE/answers"
	for s in INT QUIT HUP; do
		status=0
		rm -f "$TREE/o"
		"${ALICE[@]}" "${WITH[@]}" "$BIN" -e <&9 9<&- >"$TREE/o" 2>"$TREE/e" &
		pid=$!
		must_wait 20 asked
		kill -"$s" "$pid"
		wait_end "$pid" || status=$?
		same status "$status" 0
		err_has '^crontab: edits left in /tmp/crontab\.'
	done
	exec 9<&-
	rm "$TREE/answers"
	no_table alice
}

# An editor that puts another file there.
strange_drafts()
{
	begin
	echo '1 2 3 4 * x' | ct 0 -
	editor <<-'END'
		mv "$1" "$1~" && echo '1 2 3 4 * renamed' >"$1" && rm "$1~"
	END
	ct 0 -e
	table_is alice '1 2 3 4 * renamed'
	editor <<-'END'
		ln -sf /etc/shadow "$1"
	END
	ct 1 -e
	if is debian; then
		err_has '^The temporary crontab must remain a regular file$' \
		    '^Error while editing crontab$'
	else
		err_has '^crontab: illegal crontab$'
	fi
	editor <<-'END'
		rm "$1"; mkfifo "$1"
	END
	ct 1 -e
	editor <<-'END'
		rm "$1"
	END
	ct 1 -e
	table_is alice '1 2 3 4 * renamed'
}

# An edit that can't be read is kept.
unread()
{
	local kept what

	begin
	echo '1 2 3 4 * x' | ct 0 -
	for what in 'truncate -s 65M' 'chmod 0'; do
		editor <<-END
			echo '1 2 3 4 * mine' >>"\$1"
			$what "\$1"
		END
		ct 1 -e
		err_has ': (File too large|Permission denied)$' \
		    '^crontab: edits left in /tmp/crontab\.'
		kept=$(sed -n 's/^crontab: edits left in //p' "$TREE/e")
		grep -aqx '1 2 3 4 \* mine' "$kept" || fail 'the edit is lost'
		rm "$kept"
	done
	table_is alice '1 2 3 4 * x'
}

# What an editor leaves beside the draft goes with it, unless it may be all that
# is left of the edit. (cronie's drafts have no directory of their own.)
left_beside()
{
	is debian || return 0
	begin
	editor <<-'END'
		cp "$1" "$1~"; mkdir "$1.d"; rmdir "$1.d"; echo '1 2 3 4 * x' >"$1"
	END
	ct 0 -e
	table_is alice '1 2 3 4 * x'
	no_draft
	editor <<-'END'
		ln -s /etc "${1%/*}/link"; echo '61 2 3 4 * bad' >"${1%/*}/.swp"; exit 1
	END
	ct 1 -e
	cat /tmp/crontab.*/.swp >"$TREE/o"
	out_is '61 2 3 4 * bad'
	[ ! -e "$(echo /tmp/crontab.*)/crontab" ] || fail 'the draft stays'
	rm -rf /tmp/crontab.*
	chmod 0755 /tmp
	ct 1 -e
	chmod 1777 /tmp
	err_has '^/tmp/crontab\.[^/]*: Permission denied$' \
	    '^Creation of temporary crontab file failed - aborting$'
}

# Somebody else was faster: the edit is kept, and nothing is overwritten.
clash()
{
	local kept

	begin
	printf '%s\n' '1 1 1 1 * first' '1 1 1 1 * other' | ct 0 -
	editor <<-END
		echo '2 2 2 2 * mine' >>"\$1"
		printf '%s\n' '1 1 1 1 * first' '3 3 3 3 * theirs' |
		    "$BIN" - >/dev/null
	END
	ct 1 -e
	err_has "^crontab: alice's crontab was changed by somebody else" \
	    '^    - 1 1 1 1 \* other$' '^    \+ 3 3 3 3 \* theirs$' \
	    '^crontab: edits left in /tmp/crontab\.'
	err_lacks '^    [-+] 1 1 1 1 \* first'
	kept=$(sed -n 's/^crontab: edits left in //p' "$TREE/e")
	grep -qx '2 2 2 2 \* mine' "$kept"
	table_is alice $'1 1 1 1 * first\n3 3 3 3 * theirs'
	# removed meanwhile
	editor <<-END
		echo '2 2 2 2 * mine' >>"\$1"
		"$BIN" -r >/dev/null
	END
	ct 1 -e
	err_has 'was removed by somebody else'
	no_table alice
	# made meanwhile
	editor <<-END
		echo '2 2 2 2 * mine' >>"\$1"
		echo '4 4 4 4 * theirs' | "$BIN" - >/dev/null
	END
	ct 1 -e
	err_has 'was made by somebody else'
	table_is alice '4 4 4 4 * theirs'
	# the same table again is no clash, whatever Debian's header says
	editor <<-END
		echo '2 2 2 2 * mine' >>"\$1"
		"$BIN" -l | { sleep 1; "$BIN" - >/dev/null; }
	END
	ct 0 -e
	table_is alice $'4 4 4 4 * theirs\n2 2 2 2 * mine'
	spool_is_clean
}

# Keys for the editor are not for crontab; the editor has its signals back.
signals()
{
	begin
	echo '1 2 3 4 * x' | ct 0 -
	editor <<-'END'
		p=$PPID
		while [ "$(cat "/proc/$p/comm")" != crontab ]; do
			p=$(awk '{ print $4 }' "/proc/$p/stat")
		done
		kill -INT "$p" && kill -QUIT "$p" && kill -HUP "$p" || exit 9
		grep SigIgn /proc/self/status >&2
		echo '1 2 3 4 * y' >"$1"
	END
	ct 0 -e
	# But 32 and 33: glibc's, which who starts the tests may ignore.
	err_has 'SigIgn:.0*([18]?80000000)?$'
	table_is alice '1 2 3 4 * y'
	# whoever calls may ignore that children end
	said 0 "${ALICE[@]}" 'EDITOR=echo "1 2 3 4 * z" >>' \
	    bash -c "trap '' CHLD; exec '$BIN' -e"
	err_is 'crontab: installing new crontab'
	table_is alice $'1 2 3 4 * y\n1 2 3 4 * z'
}

where_it_runs()
{
	begin
	editor <<-'END'
		pwd; stat -c %a "$1" "${1%/*}"; exit 1
	END
	cd "$TREE/home/alice"
	ct 1 -e
	cd /
	if is debian; then
		out_is $'/tmp\n600\n700'
	else
		out_is "$TREE/home/alice"$'\n600\n1777'
	fi
}

# At a terminal: what is new, and when it runs.
on_a_terminal()
{
	local cmd

	begin
	need script
	printf '%s\n' '1 2 3 4 * old' >"$TREE/home/alice/t"
	ct 0 "$TREE/home/alice/t"
	printf '%s\n' '1 2 3 4 * old' '@reboot boot' '30 4 1 1 * new' \
	    '0 0 30 2 * never' '* 3 * * * each' >"$TREE/home/alice/t"
	cmd="$BIN $TREE/home/alice/t"
	"${ALICE[@]}" TERM=dumb SHELL=/bin/sh script -qec "$cmd" /dev/null </dev/null >"$TREE/o"
	tr -d '\r' <"$TREE/o" >"$TREE/e"
	err_has '^next: at the next boot +@reboot boot$' \
	    '^next: [A-Z][a-z]{2} Jan  1 04:30:00 [0-9]{4}  30 4 1 1 \* new$' \
	    '^next: never +0 0 30 2 \* never$' ':4:5: note: .*never runs' \
	    ':5:1: note: .*60 times'
	err_lacks 'next.*old'
	# and where nobody looks just what can't be meant
	ct 0 -b "$TREE/home/alice/t"
	out_is ''
	err_has ':4:5: note: .*never runs'
	err_lacks '^next' ':5:1:'
	printf '# c\n1 2 3 4 * x\n' | ct 0 -b -
	"${ALICE[@]}" TERM=dumb SHELL=/bin/sh script -qec "$BIN -l" /dev/null </dev/null >"$TREE/o"
	if is debian; then
		same list "$(tr -d '\r' <"$TREE/o" | head -n 1)" '# c'
	else
		same list "$(tr -d '\r' <"$TREE/o" | head -n 1)" $'\e[34;1m# c\e[0m'
		printf '1 2 3 4 * x' >"$SPOOL/alice"
		"${ALICE[@]}" TERM=dumb SHELL=/bin/sh script -qec "$BIN -l" /dev/null </dev/null >"$TREE/o"
		same note "$(tr -d '\r' <"$TREE/o")" \
		    $'1 2 3 4 * x\n\e[31;1mNo end-of-line character at the end of file\e[0m'
		"${ALICE[@]}" NO_COLOR= TERM=dumb SHELL=/bin/sh script -qec "$BIN -l" /dev/null </dev/null >"$TREE/o"
		same plain "$(tr -d '\r' <"$TREE/o")" '1 2 3 4 * x'
	fi
}

each_personality changed unchanged retry interrupted strange_drafts unread \
    left_beside clash \
    signals where_it_runs on_a_terminal
