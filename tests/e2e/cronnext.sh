#!/bin/bash
# What `cronnext -f -t T -q Q FILE` prints is what crond does: a user's table
# under a driven clock, through a night in which the clock is changed, with
# CRON_TZ, RANDOM_DELAY and '~'.
# Limit: 1800 seconds
. "$(dirname "$0")/lib.sh"
need_root
make_tree

# Each command has a name of its own, so a list of them is a list of runs.
table() # OTHER-ZONE END: minute and hour of the last run, with none near it
{
	sed '/=/!s/[a-z]*$/true &/' <<END
*/7 * * * * wild
30 2 * * * gap
0,30 2,3 * * * several
20~40 2 * * * random
10 2 1 * 0 either
15 * */1 * 0 both
@hourly hourly
@daily daily
@reboot reboot
CRON_TZ=$1
5 * * * * abroad
30 1 * * * far
CRON_TZ=
RANDOM_DELAY=20
0 2 * * * late
45 1-3 * * * later
RANDOM_DELAY=0
$2 * * * end
END
}

announced() # commands, sorted, as cronnext has them from FROM to UNTIL
{
	TZ=$1 "$CRONNEXT" --root="$TREE" --personality="$PERSONALITY" \
	    -f -t "$2" -q "$3" "$SPOOL/alice" |
	    sed -n 's/^    cmd: "\(.*\)"$/\1/p' | sort
}

# Up to the last entry's run, by CMD lines. Jobs write them, in any order: which
# began first is told by their pids. On a busy machine a start may take longer than
# a fast clock's minute: cronie, and we, leave out a job of a wildcard minute then,
# and say so. It was due.
done_by_crond()
{
	awk -v end="$(end_pid)" '
		{ command = substr($0, index($0, " CMD (") + 6) }
		/\(alice\) CMD \(/ && $2 <= end {
			print substr(command, 1, length(command) - 1)
		}
		/\(alice\) CMD \(true end\)$/ { over = 1 }
		/\(alice\) INFO \(Job execution of .* Skipping job run\.\)$/ && !over {
			print "true wild"
		}' "$LOG" | grep -vx 'true reboot' | sort
}

end_pid()
{
	awk '/CMD \(true end\)$/ { print $2; exit }' "$LOG"
}

# All that began before the last entry's run have written their lines.
none_before() # PID
{
	local p

	for p in $(ps -o pid= --ppid "$CROND_PID" || :); do
		[ "$p" -gt "$1" ] || return 1
	done
}

# At this speed, half a second in which nobody lets crond run is a jump of the
# clock, by which less is run: then once more, slower.
one_night() # ZONE OTHER-ZONE START END
{
	local speed

	for speed in 1200 400 120 120 60; do
		if night_at "$speed" "$@"; then
			return
		fi
		fresh_tree
	done
	fail "announced (<) and done (>) differ"
}

night_at() # SPEED ZONE OTHER-ZONE START END
{
	local from until want speed=$1

	shift
	table "$2" "$4" | put_user alice
	fake_clock "$3" "$speed" "$1"
	from=$(TZ=$1 date -d "$3" +%s)
	start_crond
	wait_log 'CMD \(true end\)' 600
	must_wait 60 none_before "$(end_pid)"
	stop_crond
	# The start minute is not run; the minute of "end" is the last one.
	from=$((from + 60))
	until=$(TZ=$1 "$CRONNEXT" --root="$TREE" \
	    --personality="$PERSONALITY" -j 'true end' -t "$from" \
	    "$SPOOL/alice" | sed -n 's/^next: //p')
	want=$(announced "$1" "$from" "$until")
	[ "$(wc -l <<<"$want")" -gt 20 ] || fail "only few runs: $want"
	diff <(echo "$want") <(done_by_crond) >"$TREE/notes"
}

spring()
{
	one_night Europe/Berlin America/New_York '2024-03-31 00:30:30' '24 4'
}

autumn()
{
	one_night Europe/Berlin Asia/Kolkata '2024-10-27 00:30:30' '24 4'
}

# Here the other zone's night is the one that is changed.
abroad()
{
	one_night UTC America/New_York '2024-03-10 04:30:30' '24 9'
}

# What crond refuses is not announced; what it reads in its own way is said.
refused()
{
	printf '%s\n' '@daily root true good' | put_dropin good
	printf '%s\n' '@daily root true half' '@daily nosuchuser true' |
	    put_dropin half
	printf '%s\n' 'CRON_TZ=Nowhere' '@daily true zone' | put_user alice
	"$CRONNEXT" --root="$TREE" --personality="$PERSONALITY" -c \
	    >"$TREE/notes" 2>&1
	grep -q 'true good' "$TREE/notes" || fail "a good table is missing"
	grep -q 'unknown time zone Nowhere, UTC' "$TREE/notes" ||
	    fail "not said: unknown time zone"
	if is debian; then
		! grep -q 'true half' "$TREE/notes" || fail "a table too many"
		grep -q 'cron.d/half: bad username' "$TREE/notes" ||
		    fail "not said: bad username"
	else
		grep -q 'true half' "$TREE/notes" || fail "a table is missing"
	fi
}

# A letter whose argument is missing is no unknown letter.
missing_argument()
{
	local status=0

	"$CRONNEXT" -t 2>"$TREE/notes" || status=$?
	same status "$status" 1
	grep -qx 'missing argument of option: -t' "$TREE/notes" ||
	    fail "it says: $(head -n 1 "$TREE/notes")"
}

PERSONALITIES=${PERSONALITIES:-debian redhat} each_personality \
    spring autumn abroad refused missing_argument
