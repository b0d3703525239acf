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

starts() # NAME: how often it was; in the daemon's log, as jobs take their time
{
	log_count "CMD \(echo x >> $OUT/$1\)"
}

more_starts() # NAME THAN
{
	[ "$(starts "$1")" -gt "$2" ]
}

beats() # N [NAME]: that many minutes go by
{
	local i now name=${2:-beat}

	for ((i = 0; i < $1; i++)); do
		now=$(starts "$name")
		wait_for 30 more_starts "$name" "$now" ||
		    fail "no minute goes by"
	done
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

rests() # NAME...: after what is under way
{
	rests_by beat "$@"
}

rests_by() # BEAT NAME...: the job that counts the minutes may be another
{
	local n beat=$1
	local -A before

	shift
	beats 2 "$beat"
	for n; do
		before[$n]=$(starts "$n")
	done
	beats 2 "$beat"
	for n; do
		same "starts of $n, which is to rest," "$(starts "$n")" \
		    "${before[$n]}"
	done
}
