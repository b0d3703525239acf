#!/bin/bash
# Descriptors and memory stay flat over many real runs, under a clock that runs
# fast.
#
# From the environment: RUNS (100000); EACH (200), jobs in one minute; GROWTH_KIB
# (1024), by how much the daemon may have grown since a tenth of them.
. "$(dirname "$0")/lib.sh"
make_tree

: "${RUNS:=100000}" "${EACH:=200}" "${GROWTH_KIB:=1024}"

rss()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$CROND_PID/status"
}

descriptors()
{
	find "/proc/$CROND_PID/fd" -mindepth 1 | wc -l
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
	[ -z "$(pgrep -P "$CROND_PID")" ]
}

nothing_left() # but what says which minutes are done
{
	[ -z "$(find "$TREE/run/evcron/runs" "$TREE/var/spool/evcron/outbox" \
	    -mindepth 1 ! -name minutes)" ]
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

PERSONALITIES=${PERSONALITIES:-redhat} each_personality flat
