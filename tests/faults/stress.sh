#!/bin/bash
# crond and its collectors are killed, crond is stopped and upgraded, at random
# moments while jobs write, and every byte, end and minute is accounted for. Without
# CAP_SYS_PTRACE.
#
# ROUNDS: how often, 200. FAST: how fast the daemon's time is, and so how many jobs
# there are, 8. SEED: the one that a failure has printed.
. "$(dirname "$0")/lib.sh"
need setpriv
[ -z "$INCUMBENT" ] || skip "nobody takes over what the incumbent runs"
make_tree
first_of_all

# The daemon's own limits get shorter by FAST.
: "${ROUNDS:=200}" "${FAST:=8}" "${SEED:=$RANDOM$RANDOM}"
RANDOM=$SEED
BASE=$(date -u -d '2025-03-10 12:00:30' +%s)
declare -A done_by
may_be_cut='^\[The job ended (while no cron ran|before cron did)'
GAPS=()   # "from to": when nobody held the pipes of jobs
BLINKS=() # likewise: when nobody saw the ends of jobs that are no children

# What it writes takes up to some seconds; it tells how much it was, and when it
# ended, in its last act.
write_job()
{
	put "$TREE/tmp/job" 0755 <<-END
	#!/bin/bash
	trap 'echo "\$id" >>$OUT/pipe' PIPE
	id=\$\$.\${EPOCHREALTIME/./}
	RANDOM=\${id##*.}
	lines=\$((RANDOM % 6000)) pause=\$((RANDOM % 60 + 1)) i=0
	echo "job \$id begins"
	while [ \$i -lt \$lines ]; do
		i=\$((i + 1))
		echo "\$i of \$id, which has to be long enough to fill a pipe" ||
		    echo "\$id" >>$OUT/pipe
		[ \$((i % 100)) -ne 0 ] || read -t .00\$pause <> <(:) || :
	done
	status=\$((RANDOM % 4))
	echo "\$id \$lines \$status \${EPOCHREALTIME/./}" >>$OUT/ended
	exit \$status
	END
}

now()
{
	echo "${EPOCHREALTIME/./}"
}

# The daemon's clock goes on where it would be.
set_clock()
{
	local fake=$((BASE + ($(now) - BEGAN) * FAST / 1000000))

	fake_clock "$(date -u -d "@$fake" '+%F %T')" "$FAST"
}

start()
{
	set_clock
	# shellcheck disable=SC2046
	launch setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace \
	    "$CROND" $(crond_arguments)
	must_wait 30 eval '[ "$(log_count "$READY")" -gt '"$1"' ]'
	kill -0 "$CROND_PID"
}

random_nap() # MILLISECONDS at most
{
	nap "$(printf '0.%03d' $((RANDOM % $1)))"
}

# Each with one chance of two, so that some runs change hands and some do not.
kill_collectors()
{
	local p

	for p in $(pgrep -f '^[^ ]*evcron-collect ' || true); do
		[ $((RANDOM % 2)) -eq 0 ] || kill -KILL "$p" 2>/dev/null || :
	done
}

# KILL and ABRT leave a gap in which no crond runs; COLLECT kills collectors alone,
# BOTH crond and collectors.
one_round()
{
	local ready signal from
	local signals=(KILL KILL ABRT TERM TERM INT USR2 USR2 COLLECT COLLECT BOTH)

	random_nap 999
	signal=${signals[RANDOM % ${#signals[@]}]}
	done_by[$signal]=$((${done_by[$signal]:-0} + 1))
	ready=$(log_count "$READY")
	from=$(now)
	if [ "$signal" = COLLECT ]; then
		kill_collectors
		random_nap 999 # the next ones have them soon
		GAPS+=("$from $(($(now) + 500000 * SPEED))")
		return
	fi
	kill -"${signal/BOTH/KILL}" "$CROND_PID"
	[ "$signal" != BOTH ] || kill_collectors
	if [ "$signal" = USR2 ]; then
		must_wait 30 eval '[ "$(log_count "$READY")" -gt '"$ready"' ]'
		BLINKS+=("$from $(now)")
		return
	fi
	wait_end "$CROND_PID" 60 2>/dev/null || :
	random_nap 400
	start "$ready"
	GAPS+=("$from $(now)")
	BLINKS+=("$from $(now)")
}

among() # MICROSECONDS GAP...
{
	local at=$1 gap

	shift
	for gap; do
		# A job needs a moment from its last act to its end.
		if [ "$at" -ge $((${gap% *} - 500000 * SPEED)) ] &&
		    [ "$at" -le "${gap#* }" ]; then
			return
		fi
	done
	return 1
}

before() # MICROSECONDS GAP...: how many ms, the first one behind
{
	local at=$1 gap

	shift
	for gap; do
		[ "$at" -gt "${gap% *}" ] || break
	done
	echo $(((${gap% *} - at) / 1000))
}

in_gap() # MICROSECONDS
{
	among "$1" "${GAPS[@]}"
}

body_of() # LETTER: without the notes on top of it
{
	sed '1,/^$/d' "$1" | sed '/^\[/,/^$/d'
}

wrote() # ID LINES
{
	echo "job $1 begins"
	[ "$2" -eq 0 ] ||
	    seq -f "%.0f of $1, which has to be long enough to fill a pipe" 1 "$2"
}

complain()
{
	echo "$*"
	bad=$((bad + 1))
}

# Linux tells the status of processes that are no children from 6.15 on.
kernel_tells()
{
	local release major minor

	release=$(uname -r)
	IFS=.- read -r major minor _ <<<"$release"
	[ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -ge 15 ]; }
}

check_status() # LETTER ID STATUS ENDED
{
	local shown

	shown=$(sed -n '/^$/q; s/^X-Cron-Status: //p' "$1")
	case $shown in
	unknown)
		unknown=$((unknown + 1))
		kernel_tells || return 0
		among "$4" "${BLINKS[@]}" ||
		    complain "$2: its status is unknown, and it ended" \
			"$(before "$4" "${BLINKS[@]}") ms before crond went" ;;
	"exit status $3") ;;
	'')	[ "$3" -eq 0 ] || complain "$2: status 0, not $3" ;;
	*)	complain "$2: $shown, not $3" ;;
	esac
}

# A copy may be cut where a note says that it may, and if the job ended in a gap.
check_letter() # LETTER ID LINES STATUS ENDED
{
	local size

	check_status "$1" "$2" "$4" "$5"
	if cmp -s <(body_of "$1") <(wrote "$2" "$3"); then
		return
	fi
	size=$(body_of "$1" | wc -c)
	if in_gap "$5" && grep -Eq "$may_be_cut" "$1" &&
	    cmp -s -n "$size" <(body_of "$1") <(wrote "$2" "$3"); then
		cut=$((cut + 1))
		lost=$((lost + $(wrote "$2" "$3" | wc -c) - size))
	else
		complain "$2: $1 is not what it wrote"
	fi
}

check_job() # ID LINES STATUS ENDED
{
	local -a letters

	mapfile -t letters < <(grep -lE "^(job $1 begins|1 of $1,)" "$MAIL"/*.eml)
	bytes=$((bytes + $(wrote "$1" "$2" | wc -c)))
	if [ "${#letters[@]}" -eq 0 ]; then
		# All of it was in the pipe when that went.
		if in_gap "$4"; then
			cut=$((cut + 1))
			lost=$((lost + $(wrote "$1" "$2" | wc -c)))
		else
			complain "$1: no letter"
		fi
		return
	fi
	if [ "${#letters[@]}" -gt 1 ]; then
		twice=$((twice + 1))
		grep -q '^\[[^]]*being mailed' "${letters[@]}" ||
		    complain "$1: ${#letters[@]} letters, and it is not said"
	fi
	check_letter "${letters[0]}" "$@"
}

all_over()
{
	! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null
}

check_all()
{
	local id lines status ended jobs=0 bad=0 unknown=0 cut=0 lost=0 twice=0
	local bytes=0 first last

	[ ! -s "$OUT/pipe" ] || complain "SIGPIPE: $(wc -l <"$OUT/pipe")"
	while read -r id lines status ended; do
		jobs=$((jobs + 1))
		check_job "$id" "$lines" "$status" "$ended"
	done <"$OUT/ended"
	same "@reboot runs" "$(wc -l <"$OUT/reboot")" 1
	# Each minute from the first on has 6 jobs.
	first=$((BASE / 60 + 1))
	last=$(sed -n 's/^wild //p' "$TREE/run/evcron/runs/minutes")
	[ "$jobs" -eq $((6 * (last - first + 1))) ] ||
	    complain "$jobs jobs in $((last - first + 1)) minutes"
	echo "measured: rounds: $ROUNDS ($(for s in "${!done_by[@]}"; do
		printf '%s %s  ' "$s" "${done_by[$s]}"
	done)), jobs: $jobs, bytes: $bytes"
	echo "measured: cut by the end of a job while nobody ran: $cut jobs, $lost bytes"
	echo "measured: unknown status: $unknown, mailed twice and said: $twice"
	no_log MISSED
	[ "$bad" -eq 0 ] || fail "$bad faults; SEED=$SEED"
	[ "$jobs" -ge $((ROUNDS / 4)) ] || fail "only $jobs jobs"
}

stress()
{
	local i

	echo "SEED=$SEED ROUNDS=$ROUNDS"
	write_job
	install -m 0666 /dev/null "$OUT/ended"
	install -m 0666 /dev/null "$OUT/pipe"
	put_system <<-END
	@reboot root echo x >>$OUT/reboot
	* * * * * alice $TREE/tmp/job
	* * * * * alice $TREE/tmp/job again
	* * * * * bob $TREE/tmp/job
	* * * * * bob $TREE/tmp/job again
	* * * * * root $TREE/tmp/job
	* * * * * root $TREE/tmp/job again
	END
	BEGAN=$(now)
	start 0
	for ((i = 0; i < ROUNDS; i++)); do
		one_round
	done
	# No more starts; then no more jobs.
	echo '0 0 1 1 * root true' | put_system
	must_wait 20 eval 'sed -n "s/^next //p" "$TREE/run/evcron/runs/minutes" |
	    { read -r n && [ "$n" -gt $((BASE / 60 + 100000)) ]; }'
	must_wait 120 all_over
	stop_crond
	check_all
}

PERSONALITIES=${PERSONALITIES:-redhat} each_personality stress
