#!/bin/bash
# The daemon beside real steps of the clock: runs inside the machine that
# boot-qemu boots, as root, with the daemon in /io/crond. Started by clock.sh,
# which see. Not to be run anywhere else: it sets the clock.
#
# Each scenario starts the daemon on a tree of its own at a known time, with a
# table of a per-minute job, an hourly one ("17 * * * *") and one fixed-time job
# for each EVERY minutes from 07:00 to 17:59. Each job writes its name; the first
# two also what the clock showed them. Then the clock is set, and what has run is compared with a
# list; a scenario steps early in a minute, so that a slow machine has time to run
# what it must, and then goes to that minute's end. Afterwards the daemon must
# sleep.
set -u
TREE=/tree
OUT=$TREE/out
LOG=$TREE/syslog
DAY=2031-03-12
CROND_PID=
SCENARIO=start
failures=0
scenarios=0
LC_ALL=C TZ=UTC0
export LC_ALL TZ

fail()
{
	failures=$((failures + 1))
	echo "FAIL: $SCENARIO: $*"
	echo "---- what ran"
	sort "$OUT" | uniq -c | tail -n 40
	echo "---- log"
	grep -v 'CMD (' "$LOG" | tail -n 30
}

wait_for() # SECONDS COMMAND...; by the monotonic clock
{
	local limit=$(($(uptime_cs) + $1 * 100))

	shift
	until "$@"; do
		[ "$(uptime_cs)" -le "$limit" ] || return 1
		sleep 0.05 # between two looks
	done
}

uptime_cs() # hundredths of seconds since the boot
{
	local up rest

	read -r up rest </proc/uptime
	echo "${up/./}"
}

# ---- the clock

set_clock() # HH:MM:SS
{
	date -s "$DAY $1" >/dev/null
}

# step SECONDS...: one after the other without a pause, to the nanosecond
# relative to what the clock shows. 228 and 227 are clock_gettime and _settime.
step()
{
	perl -e 'foreach my $by (@ARGV) {
		my $now = pack("qq", 0, 0);
		syscall(228, 0, $now) == 0 or die;
		my ($secs, $ns) = unpack("qq", $now);
		syscall(227, 0, pack("qq", $secs + $by, $ns)) == 0 or die;
	}' -- "$@" || fail "the clock can't be set"
}

clock_is_past() # HH:MM:SS
{
	[[ ! $(date +%T) < $1 ]]
}

until_clock() # HH:MM:SS, at most a minute ahead
{
	wait_for 70 clock_is_past "$1" || fail "the clock does not get to $1"
}

# ---- the daemon

write_table() # [EVERY]
{
	local h m

	echo 'MAILTO=""'
	echo "* * * * * root $TREE/job minute"
	echo "17 * * * * root $TREE/job hourly"
	for ((h = 7; h < 18; h++)); do
		for ((m = 0; m < 60; m += ${1:-1})); do
			printf '%d %d * * * root echo %02d:%02d >>%s\n' \
			    "$m" "$h" "$h" "$m" "$OUT"
		done
	done
}

ready()
{
	grep -q 'CRON) INFO (Running @reboot jobs' "$LOG"
}

gone()
{
	! kill -0 "$CROND_PID" 2>/dev/null
}

stop_crond()
{
	[ -n "$CROND_PID" ] || return 0
	kill -TERM "$CROND_PID"
	wait_for 10 gone || fail "the daemon does not end"
	wait "$CROND_PID" 2>/dev/null
	CROND_PID=
}

# begin HH:MM:SS NAME: from that time; the table is on stdin. The daemon starts
# earlier in that minute, so that a slow machine doesn't matter.
begin()
{
	SCENARIO=$2
	scenarios=$((scenarios + 1))
	stop_crond
	rm -rf "$TREE/run" "$TREE/var/spool/evcron"
	mkdir -p "$TREE/run"
	cat >"$TREE/etc/crontab"
	: >"$OUT"
	: >"$LOG"
	set_clock "${1%:*}:01"
	/io/crond -f --root=$TREE --personality=debian \
	    --collector=/io/evcron-collect \
	    </dev/null >"$TREE/stderr" 2>&1 &
	CROND_PID=$!
	wait_for 30 ready || fail "no start: $(cat "$TREE/stderr")"
	[[ $(date +%H:%M) == "${1%:*}" ]] || fail "this machine is too slow"
	set_clock "$1"
	echo "scenario: $2"
}

quiet() # no child is left, and what was to be done is done
{
	local before

	[ -z "$(pgrep -P "$CROND_PID")" ] || return 1
	before=$(wakes)
	sleep 1.5 # it closes a job's session a second after its end
	[ "$(wakes)" = "$before" ] && [ -z "$(pgrep -P "$CROND_PID")" ]
}

wakes()
{
	awk '/ctxt_switches/ { n += $2 } END { print n }' \
	    "/proc/$CROND_PID/status"
}

cpu_ticks() # hundredths of seconds
{
	awk '{ print $14 + $15 }' "/proc/$CROND_PID/stat"
}

# sleeps SECONDS: neither wakes nor takes any time, while nothing is due
sleeps()
{
	local woken cpu

	wait_for 20 quiet || fail "the daemon finds no rest"
	woken=$(wakes)
	cpu=$(cpu_ticks)
	sleep "$1" # what is measured
	woken=$(($(wakes) - woken))
	cpu=$(($(cpu_ticks) - cpu))
	[ "$woken" -eq 0 ] && [ "$cpu" -le 1 ] ||
	    fail "woke $woken times in $1 s, for $cpu ticks"
}

# ---- what has run

ran() # NAME: at which minutes, by the clock that the job saw
{
	awk -v name="$1" '$1 == name { printf "%s%s", sep, substr($2, 1, 5)
		sep = " " }' "$OUT"
}

ran_is() # NAME TIMES
{
	[ "$(ran "$1")" = "$2" ]
}

# expect NAME [HH:MM...]: exactly these runs, in this order
expect()
{
	local name=$1

	shift
	wait_for 10 ran_is "$name" "$*" ||
	    fail "$name ran at '$(ran "$name")', not at '$*'"
}

fixed_is()
{
	[ "$(awk '$1 ~ /:/ { print $1 }' "$OUT" | sort)" = "$1" ]
}

# expect_fixed [FROM THROUGH]...: the fixed-time jobs of these spans ran, each
# once, and no other
expect_fixed()
{
	local want m every=${EVERY:-1} spans="$*"

	want=$(while [ $# -gt 0 ]; do
		for ((m = $(minutes "$1"); m <= $(minutes "$2"); m++)); do
			((m % every == 0)) || continue
			printf '%02d:%02d\n' $((m / 60)) $((m % 60))
		done
		shift 2
	done)
	wait_for 60 fixed_is "$want" ||
	    fail "fixed-time jobs are not those of: $spans"
}

minutes() # HH:MM
{
	echo $((10#${1%:*} * 60 + 10#${1#*:}))
}

logged()
{
	grep -Eq -- "$1" "$LOG"
}

expect_log()
{
	wait_for 10 logged "$1" || fail "not in the log: $1"
}

expect_no_log()
{
	! logged "$1" || fail "in the log: $1"
}

# ---- scenarios

one_second_before()
{
	write_table | begin 12:00:20 "+30 s inside a minute, then to :59"
	step 30
	sleeps 1
	expect minute
	set_clock 12:00:59
	until_clock 12:01:01
	expect minute 12:01
	expect_fixed 12:01 12:01
	expect_no_log 'clock was set'
	sleeps 1
}

half_a_minute()
{
	write_table | begin 12:00:35 "+30 s and -30 s over a minute"
	step 30
	expect minute 12:01
	expect_fixed 12:01 12:01
	expect_log 'clock was set forward by 30 s: all jobs missed'
	step -30
	until_clock 12:01:02
	set_clock 12:01:58
	until_clock 12:02:01
	expect minute 12:01 12:02
	expect_fixed 12:01 12:02
	sleeps 1
}

three_minutes()
{
	write_table | begin 12:00:05 "+3 min"
	step 180
	expect minute 12:03 12:03 12:03
	expect_fixed 12:01 12:03
	expect_log 'set forward by 180 s: all jobs missed are run'
	set_clock 12:03:57
	until_clock 12:04:01
	expect minute 12:03 12:03 12:03 12:04
	expect_fixed 12:01 12:04
	sleeps 1
}

ten_minutes()
{
	write_table | begin 12:10:05 "+10 min"
	step 600
	expect minute 12:20
	expect_fixed 12:11 12:20
	expect_log 'set forward by 600 s: fixed-time jobs missed are run'
	expect_log 'wildcard jobs of 9 minutes are left out'
	set_clock 12:20:57
	until_clock 12:21:01
	expect minute 12:20 12:21
	expect_fixed 12:11 12:21
	expect hourly
	sleeps 1
}

three_hours()
{
	local EVERY=5 # all would take a slow machine longer than a minute

	write_table $EVERY | begin 12:00:05 "+179 min"
	step 10740
	expect_fixed 12:01 14:59
	expect minute 14:59
	set_clock 14:59:57
	until_clock 15:00:01
	expect minute 14:59 15:00
	expect_fixed 12:01 15:00
	expect hourly
	expect_log 'wildcard jobs of 178 minutes are left out'
	sleeps 1
}

four_hours()
{
	write_table | begin 12:00:05 "+4 h"
	step 14400
	expect minute 16:00
	expect_fixed 16:00 16:00
	expect_log 'set forward by 14400 s: jobs missed are not run'
	expect_log 'all jobs of 239 minutes are left out'
	set_clock 16:00:57
	until_clock 16:01:01
	expect minute 16:00 16:01
	expect_fixed 16:00 16:01
	sleeps 1
}

# One second more than a minute: with a minute to the nanosecond chance decides
# whether it counts as less.
back_one_minute()
{
	write_table | begin 12:00:55 "-1 min"
	step -61
	until_clock 12:00:01
	expect minute 12:00
	expect_fixed
	set_clock 12:00:58
	until_clock 12:01:01
	expect minute 12:00 12:01
	expect_fixed 12:01 12:01
	sleeps 1
}

back_ten_minutes()
{
	write_table | begin 12:00:05 "-10 min"
	step -600
	expect_log 'set back by 600 s: fixed-time jobs wait'
	set_clock 11:50:57
	until_clock 11:51:01
	expect minute 11:51
	expect_fixed
	set_clock 12:00:58
	expect minute 11:51 12:00
	until_clock 12:01:01
	expect minute 11:51 12:00 12:01
	expect_fixed 12:01 12:01
	sleeps 1
}

back_three_hours()
{
	write_table | begin 12:00:05 "-179 min"
	step -10740
	expect_log 'set back by 10740 s: fixed-time jobs wait'
	set_clock 09:01:57
	until_clock 09:02:01
	expect minute 09:02
	set_clock 09:16:58
	expect minute 09:02 09:16
	until_clock 09:17:01
	expect hourly 09:17
	expect minute 09:02 09:16 09:17
	expect_fixed
	set_clock 12:00:58
	until_clock 12:01:01
	expect minute 09:02 09:16 09:17 12:00 12:01
	expect_fixed 12:01 12:01
	sleeps 1
}

back_four_hours()
{
	write_table | begin 12:00:05 "-4 h"
	step -14400
	expect_log 'set back by 14400 s: all jobs start over'
	expect minute 08:00
	expect_fixed 08:00 08:00
	set_clock 08:00:57
	until_clock 08:01:01
	expect minute 08:00 08:01
	expect_fixed 08:00 08:01
	sleeps 1
}

# Four steps that may be seen as one or as four, which must not matter; then
# hundreds for which there is no time to look at each.
quick()
{
	local storm=() i

	write_table | begin 12:00:20 "steps without a pause"
	step 60 60 60 60
	expect minute 12:04 12:04 12:04 12:04
	expect_fixed 12:01 12:04
	for ((i = 0; i < 300; i++)); do
		storm+=(600 -600)
	done
	step "${storm[@]}"
	step 600
	expect_fixed 12:01 12:14
	set_clock 12:14:58
	until_clock 12:15:01
	expect_fixed 12:01 12:15
	sleeps 2
}

# Steps that the daemon sees all at once, when it may run again: a minute it was
# late for is no step and is run, as is what the step then jumped over.
stopped()
{
	write_table | begin 12:00:50 "steps beside a stopped daemon"
	kill -STOP "$CROND_PID"
	step 240 -14400 14400 -300
	kill -CONT "$CROND_PID"
	until_clock 12:00:01
	expect minute 12:00
	expect_fixed
	set_clock 12:00:57
	kill -STOP "$CROND_PID"
	until_clock 12:01:02
	step 60
	kill -CONT "$CROND_PID"
	expect minute 12:00 12:02 12:02
	expect_fixed 12:01 12:02
	sleeps 1
}

far_event()
{
	begin 12:00:54 "asleep for a far event" <<END
MAILTO=""
0 16 * * * root $TREE/job far
END
	until_clock 12:01:01
	sleeps 2
	set_clock 15:59:58
	until_clock 16:00:01
	expect far 16:00
	grep -Eq '^far 16:00:0[01]' "$OUT" || fail "late: $(cat "$OUT")"
	step -14400 # starts over
	set_clock 15:30:00
	set_clock 16:20:00 # made up
	expect far 16:00 16:20
	set_clock 15:59:58 # waits
	until_clock 16:00:02
	expect far 16:00 16:20
	set_clock 19:50:00 # more than three hours: lost, and said
	expect_log 'set forward by 13[0-9]* s: jobs missed are not run'
	expect far 16:00 16:20
	set_clock 15:59:58
	until_clock 16:00:02
	expect far 16:00 16:20 16:00
	sleeps 1
}

# Seen by strace: each step wakes it once, or twice as libev has a timer on the
# clock too, and nothing else does.
idle()
{
	local tracer by steps=(1 -1 30 -30 180 -62 600 -600 10740 -10740 14400
	    -14400 31536000 -31536000)

	begin 12:00:10 "nothing is due, ever" <<END
# nothing
END
	sleeps 1
	strace -o "$TREE/strace" -p "$CROND_PID" 2>"$TREE/strace.err" &
	tracer=$!
	wait_for 20 grep -q attached "$TREE/strace.err" ||
	    fail "no strace: $(cat "$TREE/strace.err")"
	for by in "${steps[@]}"; do
		step "$by"
		wait_for 20 quiet || fail "finds no rest after a step of $by s"
	done
	sleep 2 # in which nothing may happen
	kill "$tracer"
	wait "$tracer" 2>/dev/null
	wakes_are "$TREE/strace" ${#steps[@]}
	sleeps 3
	printf '%s\n' "6 12 * * * root $TREE/job late" >"$TREE/etc/new"
	mv "$TREE/etc/new" "$TREE/etc/crontab"
	expect_log 'RELOAD \(/tree/etc/crontab\)|RELOAD'
	set_clock 12:05:57
	until_clock 12:06:01
	expect late 12:06
}

wakes_are() # TRACE COUNT
{
	local n

	n=$(grep -c '^epoll_p\{0,1\}wait.* = [1-9]' "$1")
	[ "$n" -ge "$2" ] && [ "$n" -le $(($2 * 2)) ] || {
		fail "$n wakes after $2 steps"
		grep -E '^(epoll|timerfd|read)' "$1" | tail -n 100
	}
}

# In a boot of its own: not every emulated machine comes back.
suspend()
{
	local mode=mem before mono

	grep -qw "$mode" /sys/power/state || {
		echo "scenario: no suspend ($mode) here"
		return
	}
	write_table | begin 12:00:53 "suspend ($mode) over a minute"
	before=$(date +%s)
	mono=$(uptime_mono)
	if ! timeout 60 rtcwake -m "$mode" -s 9 >"$TREE/rtcwake" 2>&1; then
		echo "scenario: suspend does not work: $(tail -n 1 \
		    "$TREE/rtcwake")"
		return
	fi
	mono=$(($(uptime_mono) - mono))
	echo "suspended: $(($(date +%s) - before)) s, of them $mono on CLOCK_MONOTONIC"
	until_clock 12:01:01
	expect minute 12:01
	expect_fixed 12:01 12:01
	expect_log 'clock was set forward by'
	sleeps 1
}

uptime_mono() # seconds of CLOCK_MONOTONIC, which stands still in suspend
{
	perl -e 'my $t = pack("qq", 0, 0); syscall(228, 1, $t) == 0 or die;
		print((unpack("qq", $t))[0])'
}

# ---- all of it

shopt -s lastpipe # write_table | begin: in this shell
mkdir -p $TREE/{etc/cron.d,dev,run,tmp,var/spool/cron/crontabs}
chmod 1730 $TREE/var/spool/cron/crontabs
cat >$TREE/job <<'END'
#!/bin/sh
echo "$1 $(date +%T.%N)" >>/tree/out
END
chmod 0755 $TREE/job
: >$OUT
: >$LOG
/io/syslog_sink $TREE/dev/log $LOG &
wait_for 10 test -S $TREE/dev/log || fail "no /dev/log"

if [ $# -eq 0 ]; then
	set -- one_second_before half_a_minute three_minutes ten_minutes \
	    three_hours four_hours back_one_minute back_ten_minutes \
	    back_three_hours back_four_hours quick stopped far_event idle
fi
for s; do
	$s
done
stop_crond
echo "clock: $scenarios scenarios, $failures failures"
[ "$failures" -eq 0 ]
