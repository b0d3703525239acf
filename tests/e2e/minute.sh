#!/bin/bash
# The real daemon under a clock thirty times as fast: each minute once, the start
# minute never, steps, ranges, and the nights in which the clock is changed.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

# A job sees the real time, not the daemon's: each run leaves a line. What counts
# is how often it was started until a later job was, and that all have run.

lines() # FILE
{
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

end_is_logged()
{
	log_has "CMD \\(: > $OUT/end\\)"
}

until_end() # waits for it, and stops the daemon
{
	must_wait "$1" end_is_logged
	wait_file "$OUT/end"
	stop_crond
}

# By pid, which tells the order of starts: with PAM a job's line comes when its
# session is open.
starts() # NAME: how often, until the end
{
	sort -s -n -k 2,2 "$LOG" | sed "/CMD (: > .*\/end)/q" |
	    grep -c "CMD (echo x >> $OUT/$1)" || true
}

all_starts() # NAME N
{
	[ "$(log_count "CMD \\(echo x >> $OUT/$1\\)")" -eq "$2" ]
}

ran() # NAME N: so often, and each left its line
{
	# The incumbent's jobs of one minute are logged in any order.
	[ -z "$INCUMBENT" ] || wait_for 5 all_starts "$1" "$2" ||
	    same "starts of $1" "$(starts "$1")" "$2"
	[ -n "$INCUMBENT" ] || same "starts of $1" "$(starts "$1")" "$2"
	must_wait 20 eval '[ "$(lines "$OUT/'"$1"'")" -ge '"$2"' ]'
}

every_minute()
{
	fake_clock '2024-01-01 11:58:02' $((30 / SPEED))
	printf '%s\n' "* * * * * root echo x >> $OUT/each" \
	    "58 11 * * * root echo x >> $OUT/start" \
	    "*/2 12 * * * root echo x >> $OUT/even" \
	    "1,3 12 1 1 mon root echo x >> $OUT/list" \
	    "3 12 2 1 tue root echo x >> $OUT/otherday" \
	    "4 12 * * * root : > $OUT/end" |
	    put_system
	start_crond
	until_end 30
	ran each 6 # 11:59 to 12:04
	ran even 3
	ran list 2
	ran start 0
	ran otherday 0
	[ ! -e "$OUT/start" ] || fail "the start minute was run"
	[ ! -e "$OUT/otherday" ] || fail "another day was run"
}

# Berlin, 31 March 2024: 02:00 is 03:00.
spring()
{
	fake_clock '2024-03-31 01:57:02' $((30 / SPEED)) Europe/Berlin
	printf '%s\n' "30 2 * * * root echo x >> $OUT/gap" \
	    "*/30 2 * * * root echo x >> $OUT/wild" \
	    "* * * * * root echo x >> $OUT/each" \
	    "3 3 * * * root : > $OUT/end" | put_system
	start_crond
	until_end 60
	ran gap 1
	ran wild 0
	ran each 6 # 01:58, 01:59, 03:00 to 03:03
}

# Berlin, 27 October 2024: 03:00 is 02:00 again.
autumn()
{
	fake_clock '2024-10-27 01:58:30' $((300 / SPEED)) Europe/Berlin
	printf '%s\n' "30 2 * * * root echo x >> $OUT/twice" \
	    "30 * * * * root echo x >> $OUT/wild" \
	    "2 3 * * * root : > $OUT/end" | put_system
	start_crond
	until_end 90
	ran twice 1
	ran wild 2
}

# A crond that is stopped for ten minutes and goes on: the minutes meanwhile are
# judged as if the clock had been set, not run all at once. One of three minutes
# makes all up.
stopped() # MINUTES
{
	kill -STOP "$CROND_PID"
	must_wait 90 eval '[ "$(now_ms)" -ge '$(($(now_ms) + $1 * 60000 * SPEED / 30))' ]'
	kill -CONT "$CROND_PID"
}

now_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

stopped_loop()
{
	fake_clock '2024-01-01 11:58:02' $((30 / SPEED))
	printf '%s\n' "* * * * * root echo x >> $OUT/each" \
	    "5 12 * * * root echo x >> $OUT/fixed" \
	    "30 12 * * * root : > $OUT/end" | put_system
	start_crond
	wait_file "$OUT/each"
	stopped 10
	wait_log 'crond was stopped, .* fixed-time jobs missed are run now' 20
	wait_file "$OUT/fixed"
	local before
	before=$(log_count "CMD \\(echo x >> $OUT/each\\)")
	[ "$before" -le 4 ] || fail "$before runs of each minute"
	stopped 3
	must_wait 20 eval "[ \"\$(log_count 'each\\)\$')\" -ge $((before + 3)) ]"
	log_has 'MISSED' && fail "something is missed"
	same "times that it was stopped" "$(log_count 'crond was stopped')" 1
	stop_crond
}

if [ -n "$INCUMBENT" ]; then
	# Its pauses of ten seconds and naps of a second don't fit this clock.
	each_personality every_minute spring
else
	PERSONALITIES=${PERSONALITIES:-debian redhat} each_personality every_minute spring autumn \
    stopped_loop
fi
