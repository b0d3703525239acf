#!/bin/bash
# Steps of a start that fail in the real daemon: what the log says of them, what
# is tried again, and that other jobs go on.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

# start_with FAULT: the daemon under strace, which makes calls of its own fail
start_with()
{
	need strace
	# LeakSanitizer and strace can't both trace.
	CROND_ENV=("ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")
	: >"$LOG"
	# -D: the daemon is our child, strace its grandchild
	# shellcheck disable=SC2046
	launch strace -D -qq -o "$TREE/strace" \
	    -e trace="${1%%:*}${2:+,${2%%:*}}" -e inject="$1" \
	    ${2:+-e inject="$2"} "$CROND" $(crond_arguments)
	CROND_ENV=()
	must_wait 20 crond_ready
}

# No process for a while, neither for their collector nor for them: tried again,
# and logged once.
fork_fails()
{
	printf '@reboot root : >%s\n' "$OUT/one" "$OUT/two" | put_system
	# The first three look at the outbox, /etc/crontab and cron.d.
	start_with fork,vfork,clone:error=EAGAIN:when=4..6
	wait_job one
	wait_job two
	if is debian; then
		wait_log "cron.info .*\(CRON\) error \(can't fork\)|cron.err .*\(CRON\) error \(can't fork\): Resource temporarily unavailable"
	else
		wait_log "\(CRON\) CAN'T FORK \(do_command\): Resource temporarily unavailable"
	fi
	same "lines of it" "$(log_count "can't fork|CAN'T FORK")" 1
	no_log MISSED
}

# No process that reads the tables either: the start waits for it.
read_fails()
{
	echo "@reboot root : >$OUT/one" | put_system
	echo "@reboot root : >$OUT/two" | put_dropin two
	start_with fork,vfork,clone:error=EAGAIN:when=1..3
	wait_job one
	wait_job two
	no_log MISSED
}

# No FIFO: jobs run with a pipe that has no name.
output_fails()
{
	printf '@reboot root : >%s; echo %s\n' "$OUT/one" one "$OUT/two" two |
	    put_system
	start_with mknod,mknodat:error=ENOSPC:when=1..3
	wait_job one
	wait_job two
	wait_mail '^one$'
	wait_mail '^two$'
	same "lines about it" "$(log_count "HANDOVER \\(can't make state files and pipes in .*: No space left on device")" 1
	no_log 'MISSED|tmpfile|PIPE\(\)'
}

# By a security module, say, which may also deny to give them to the user: the
# pipe of the output has no name then, and the job runs.
denied() # CALLS
{
	echo 'cat; (sleep 1; echo two) & exit 3' >"$TREE/tmp/job"
	echo "@reboot sh $TREE/tmp/job%one" | put_user alice
	start_with "$1:error=EACCES"
	wait_mail '^one$'
	wait_mail '^two$'
	same "lines about it" "$(log_count "HANDOVER \\(can't make state files and pipes in .*: jobs that are started now are not taken over by the next crond\\): Permission denied")" 1
	no_log 'MISSED|tmpfile|PIPE\(\)'
	same "left in runs" "$(find "$TREE/run/evcron/runs" -name '*-*')" ''
}

pipes_denied()
{
	denied mknod,mknodat
}

owner_denied()
{
	denied fchown
}

# Nor can the directory be used, whatever the reason: it is said at the start,
# and what runs on at the stop is not taken over.
no_directory()
{
	local what=$TREE/run/evcron

	mkdir -p "$TREE/run"
	[ "$1" = file ] && : >"$what" || mkdir -m 0777 "$what"
	echo '@reboot echo one; exit 3' | put_user alice
	echo "@reboot : >$OUT/up; exec sleep 300" | put_user bob
	start_crond
	wait_log "HANDOVER \(can't use $what, which must be ours and writable for nobody else: jobs run without it, and the next crond does not take them over\): $2"
	wait_mail '^one$'
	wait_job up
	# A program in place has nothing from its predecessor, but goes on.
	echo '* * * * * true' | put_user alice
	wait_log '\(alice\) RELOAD'
	kill -USR2 "$CROND_PID"
	wait_log 'RELOAD \(executing '
	must_wait 20 eval '[ "$(log_count "$READY")" -eq 2 ]'
	echo '* * * * * false' | put_user alice
	must_wait 20 eval '[ "$(log_count "\(alice\) RELOAD")" -ge 2 ]'
	stop_crond
	find "$what" -mindepth 1 >"$TREE/tmp/found" 2>/dev/null || :
	same "made in it" "$(cat "$TREE/tmp/found")" ''
}

file_for_directory()
{
	no_directory file 'Not a directory'
}

others_directory()
{
	no_directory others 'Operation not permitted'
}

# The kernel counts a user's processes all over the host: carol is nobody's but
# this test's.
CAROL=$((100000 + RANDOM))
add_user carol "$CAROL" "$TREE/home/carol"

crowd() # her limit is reached, whatever she has besides
{
	pids=()
	while [ "${#pids[@]}" -lt 3 ]; do
		setpriv --reuid=carol --regid=carol --clear-groups sleep 300 &
		pids+=($!)
		must_wait 20 grep -q "^Uid:.*$CAROL" "/proc/$!/status"
	done
}

# A user with as many processes as he may have: his job waits, by nobody's ids;
# others' do not.
too_many_processes()
{
	local pids

	mkfifo -m 0666 "$TREE/tmp/gate"
	crowd
	# Nothing but the shell itself: her other processes may still be counted.
	echo "@reboot while read k v x; do [ \$k != Uid: ] || echo \$v >$OUT/ran; done </proc/self/status; read x <$TREE/tmp/gate; echo out" |
	    put_user carol
	echo "@reboot : >$OUT/bob" | put_user bob
	: >"$LOG"
	# shellcheck disable=SC2046
	launch prlimit --nproc=2 "$CROND" $(crond_arguments)
	must_wait 20 crond_ready
	wait_job bob
	wait_log '\(carol\) CMD '
	[ ! -e "$OUT/ran" ] || fail "it ran as $(cat "$OUT/ran")"
	kill "${pids[@]}"
	must_wait 20 grep -qs . "$OUT/ran"
	same uid "$(cat "$OUT/ran")" "$CAROL"
	# The mail can't go, and is kept.
	crowd
	open_gate "$TREE/tmp/gate"
	rm "$TREE/tmp/gate"
	wait_log '\(CRON\) EXEC FAILED \(.*sendmail\): Resource temporarily unavailable'
	wait_log '\(carol\) MAIL \(mailed [0-9]+ bytes of output but got status 0x0001'
	grep -rq '^out$' "$TREE/var/spool/evcron/outbox"
	kill "${pids[@]}"
}

# Another's directory as HOME, and none at all: cronie does not run the job.
home_fails()
{
	printf '%s\n' 'HOME=/no/such' "@reboot pwd >$OUT/none" HOME=/root \
	    "@reboot pwd >$OUT/root" | put_user alice
	echo "@reboot : >$OUT/bob" | put_user bob
	start_crond
	wait_job bob
	if is debian; then
		wait_job none
		wait_job root
		same cwd "$(cat "$OUT/none" "$OUT/root" | sort -u)" \
		    "$TREE/var/spool/cron"
		return
	fi
	wait_log 'cron.err .* CROND?\[[0-9]+\]: \(CRON\) ERROR chdir failed \(/no/such\): No such file or directory'
	wait_log '\(CRON\) ERROR chdir failed \(/root\): Permission denied'
	[ ! -e "$OUT/none" ] && [ ! -e "$OUT/root" ] || fail "it was run"
}

# Of a daemon that may have few descriptors the jobs wait, one user's with half of
# them, and nothing is lost.
few_descriptors()
{
	local i user

	for user in alice bob root; do
		for ((i = 0; i < 10; i++)); do
			echo "@reboot sleep 1; echo out; : >$OUT/job.$user.$i"
		done | put_user $user
	done
	# Root would raise the limit.
	# shellcheck disable=SC2046
	launch setpriv --bounding-set -sys_resource \
	    prlimit --nofile=40 "$CROND" $(crond_arguments)
	must_wait 20 crond_ready
	must_wait 60 eval '[ "$(find "$OUT" -name "job*" | wc -l)" -eq 30 ]'
	must_wait 20 eval '[ "$(mail_count)" -eq 30 ]'
	wait_log '(create tmpfile|stdout_pipe)\): Too many open files'
	no_log 'MISSED|discarded|kept|\(root\) LIMIT'
}

# Root raises the hard limit, so one user's jobs don't use it up; jobs have what
# the daemon was started with.
raised_descriptors()
{
	local i

	for ((i = 0; i < 30; i++)); do
		echo "@reboot ulimit -n >$OUT/soft$i; ulimit -Hn >$OUT/hard$i; sleep 1; : >$OUT/job$i"
	done | put_user alice
	# shellcheck disable=SC2046
	launch prlimit --nofile=40:50 "$CROND" $(crond_arguments)
	must_wait 20 crond_ready
	must_wait 60 eval '[ "$(find "$OUT" -name "job*" | wc -l)" -eq 30 ]'
	same "soft limits of jobs" "$(cat "$OUT"/soft* | sort -u)" 40
	same "hard limits of jobs" "$(cat "$OUT"/hard* | sort -u)" 50
	no_log 'Too many open files'
	# Where root may not raise it, the user has half of what there is.
	if prlimit --nofile=40:50 bash -c 'ulimit -Hn 100' 2>/dev/null; then
		no_log LIMIT
	fi
}

each_personality fork_fails read_fails output_fails pipes_denied owner_denied file_for_directory \
    others_directory few_descriptors raised_descriptors \
    too_many_processes home_fails
