#!/bin/bash
# Descriptors and memory stay flat over many runs, under a clock that runs fast:
# real ones, and as many again as take minutes where the processes end before
# they become shells and mailers (lib/no_exec.c).
#
# From the environment: RUNS (100000), real ones; EACH (200), of them in one
# minute; SIMULATED (1000000); GROWTH_KIB (1024), by how much the daemon may have
# grown since a tenth of them.
. "$(dirname "$0")/lib.sh"
make_tree
first_of_all

: "${RUNS:=100000}" "${EACH:=200}" "${SIMULATED:=1000000}" "${GROWTH_KIB:=1024}"

rss()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$CROND_PID/status"
}

descriptors()
{
	ls -A "/proc/$CROND_PID/fd" | wc -l
}

# What is counted: the pid that the kernel gives to each, in a namespace that
# nothing else uses, and the lines of the log.
started()
{
	log_count ' CMD \(true'
}

# Nothing runs now.
calm()
{
	[ -z "$(pgrep -P "$CROND_PID" | grep -vxF "$(collectors)")" ]
}

nothing_left() # but what says which minutes are done
{
	[ -z "$(find "$TREE/run/evcron/runs" "$TREE/var/spool/evcron/outbox" \
	    ! -type d ! -name minutes ! -name '.*')" ]
}

settled() # nothing runs, and for two of the daemon's minutes nothing began
{
	local n

	n=$(started)
	nap 2
	calm && nothing_left && [ "$(started)" -eq "$n" ]
}

flat()
{
	local i fds kib now

	for ((i = 0; i < EACH; i++)); do
		echo "* * * * * true"
	done | put_user alice
	# A minute takes a second: what two cores can do.
	fake_clock '2024-05-05 05:05:50' 60
	start_crond
	while now=$(started); [ "$now" -lt $((RUNS / 10)) ]; do
		alive
		nap 1
	done
	rm -f "$SPOOL/alice"
	wait_for 60 settled || fail "jobs that do not end, or leave files"
	fds=$(descriptors) kib=$(rss)
	for ((i = 0; i < EACH; i++)); do
		echo "* * * * * true"
	done | put_user alice
	while now=$(started); [ "$now" -lt "$RUNS" ]; do
		alive
		nap 1
	done
	rm -f "$SPOOL/alice"
	wait_for 60 settled || fail "jobs that do not end, or leave files"
	measured "$CASE: after $(started) runs $(descriptors) descriptors, $(rss)" \
	    "KiB; after a tenth of them $fds, $kib KiB"
	[ "$(descriptors)" -le "$fds" ] || fail "descriptors: $(descriptors)"
	# The memory of a daemon with sanitizers grows by what they remember.
	ldd "$CROND" | grep libasan >/dev/null ||
	    [ "$(rss)" -le $((kib + GROWTH_KIB)) ] || fail "memory: $(rss) KiB"
	stop_crond
}

# ---- simulated

# Root's own jobs of cron.d, which a RHEL starts without PAM; one in ten writes a
# line, and so has a letter.
put_many() # COUNT
{
	local i

	for ((i = 0; i < $1; i++)); do
		if [ $((i % 10)) -eq 0 ]; then
			echo "* * * * * root echo line $i"
		else
			echo "* * * * * root true $i"
		fi
	done | put_dropin many
}

processes() # how many there were, of jobs and of mailers
{
	stat -c %s "$TREE/execs"
}

all_quiet()
{
	local n

	n=$(processes)
	nap 2
	calm && nothing_left && [ "$(processes)" -eq "$n" ]
}

# rest PERCENT: nothing is due, all has ended; then what it holds
rest()
{
	rm -f "$TREE/etc/cron.d/many"
	wait_for 600 all_quiet || fail "jobs that do not end, or leave files"
	fds=$(descriptors) kib=$(rss)
	measured "$CASE: at $1 %: $(processes) processes of jobs and mailers," \
	    "$fds descriptors, $kib KiB"
}

go_on() # UNTIL
{
	find_pace
	put_many "$each"
	while [ "$(processes)" -lt "$1" ]; do
		alive
		nap .5
	done
}

# How many a minute of two seconds can hold here now, with room to spare.
find_pace()
{
	local began before

	before=$(processes)
	put_many 2000
	wait_for 60 eval '[ "$(processes)" -gt "$before" ]'
	began=${EPOCHREALTIME/./}
	rm -f "$TREE/etc/cron.d/many"
	wait_for 600 eval '[ "$(processes)" -ge $((before + 2200)) ]'
	each=$((3 * 1000000000 / (${EPOCHREALTIME/./} - began + 1)))
	each=$(((each < 200 ? 200 : each > 9000 ? 9000 : each) / 10 * 10))
	measured "$CASE: $each jobs in each minute of two seconds"
}

simulated()
{
	local each fds kib fds_before kib_before jobs runs=$SIMULATED

	# As /run is.
	mount -t tmpfs -o mode=0755 evcron-test "$TREE/run"
	install -m 0666 /dev/null "$TREE/execs"
	CROND_ENV=()
	fake_clock '2024-05-05 05:05:50' 30
	CROND_ENV[0]+=":$(preload no_exec)"
	CROND_ENV+=("NO_EXEC=$TREE/execs")
	start_crond
	go_on $((runs / 10))
	rest 10
	fds_before=$fds kib_before=$kib
	go_on $((runs / 2))
	rest 50
	go_on $((runs + runs / 10))
	rest 100
	jobs=$(tr -cd j <"$TREE/execs" | wc -c)
	measured "$CASE: $jobs jobs, $(($(processes) - jobs)) mailers"
	[ "$jobs" -ge "$runs" ] || fail "only $jobs jobs"
	same "lines of the log" "$(log_count ' CMD \((true|echo) ')" "$jobs"
	[ "$fds" -le "$fds_before" ] || fail "descriptors: $fds"
	[ "$kib" -le $((kib_before + GROWTH_KIB)) ] || fail "memory: $kib KiB"
	stop_crond
	umount "$TREE/run"
	CROND_ENV=()
}

PERSONALITIES=${PERSONALITIES:-redhat} each_personality flat simulated
