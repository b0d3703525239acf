#!/bin/bash
# What hangs: users' lookups, syslog, file systems, mailers. Others don't notice.
#
# From the environment: HANG_SECS (30), how long a lookup blocks; LATE_MS (100),
# how late a job of another user may begin.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
make_tree
first_of_all

: "${HANG_SECS:=30}"

every_minute() # NAME: a table of that user that stamps
{
	echo "* * * * * $(stamp "$1")"
}

# put_for NAME UID: a table for a user that this machine does not know
put_for()
{
	put "$SPOOL/$1" 0600 "$2:0"
}

# The daemon starts while NSS hangs for some; what is known runs on time.
nss_at_start()
{
	slow_users 'files slow' <<-END
	anna $HANG_SECS 70011
	zoe $HANG_SECS -
	END
	every_minute anna | put_for anna 70011
	every_minute zoe | put_for zoe 70012
	every_minute alice | put_user alice
	every_minute bob | put_user bob
	near_minute 3
	start_crond
	on_time alice
	on_time bob
	alive
	stop_crond
	quick_users
}

# Tables that come while it runs.
nss_at_reload()
{
	slow_users 'files slow' <<-END
	anna $HANG_SECS 70011
	END
	every_minute bob | put_user bob
	near_minute 6
	start_crond
	wait_log "$READY"
	every_minute anna | put_for anna 70011
	every_minute alice | put_user alice
	on_time alice 20
	on_time bob
	stop_crond
	quick_users
}

# Every answer comes from the source that hangs for some: who stands behind them
# waits for none of them.
nss_in_front()
{
	local i

	slow_users 'slow files' <<-END
	$(for i in 1 2 3 4 5 6; do echo "anna$i $HANG_SECS -"; done)
	bert 0 70013
	END
	for i in 1 2 3 4 5 6; do
		every_minute "anna$i" | put_for "anna$i" 0
	done
	every_minute bert | put_for bert 70013
	every_minute alice | put_user alice
	near_minute 12
	start_crond
	on_time alice 20
	on_time bert
	stop_crond
	quick_users
}

# Who is only slow is found in the end; who is nobody and then appears, too.
late_users()
{
	slow_users 'files slow' <<-END
	anna $HANG_SECS 70011
	END
	every_minute anna | put_for anna 70011
	every_minute cleo | put_for cleo 70014
	near_minute 1
	start_crond
	wait_log "$READY"
	echo "cleo 0 70014" >>"$TREE/etc/nss_slow"
	wait_for $((125 + HANG_SECS)) stamped anna ||
	    fail "who answers after $HANG_SECS s never runs"
	wait_for 125 stamped cleo || fail "who appeared late never runs"
	stop_crond
	quick_users
}

# A /dev/log that nobody reads: what is full does not block.
log_full()
{
	local i

	for ((i = 0; i < 60; i++)); do
		echo "* * * * * true $i"
	done | put_user bob
	every_minute alice | put_user alice
	near_minute 4
	start_crond
	wait_log "$READY"
	kill -STOP "$SINK_PID"
	on_time alice
	wait_for 70 eval '[ "$(wc -l <"$OUT/alice")" -ge 2 ]' ||
	    fail "the next minute did not come"
	kill -CONT "$SINK_PID"
	measured "$CASE: late by $(late alice) ms at the latest"
	[ "$(late alice)" -le $((LATE_MS * SPEED)) ] || fail "late: $(late alice)"
	must_wait 20 eval '[ "$(log_count "CMD \(true ")" -ge 120 ]'
	stop_crond
}

# More than what is kept: how many are lost is said.
log_lost()
{
	local i

	[ -z "$INCUMBENT" ] || return 0
	{ for ((i = 0; i < 3000; i++)); do
		echo "@reboot true $i"
	done
	echo "@reboot : >$OUT/last"; } | put_user alice
	kill -STOP "$SINK_PID"
	: >"$LOG"
	# shellcheck disable=SC2046
	launch "$CROND" $(crond_arguments)
	wait_file "$OUT/last" 90
	kill -CONT "$SINK_PID"
	wait_log 'lines of this log were lost: syslog took none'
	measured "$CASE: $(log_count 'CMD \(true') lines came, said to be lost:" \
	    "$(sed -n 's/.*(\([0-9]*\) lines of this log.*/\1/p' "$LOG" | tr '\n' ' ')"
	stop_crond
}

# No /dev/log at all, then one again.
log_gone()
{
	kill -KILL "$SINK_PID"
	rm -f "$TREE/dev/log"
	every_minute alice | put_user alice
	near_minute 3
	: >"$LOG"
	# shellcheck disable=SC2046
	launch "$CROND" $(crond_arguments)
	on_time alice
	alive
	"$(sink_program)" "$TREE/dev/log" "$LOG" {NAP}<&- &
	SINK_PID=$!
	disown
	wait_log 'CMD \(date' 70
	stop_crond
}

# A HOME that hangs holds up its own job.
dead_home()
{
	local home=$TREE/home/dead

	dead_fs "$home"
	sed -i "s|^alice:.*|alice:x:70001:70001::$home/dalice:/bin/sh|" \
	    "$TREE/etc/passwd"
	{ echo "HOME=$home/dother"; every_minute bob; } | put_user bob
	every_minute alice | put_user alice
	every_minute root | put_user root
	near_minute 4
	start_crond
	wait_log "$READY"
	kill -STOP "$FUSE_PID"
	on_time root
	nap 1
	! stamped alice || fail "the file system does not hang"
	! stamped bob || fail "the file system does not hang"
	kill -CONT "$FUSE_PID"
	wait_for 20 stamped alice || fail "alice's job never began"
	wait_for 20 stamped bob || fail "bob's job never began"
	wait_for 70 eval '[ "$(wc -l <"$OUT/root")" -ge 2 ]' ||
	    fail "the next minute did not come"
	alive
	stop_crond
	sed -i "s|^alice:.*|alice:x:70001:70001::$TREE/home/alice:/bin/sh|" \
	    "$TREE/etc/passwd"
	end_fs "$home"
}

# A table that is a link to where nobody answers, dead before the start and dying
# while it runs.
dead_table()
{
	dead_fs "$TREE/home/dead" "* * * * * root $(stamp far)
"
	ln -s "$TREE/home/dead/ftable" "$TREE/etc/cron.d/far"
	every_minute alice | put_user alice
	kill -STOP "$FUSE_PID"
	near_minute 4
	start_crond
	on_time alice
	every_minute bob | put_user bob
	wait_for 70 stamped bob || fail "bob never ran"
	kill -CONT "$FUSE_PID"
	wait_for 130 stamped far || fail "the far table never ran"
	kill -STOP "$FUSE_PID"
	rm -f "$OUT/alice"
	wait_for 70 stamped alice || fail "no minute while it hangs"
	on_time alice
	alive
	stop_crond
	end_fs "$TREE/home/dead"
	rm "$TREE/etc/cron.d/far"
}

# The spool itself is such a file system, and dies.
dead_spool()
{
	local dir=$SPOOL

	dead_fs "$dir"
	printf '* * * * * root %s\n' "$(stamp system)" | put_system
	near_minute 4
	start_crond
	kill -STOP "$FUSE_PID"
	on_time system
	printf '* * * * * root %s\n' "$(stamp dropin)" | put_dropin late
	wait_for 70 stamped dropin || fail "cron.d is not read while it hangs"
	on_time dropin
	on_time system
	alive
	kill -CONT "$FUSE_PID"
	stop_crond
	end_fs "$dir"
}

# Mailers that read nothing and hear no TERM, as many as one user may have: jobs are
# on time, others' letters go out, and these are killed in the end.
deaf_mailers()
{
	local i

	[ -z "$INCUMBENT" ] || return 0
	put "$TREE/usr/deaf" 0755 <<-END
	#!/bin/bash
	[ \$UID -eq 70001 ] || exec $TREE/usr/sbin/sendmail "\$@"
	trap 'echo TERM >>$OUT/deaf' TERM
	exec {nap}<> <(:)
	while :; do
		read -r -t 60 -u "\$nap" || :
	done
	END
	for ((i = 0; i < 8; i++)); do
		echo "@reboot echo $i"
	done | put_user alice
	echo "* * * * * $(stamp bob); echo of bob" | put_user bob
	near_minute 4
	start_crond -m "$TREE/usr/deaf" --mailers=16 --stall=4
	must_wait $((LEAD + 20)) eval '[ "$(pgrep -c -u 70001 -f usr/deaf)" -ge 8 ]'
	on_time bob
	wait_mail '^of bob$'
	must_wait 40 eval '! pgrep -u 70001 -f usr/deaf >/dev/null'
	same "mailers told to end" "$(wc -l <"$OUT/deaf")" 8
	same "letters kept" \
	    "$(log_count '\(alice\) MAIL \(.* did not read for 4 s')" 8
	alive
	stop_crond
}

PERSONALITIES=${PERSONALITIES:-debian} each_personality nss_at_start \
    nss_at_reload nss_in_front late_users log_full log_lost log_gone dead_home \
    dead_table dead_spool
# Debian's mailers have the daemon's environment, and with it a clock that users
# can't share.
PERSONALITIES=redhat each_personality deaf_mailers
