#!/bin/bash
# With a thousand tables and nothing due, the daemon makes no system call.
# IDLE_SECS: for how long; 12 by default, 600 for `make check-idle`.
. "$(dirname "$0")/lib.sh"
need_root
need strace
make_tree

: "${IDLE_SECS:=12}"
# LeakSanitizer and strace can't both trace.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

calls() # strace writes on behind the hole when its file is cut
{
	tr -d '\0' <"$TREE/strace" | head -n 20
}

asleep_for() # SECONDS: no call in that time
{
	local until=$((SECONDS + $1))

	touch "$TREE/tmp/now"
	while [ "$SECONDS" -lt "$until" ]; do
		nap 0.5 # that time goes by is what is tested
		[ ! "$TREE/strace" -nt "$TREE/tmp/now" ] || return 1
	done
}

asleep()
{
	local i tracer month

	# Once a year, and not in the months around this one.
	month=$(((10#$(date +%m) + 5) % 12 + 1))
	for ((i = 0; i < 1000; i++)); do
		echo "$((i % 60)) 4 1 $month * root true" \
		    >"$TREE/etc/cron.d/t$i"
	done
	start_crond
	strace -qq -f -o "$TREE/strace" -p "$CROND_PID" 2>"$TREE/tmp/strace" &
	tracer=$!
	must_wait 20 grep -q TracerPid:.*[1-9] "/proc/$CROND_PID/status"
	# What is left of the start ends in the call in which it sleeps.
	must_wait 70 asleep_for 3
	: >"$TREE/strace"
	if ! asleep_for "$IDLE_SECS" || [ -n "$(calls)" ]; then
		fail "calls while idle: $(calls)"
	fi
	# It is not dead: a new table wakes it.
	echo '0 4 * * * root true' | put_dropin t0
	must_wait 20 eval '[ -n "$(calls)" ]'
	kill "$tracer"
	wait_end "$tracer" || true
}

PERSONALITIES=${PERSONALITIES:-redhat} each_personality asleep
