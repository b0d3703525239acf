#!/bin/bash
# What kernel-guest.sh runs beside the end-to-end tests, in their way: that the
# daemon uses what it is meant to of an older kernel, and does not call a run
# well that it can't know of.
. "$srcdir/tests/e2e/lib.sh"
need_root
need strace setpriv
make_tree

start_again()
{
	local before

	before=$(log_count "$READY")
	# shellcheck disable=SC2046
	launch setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace \
	    "$CROND" $(crond_arguments)
	must_wait 20 eval '[ "$(log_count "$READY")" -gt '"$before"' ]'
}

called() # REGEX
{
	must_wait 20 grep -Eqs -- "$1" "$TREE/strace"
}

# Root's own jobs have no session under RHEL: vfork. The daemon's clock is not
# pushed here, so the tick is a real one, at most a minute away.
calls()
{
	is redhat || return 0
	echo "* * * * * root echo it is now; : >$OUT/ticked" | put_system
	: >"$LOG"
	# shellcheck disable=SC2046
	launch strace -D -qq -o "$TREE/strace" \
	    "$CROND" $(crond_arguments)
	must_wait 40 crond_ready
	echo "@daily bob true" | put_dropin new
	wait_log '\(bob\) RELOAD|RELOAD \(.*/new\)'
	wait_file "$OUT/ticked" 70
	wait_mail '^it is now$'
	called '^inotify_init1\('
	called '^inotify_add_watch\(.*/etc/cron\.d'
	called '^timerfd_create\(CLOCK_REALTIME, '
	called '^timerfd_settime\(.*TFD_TIMER_CANCEL_ON_SET'
	called '^vfork\('
	called '^splice\(.* = [1-9]'
	stop_crond
	rm "$TREE/strace"
}

# A run that ended well, seen by its own crond (in place) and by a later one.
begin_good() # NAME
{
	mkfifo -m 0666 "$TREE/tmp/$1.gate"
	echo "@reboot -n echo said by $1; : >$OUT/$1; read x <$TREE/tmp/$1.gate" |
	    put_user alice
	start_again
	wait_job "$1"
	wait_log " CMD \\(.*said by $1"
	must_wait 20 grep -qs '^pid [1-9]' "$TREE"/run/evcron/runs/*.state
}

end_good() # NAME
{
	open_gate "$TREE/tmp/$1.gate"
	rm "$TREE/tmp/$1.gate"
	must_wait 30 eval '! compgen -G "$TREE/run/evcron/runs/*.state" >/dev/null'
}

# Unknown counts as failed, and letter and log say so.
unknown_is_failed()
{
	begin_good w
	kill_crond 2>/dev/null
	start_again
	wait_log 'took over 1 running job'
	end_good w
	if kernel_is 6.15; then
		same letters "$(mail_count)" 0
		return
	fi
	wait_mail '^said by w$'
	letter_has '^X-Cron-Status: unknown$' '^\[How the job ended is not known: '
	if is debian; then
		wait_log '\(CRON\) error \(grandchild #[0-9]+ ended with unknown status\)'
	else
		wait_log '\(alice\) CMDEND \(.*said by w.*\) status unknown'
	fi
	stop_crond
}

known_in_place()
{
	begin_good p
	kill -USR2 "$CROND_PID"
	wait_log 'took over 1 running job'
	end_good p
	stop_crond
	same letters "$(mail_count)" 0
	no_log 'unknown status|status unknown'
}

each_personality calls unknown_is_failed known_in_place
