#!/bin/bash
# The daemon as a process: pid file and lock, signals, exit codes, and that jobs
# live on when it ends.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

pid_file()
{
	start_crond
	same pid "$(cat "$TREE/run/crond.pid")" "$CROND_PID"
	stop_crond
	if is debian; then
		[ -e "$TREE/run/crond.pid" ] || fail "Debian's is not removed"
	else
		[ ! -e "$TREE/run/crond.pid" ] || fail "it is left over"
	fi
}

second_one()
{
	local status=0

	start_crond
	# shellcheck disable=SC2046
	"$CROND" $(crond_arguments) </dev/null >"$TREE/notes" 2>&1 || status=$?
	same "exit status" "$status" 1
	grep -q "can't lock .*crond.pid, otherpid may be $CROND_PID: Resource temporarily unavailable" \
	    "$TREE/notes" || fail "$(cat "$TREE/notes")"
	wait_log '\(CRON\) DEATH \('
	crond_gone && fail "the first one is gone too"
	return 0
}

# Who may read the pid file may lock it; that keeps no daemon from starting.
locked_by_another()
{
	local user

	[ -z "$INCUMBENT" ] || return 0
	need setpriv flock
	start_crond
	setpriv --reuid=70001 --regid=70001 --clear-groups \
	    flock "$TREE/run/crond.pid" sh -c "echo >$OUT/held; exec sleep 300" \
	    {NAP}<&- &
	user=$!
	kill_crond
	wait_job held
	start_crond
	wait_log "\(CRON\) WARNING \(.*crond.pid was locked by process [0-9]+ of uid 70001, which is no cron daemon; it was replaced\)"
	same pid "$(cat "$TREE/run/crond.pid")" "$CROND_PID"
	[ ! -e "$TREE/run/crond.pid.new" ] || fail "the other file is left"
	second_try
	kill "$user"
}

second_try()
{
	# shellcheck disable=SC2046
	"$CROND" $(crond_arguments) </dev/null >"$TREE/notes" 2>&1 &&
	    fail "two daemons at once"
	grep -q "can't lock .*crond.pid, otherpid may be $CROND_PID" \
	    "$TREE/notes" || fail "$(cat "$TREE/notes")"
}

stale_pid_file()
{
	echo 1 >"$TREE/run/crond.pid"
	start_crond
	same pid "$(cat "$TREE/run/crond.pid")" "$CROND_PID"
}

terminated()
{
	start_crond
	stop_crond TERM
	if ! is debian; then
		wait_log '\(CRON\) INFO \(Shutting down\)'
	fi
	start_crond
	stop_crond INT
}

# A job does not care whether the daemon goes.
jobs_live_on()
{
	mkfifo "$TREE/tmp/gate"
	chmod 0666 "$TREE/tmp/gate"
	echo "@reboot root : > $OUT/began; read x < $TREE/tmp/gate; : > $OUT/done" |
	    put_system
	start_crond
	wait_job began
	stop_crond
	open_gate "$TREE/tmp/gate"
	wait_job done
	rm "$TREE/tmp/gate"
}

only_collectors()
{
	[ -z "$(pgrep -P "$CROND_PID" | grep -vxF "$(collectors)")" ]
}

# Nor does what it has left behind. Of ours there is the collector of its user,
# for as long as it may write.
background_children()
{
	printf '%s\n' "@reboot root sleep 300 & echo \$! >$OUT/new; mv $OUT/new $OUT/pid" |
	    put_system
	start_crond
	wait_job pid
	must_wait 20 only_collectors
	stop_crond
	kill "$(cat "$OUT/pid")" || fail "it was ended"
}

bad_option()
{
	local status=0

	"$CROND" -f -q </dev/null >"$TREE/notes" 2>&1 || status=$?
	same "exit status" "$status" 1
	grep -q "invalid option -- 'q'" "$TREE/notes"
	grep -qi '^usage' "$TREE/notes"
}

# In the background: the parent ends with 0 when the pid file is there.
background()
{
	local pid arguments

	arguments=$(crond_arguments)
	arguments=${arguments#-f}
	: >"$LOG"
	# shellcheck disable=SC2086
	"$CROND" $arguments </dev/null >"$TREE/notes" 2>&1
	must_wait 20 test -s "$TREE/run/crond.pid"
	pid=$(cat "$TREE/run/crond.pid")
	kill -0 "$pid"
	must_wait 20 grep -Eq "$READY" "$LOG"
	same session "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
	same tty "$(ps -o tty= -p "$pid" | tr -d ' ')" '?'
	kill "$pid"
	must_wait 20 eval "! kill -0 $pid 2>/dev/null"
}

each_personality pid_file second_one locked_by_another stale_pid_file terminated jobs_live_on \
    background_children bad_option background
