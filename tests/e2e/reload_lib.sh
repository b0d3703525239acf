# shellcheck shell=bash
# Shared by the tests of reload: a daemon whose clock runs 180 times as fast, so
# that what is loaded shows within a second by running. Sourced after lib.sh.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	echo "skip: this is no test but what the tests of reload share"
	exit 77
fi

D=$TREE/etc/cron.d

every() # NAME [USER]: a system line that runs each minute
{
	echo "* * * * * ${2:-root} echo x >> $OUT/$1"
}

begin() # a daemon with a job that beats once a minute
{
	fake_clock '2024-01-01 12:00:10' $((180 / SPEED))
	every beat | put_system
	start_crond --stall=86400 "$@" # eight minutes for a mailer
	beats 1
}

# starts NAME [PID]: how often, by processes that began after that one. The log says
# it, for jobs take their time; so do their lines in the log, in any order, and so
# what is asked is when a process began.
starts()
{
	pids_of "$1" | awk -v after="${2:-0}" '$1 > after { n++ } END { print n + 0 }'
}

pids_of() # NAME: of its runs
{
	sed -n "s,.*\[\([0-9]*\)\]: ([a-z]*) CMD (.* >> $OUT/$1)\$,\1,p" "$LOG"
}

has_starts() # N NAME PID
{
	[ "$(starts "$2" "$3")" -ge "$1" ]
}

# beats N [NAME]: that many minutes begin from now on
beats()
{
	local name=${2:-beat} now

	# shellcheck disable=SC2016
	now=$(sh -c 'echo $$')
	wait_for $((30 * $1)) has_starts "$1" "$name" "$now" ||
	    fail "no minute goes by"
}

more_lines() # FILE THAN
{
	local -a lines=()

	[ ! -e "$1" ] || mapfile -t lines <"$1"
	[ "${#lines[@]}" -gt "$2" ]
}

runs() # NAME...: from now on
{
	local n
	local -a lines

	for n; do
		lines=()
		[ ! -e "$OUT/$n" ] || mapfile -t lines <"$OUT/$n"
		wait_for 20 more_lines "$OUT/$n" "${#lines[@]}" ||
		    fail "$n does not run"
	done
}

rests() # NAME...: none of them is started any more, soon
{
	rests_by beat "$@"
}

rests_by() # BEAT NAME...: the job that counts the minutes may be another
{
	local limit=$((SECONDS + 40 * SPEED)) beat=$1 from n busy

	shift
	beats 1 "$beat"
	while :; do
		from=$(pids_of "$beat" | sort -n | tail -n 1)
		beats 2 "$beat"
		busy=
		for n; do
			[ "$(starts "$n" "$from")" -eq 0 ] || busy=$n
		done
		[ -n "$busy" ] || return 0
		[ "$SECONDS" -le "$limit" ] || fail "$busy does not rest"
	done
}
