#!/bin/bash
# Resources at their end, each taken away from the running daemon and given back.
# It never ends by itself; what could not start does so as soon as it can within
# its minute, or the log says that it was missed; nothing has to be started again.
#
# From the environment: STORM_SECS (40), how long calls fail at random.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need strace prlimit
make_tree

: "${STORM_SECS:=40}"
# LeakSanitizer and strace can't both trace.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

# inject WORDS...: those calls of the daemon fail from now on, as strace -e inject=
# has it, until give_back
inject()
{
	local w args=()

	for w; do
		args+=(-e "inject=$w")
	done
	strace -qq -o "$TREE/strace" -p "$CROND_PID" "${args[@]}" \
	    2>"$TREE/tmp/strace" {NAP}<&- &
	TRACER=$!
	must_wait 20 grep -q TracerPid:.*[1-9] "/proc/$CROND_PID/status"
}

give_back()
{
	kill "$TRACER"
	wait_end "$TRACER" || true
}

injected() # REGEX: such a call has failed
{
	grep -qE "$1.*INJECTED" "$TREE/strace"
}

# It is well: a table that comes now is read, and runs.
recovers()
{
	alive
	rm -f "$OUT/again"
	printf '* * * * * root %s\n' "$(stamp again)" | put_dropin zz-again
	wait_for 70 stamped again || fail "it has not recovered"
}

started_soon() # NAME: it ran within SECS of its minute
{
	local ms

	wait_for $((LEAD + 20)) stamped "$1" || fail "$1 was never started"
	ms=$(late "$1")
	measured "$CASE: $1 began $ms ms after its minute"
}

complained() # REGEX
{
	[ -n "$INCUMBENT" ] || wait_log "$1" $((LEAD + 20))
}

# No process, for some seconds.
no_process()
{
	every alice
	near_minute 5
	start_crond
	inject fork,vfork,clone,clone3:error=EAGAIN
	must_wait $((LEAD + 20)) injected '(fork|clone)'
	nap 2
	! stamped alice || fail "it had a process"
	give_back
	started_soon alice
	complained "(CAN'T FORK|can't fork)"
	recovers
	stop_crond
}

every() # USER
{
	echo "* * * * * $(stamp "$1")" | put_user "$1"
}

# None for longer than its minute: that is said.
never_a_process()
{
	every alice
	near_minute 3
	start_crond
	inject fork,vfork,clone,clone3:error=EAGAIN
	must_wait 90 log_has '\(alice\) (MISSED|ERROR|.*missed).*date|MISSED'
	give_back
	recovers
	stop_crond
}

# The same by the limit of a control group, which a job of its own uses up.
no_process_in_group()
{
	local id=$RANDOM$RANDOM group

	group=/sys/fs/cgroup/pids/evcron-test-$id

	if ! mkdir "$group" 2>/dev/null; then
		group=/sys/fs/cgroup/evcron-test-$id
		mkdir "$group" 2>/dev/null && [ -e "$group/pids.max" ] || {
			rmdir "$group" 2>/dev/null || :
			echo "no pids group here: left out"
			return 0
		}
	fi
	every alice
	near_minute 4
	start_crond
	echo "$CROND_PID" >"$group/cgroup.procs"
	echo 1 >"$group/pids.max"
	complained "(CAN'T FORK|can't fork)"
	nap 1
	! stamped alice || fail "it had a process"
	echo max >"$group/pids.max"
	started_soon alice
	recovers
	stop_crond
	# What it left behind ends with the last session.
	must_wait 30 rmdir "$group"
}

# No descriptor: jobs wait, tables keep what they had.
no_descriptors()
{
	local n

	every alice
	near_minute 5
	start_crond
	n=$(ls -A "/proc/$CROND_PID/fd" | wc -l)
	prlimit --pid "$CROND_PID" --nofile="$n:"
	printf '* * * * * %s\n' "$(stamp bob)" | put_user bob
	nap $((LEAD + 1))
	! stamped alice || [ -n "$INCUMBENT" ] || fail "it had descriptors"
	prlimit --pid "$CROND_PID" --nofile=4096:
	started_soon alice
	complained 'Too many open files'
	wait_for $((70 * SPEED)) stamped bob || fail "bob's table was never read"
	recovers
	stop_crond
}

# No memory: not one page more than it has.
no_memory()
{
	local i size

	every alice
	near_minute 5
	start_crond
	size=$(awk '/^VmSize/ { print $2 * 1024 }' "/proc/$CROND_PID/status")
	prlimit --pid "$CROND_PID" --as="$size:"
	for ((i = 0; i < 9000; i++)); do
		echo "$((i % 60)) 4 $((i % 28 + 1)) 1 * true $i"
	done >"$TREE/tmp/big"
	printf '* * * * * %s\n' "$(stamp bob)" >>"$TREE/tmp/big"
	put_user bob <"$TREE/tmp/big"
	nap $((LEAD + 2))
	alive
	prlimit --pid "$CROND_PID" --as=unlimited:
	started_soon alice
	wait_for $((70 * SPEED)) stamped bob || fail "bob's table was never read"
	recovers
	stop_crond
}

# malloc itself says no, again and again, whoever asks.
malloc_fails()
{
	local i

	[ -z "$INCUMBENT" ] || return 0
	! ldd "$CROND" | grep libasan >/dev/null || return 0 # its malloc is another
	for i in 1 2 3 4 5 6 7 8; do
		echo "* * * * * echo $i"
	done | put_user alice
	CROND_ENV=()
	fake_clock '2024-05-05 05:05:50' 30
	CROND_ENV[0]+=":$(preload malloc_fails)"
	CROND_ENV+=("MALLOC_FAILS=$TREE/tmp/no-memory")
	start_crond
	# Once with more jobs than libev has room for.
	for ((i = 0; i < 400; i++)); do
		echo "* * * * * sleep 1; echo $i"
	done | put_user bob
	wait_log '\(bob\) CMD \(sleep 1'
	for ((i = 0; i < STORM_SECS; i++)); do
		: >"$TREE/tmp/no-memory"
		echo "* * * * * true $i" | put_user bob
		nap .5
		rm "$TREE/tmp/no-memory"
		alive
		nap .5
	done
	measured "$CASE: $(mail_count) letters, $(log_count 'Cannot allocate') complaints"
	rm -f "$OUT/well"
	echo "* * * * * root : >$OUT/well" | put_dropin well
	wait_file "$OUT/well" 30
	alive
	stop_crond
	CROND_ENV=()
}

# No room or no inode for its FIFOs: said, and jobs run with pipes that have no
# name.
full_run_dir()
{
	local i

	[ -z "$INCUMBENT" ] || return 0
	mkdir -p "$TREE/run/evcron"
	mount -t tmpfs -o size=256K,nr_inodes=24,mode=0755 evcron-test \
	    "$TREE/run/evcron"
	every alice
	near_minute 5
	start_crond
	nap 1
	for ((i = 0; i < 30; i++)); do
		touch "$TREE/run/evcron/f$i" 2>/dev/null || break
	done
	complained 'No space left on device'
	rm "$TREE"/run/evcron/f*
	started_soon alice
	recovers
	stop_crond
	must_wait 30 umount "$TREE/run/evcron"
}

# /run can't be written any more.
readonly_run()
{
	[ -z "$INCUMBENT" ] || return 0
	every alice
	near_minute 5
	start_crond
	mount --bind "$TREE/run/evcron" "$TREE/run/evcron"
	mount -o remount,bind,ro "$TREE/run/evcron"
	complained 'Read-only file system'
	! stamped alice || fail "it could write"
	umount "$TREE/run/evcron"
	started_soon alice
	recovers
	stop_crond
}

# No inotify at the start: neither an instance nor a watch.
no_inotify()
{
	local what

	[ -z "$INCUMBENT" ] || return 0
	for what in inotify_init1:error=EMFILE inotify_add_watch:error=ENOSPC; do
		fresh_tree
		CASE="no_inotify, $what"
		every alice
		near_minute 4
		: >"$LOG"
		# shellcheck disable=SC2046
		launch strace -D -qq -o "$TREE/strace" -e "inject=$what" \
		    "$CROND" $(crond_arguments)
		must_wait 20 crond_ready
		injected inotify || fail "nothing was injected"
		started_soon alice
		every bob
		wait_for $((130 * SPEED)) stamped bob ||
		    fail "a table that came later was not seen"
		alive
		stop_crond
	done
}

# The limit is reached while it runs: what is made in place of a directory that was
# watched is seen all the same, and again once there are watches.
no_more_watches()
{
	[ -z "$INCUMBENT" ] || return 0
	every alice
	near_minute 20
	start_crond
	inject inotify_add_watch:error=ENOSPC
	rm -r "$TREE/etc/cron.d"
	mkdir "$TREE/etc/cron.d"
	printf '* * * * * root %s\n' "$(stamp later)" | put_dropin later
	must_wait $((70 * SPEED)) injected inotify_add_watch
	complained "can't be watched \\($TREE/etc/cron.d\\): No space left"
	wait_for $((130 * SPEED)) stamped later || fail "a new directory was not seen"
	printf '* * * * * root %s\n' "$(stamp changed)" | put_dropin later
	wait_for $((130 * SPEED)) stamped changed || fail "a change there was not seen"
	stamped alice || fail "alice's jobs have stopped"
	give_back
	recovers
	stop_crond
}

# Its FIFOs but for those that it said it could not remove, as many as run.
fifos_are_gone()
{
	local there said

	there=$(find "$TREE/run/evcron/runs" -type p | wc -l)
	said=$(log_count "HANDOVER \\(can't remove .*, which the next crond does")
	[ $((there - said)) -lt 10 ]
}

# Whatever a kernel may refuse, it refuses one time in some, for a while.
# Not what libev needs to live: epoll_*, and write, with which signals wake it.
storm()
{
	local c i n=0 errors=(
		openat:error=EMFILE openat:error=ENFILE openat:error=ENOMEM
		openat:error=EIO read:error=EIO
		splice:error=ENOMEM splice:error=EIO
		splice:error=ENOSPC pipe2:error=EMFILE mknodat:error=ENOSPC
		mknod:error=ENOSPC fchown:error=EIO
		unlink:error=EROFS unlinkat:error=EROFS
		newfstatat:error=EIO fstat:error=EIO getdents64:error=EIO
		fcntl:error=ENOMEM ioctl:error=ENOMEM ftruncate:error=EIO
		mmap:error=ENOMEM brk:error=ENOMEM munmap:error=ENOMEM
		sendmsg:error=ENOBUFS sendmsg:error=ENOMEM connect:error=ENOENT
		socket:error=EMFILE
		inotify_add_watch:error=ENOSPC inotify_add_watch:error=ENOMEM
		wait4:error=EINTR waitid:error=EINTR fork:error=ENOMEM
		vfork:error=EAGAIN clone:error=EAGAIN pread64:error=EIO
		pwrite64:error=ENOSPC lseek:error=EIO linkat:error=ENOSPC
		rename:error=EROFS renameat:error=EROFS fallocate:error=ENOSPC
		statfs:error=EIO fstatfs:error=EIO prlimit64:error=EPERM
		kill:error=EPERM fsync:error=EIO chmod:error=EROFS
		fchmod:error=EROFS mkdir:error=ENOSPC mkdirat:error=ENOSPC
		link:error=EMLINK
	)

	[ -z "$INCUMBENT" ] || return 0
	for i in 1 2 3 4 5 6; do
		echo "* * * * * echo $i; exit 1"
	done | put_user alice
	CROND_ENV=()
	fake_clock '2024-05-05 05:05:50' 60
	start_crond
	while [ $((n += 1)) -le "$STORM_SECS" ]; do
		c=${errors[$((n % ${#errors[@]}))]}
		inject "$c:when=$((RANDOM % 3 + 1))+$((RANDOM % 4 + 1))" \
		    2>/dev/null
		for i in 1 2 3; do
			echo "* * * * * echo bob $n $i" | put_user bob
			nap .3
		done
		give_back 2>/dev/null || true
		crond_gone && fail "the daemon ended under $c"
		if [ -s "$TREE/tmp/strace" ] && ! grep -q attach "$TREE/tmp/strace"; then
			echo "$c: $(cat "$TREE/tmp/strace")"
		fi
	done
	measured "$CASE: $n kinds, $(mail_count) letters, $(wc -l <"$LOG") lines of log"
	nap 2 # what waits for another try has had one
	rm -f "$OUT"/well*
	echo "* * * * * root : >$OUT/well; echo well-again" | put_dropin well
	echo "* * * * * : >$OUT/wellbob" | put_user bob
	wait_file "$OUT/well" 30
	wait_file "$OUT/wellbob" 30
	wait_mail '^well-again$' 30
	alive
	must_wait 30 fifos_are_gone
	stop_crond
	CROND_ENV=()
}

PERSONALITIES=${PERSONALITIES:-debian} each_personality no_process \
    never_a_process no_process_in_group no_descriptors no_memory malloc_fails \
    full_run_dir readonly_run no_inotify no_more_watches storm
