#!/bin/bash
# What must neither hang nor end the daemon: FIFOs and devices among the tables,
# loops of links, huge lines and tables, bytes that are no text.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

D=$TREE/etc/cron.d

still_works()
{
	echo "@reboot root : >$OUT/zlast" | put_dropin zlast
	start_crond
	wait_job zlast
	kill -0 "$CROND_PID" || fail "the daemon ended"
}

fifo()
{
	mkfifo -m 0644 "$D/fifo"
	mkfifo -m 0600 "$SPOOL/alice"
	chown alice "$SPOOL/alice"
	still_works
	wait_log 'NOT (A )?REGULAR( FILE)? \(.*fifo'
}

links()
{
	ln -s loop "$D/loop"
	ln -s /dev/zero "$D/zero"
	ln -s /proc/kmsg "$D/kmsg"
	ln -s ../cron.d "$D/dir"
	still_works
	wait_log 'loop'
	wait_log 'zero'
}

huge_line()
{
	{ echo "@reboot root : >$OUT/before"
	printf '@reboot root echo '
	head -c 20000000 /dev/zero | tr '\0' x
	echo
	echo "@reboot root : >$OUT/after"; } | put_dropin huge
	still_works
}

many_lines()
{
	for ((i = 0; i < 30000; i++)); do
		echo "0 4 1 1 * true"
	done | put_user alice
	still_works
	if is debian; then
		wait_log '\(alice\) ERROR \(crontab must not be longer than 10000 lines'
	else
		wait_log '\(CRON\) too many entries \(.*alice\)'
		wait_log '\(alice\) FAILED \(loading cron table\)'
	fi
}

no_text()
{
	head -c 300000 /dev/urandom | put_dropin random
	head -c 100000 /dev/zero | put_dropin zeroes
	printf '\xff\xfe* * * * * root true\r\n' | put_dropin marks
	still_works
	no_log '\\x0a'
}

# What users write can't forge lines of the log or of a mail.
forged()
{
	printf '@reboot echo out; : \033[31m\rroot\n' | put_user alice
	printf 'CONTENT_TYPE=text/plain\v\rBcc: x\n@reboot echo mine\n' |
	    put_user bob
	still_works
	wait_log '\(alice\) CMD \(echo out; : \^\[\[31m\^Mroot\)'
	wait_mail '^mine$'
	! grep -q '^Bcc' "$LETTER"
}

# Steps that once overflowed.
steps()
{
	printf '%s\n' '*/4294967295 * * * * true' '*/2147483648 * * * * true' \
	    '1-5/99999999999 * * * * true' '4294967297 * * * * true' \
	    '*/0 * * * * true' '0-99999999999999999999 * * * * true' |
	    put_user alice
	still_works
}

# A job whose shell does not exist is told of, and mailed.
no_shell()
{
	printf 'SHELL=/no/such/shell\n@reboot true\n' | put_user alice
	still_works
	wait_mail '/no/such/shell'
	letter_has '^To: alice$'
}

# A user has no say over the job's ids.
ids_refused()
{
	printf '@reboot nosuchuser true\n' | put_dropin who
	printf 'LOGNAME=root\n@reboot id -u >%s/new; mv %s/new %s/uid\n' "$OUT" \
	    "$OUT" "$OUT" | put_user alice
	still_works
	wait_job uid
	same uid "$(cat "$OUT/uid")" 70001
}

# Whoever opens a file with a lease on it waits 45 seconds for its holder, exec
# as well. That is the user's own time, not ours and not other jobs'.
leased_shell()
{
	local shell=$TREE/home/alice/sh began=$SECONDS holder

	need perl
	rm -f "$shell"
	cp "$(readlink -f /bin/sh)" "$shell"
	chown alice "$shell"
	# shellcheck disable=SC2016
	setpriv --reuid=alice --clear-groups perl -MFcntl -e '
	    $SIG{IO} = "IGNORE";
	    open(F, "+<", $ARGV[0]) or die; fcntl(F, 1024, F_WRLCK) or die;
	    open(H, ">", $ARGV[1]) or die; sleep 300' "$shell" "$OUT/held" &
	holder=$!
	wait_job held
	printf 'SHELL=%s\n@reboot true\n' "$shell" | put_user alice
	echo "@reboot : >$OUT/mine" | put_user bob
	start_crond
	wait_job mine
	[ $((SECONDS - began)) -lt $((30 * SPEED)) ] || fail "all have waited"
	kill "$holder"
}

each_personality fifo links huge_line many_lines no_text forged steps no_shell \
    ids_refused leased_shell
