# shellcheck shell=bash
# What walls.sh does while an attack lasts, whichever it is: root's job beside a
# bare timer, a changed table, a letter, an upgrade, a stop, a kill, a start. Each
# is measured and noted; none ends the attack's case before the others were tried.
# The attacks themselves are in walls.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need setpriv

# What the user's side and the measure run: programs of tests/lib.
ATTACK=$(find_program tests/lib/attacks) || skip "tests/lib/attacks is not built"
FLOOR=$(find_program tests/lib/tick_floor) || skip "tick_floor is not built"
READY_SECS=5 # a start, a stop, an upgrade; times SPEED
: "${LATE_MS:=100}"
# Debian's cron begins its minutes a second late, and what it does then takes a while;
# nobody judges it by that.
[ -z "$INCUMBENT" ] || LATE_MS=$((LATE_MS + 2000))

NOTE=$TREE/holds/held
BAD=() # what failed under this attack
ROW=() # what is shown of it
HOLDERS=1 # processes that have to hold before an attack counts
OPTIONS=()
LAUNCHER=()
NOT_RUN=
MINUTE=0 # of the epoch: the last one that was measured
TABLE=1 # which version bob's table has

# column NAME VALUE [bad]
column()
{
	ROW+=("$1 $2")
	[ -z "${3:-}" ] || BAD+=("$1: $2")
}

# ---- the machine

walls_tree()
{
	make_tree
	# As on a machine: making files on a disk takes as long as all else of a start.
	[ -n "$INCUMBENT" ] || mount -t tmpfs -o mode=0755 tmpfs "$TREE/run"
	first_of_all
	add_user carl 70003 "$TREE/home/carl"
	mknod -m 0666 "$TREE/dev/fuse" c 10 229
	mkdir -m 0755 "$TREE/bin"
	cp "$ATTACK" "$FLOOR" "$TREE/bin/"
	ATTACK=$TREE/bin/attacks FLOOR=$TREE/bin/tick_floor
	export FUSE_DEVICE=$TREE/dev/fuse TMPDIR=$TREE/tmp
	mkdir "$TREE/holds"
	chmod 0777 "$TREE/holds"
	install -m 0666 /dev/null "$NOTE"
}

# lines N TEXT: as many of them
lines()
{
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$2"
	done
}

# attacker USER LINE...: these lines are that user's table, where "ATTACK VERB"
# stands for the program; its complaints go to a file of the test's
attacker()
{
	local user=$1 line

	shift
	{
		echo "FUSE_DEVICE=$FUSE_DEVICE"
		echo "TMPDIR=$TMPDIR"
		for line; do
			# shellcheck disable=SC2001
			sed "s|ATTACK \([a-z-]*\)|$ATTACK \1 $NOTE|" <<<"$line"
		done
	} | put "$SPOOL/$user" 0600 "$user:"
}

# Bob changes his table: only the job of its last version is to run from now on.
bobs_table()
{
	TABLE=$((TABLE + 1))
	{
		call "by_${CASE}_bob" || echo -n '* * * * *'
		echo " $ATTACK stamp $OUT/bob.$TABLE"
	} | put_user bob
}

roots_table()
{
	put_system <<-END
	* * * * * root $ATTACK stamp $OUT/root; echo letter of root \$(date +\\%s)
	${ROOT_MORE:-}
	END
}

# ---- the daemon

collector_program()
{
	[ -z "$INCUMBENT" ] && [ -x "$COLLECTOR" ] && echo "$COLLECTOR"
}

state_of() # PID: its letter, and where in the kernel it waits
{
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	echo "${stat%% *} $(cat "/proc/$1/wchan" 2>/dev/null)"
}

# Everybody who is in D, into the log: cron's processes with their stacks.
who_is_stuck()
{
	local p t name

	for p in /proc/[0-9]*; do
		for t in "$p"/task/*; do
			[[ $(state_of "${p#/proc/}/task/${t##*/}") == D* ]] ||
			    continue
			name=$(cat "$t/comm" 2>/dev/null)
			echo "stuck: ${p#/proc/} ${t##*/} $name:" \
			    "$(cat "$t/wchan" 2>/dev/null)"
			case $name in
			*cron* | collect*) sed 's/^/    /' "$t/stack" ;;
			esac
		done
	done 2>/dev/null
}

took() # COLUMN BEGAN: until now; a second is the looks' own
{
	local ms=$(((${EPOCHREALTIME/./} - $2) / 1000))

	column "$1" "$ms" \
	    "$([ "$ms" -le $(((READY_SECS + 1) * 1000 * SPEED)) ] || echo bad)"
}

# start COLUMN: a daemon, until it is ready
start()
{
	local ready began

	ready=$(log_count "$READY")
	began=${EPOCHREALTIME/./}
	# shellcheck disable=SC2046
	launch "${LAUNCHER[@]}" "$CROND" $(crond_arguments) "${OPTIONS[@]}"
	wait_ready "$1" "$ready" "$began"
}

is_ready() # LINES BEFORE
{
	[ "$(log_count "$READY")" -gt "$1" ]
}

wait_ready() # COLUMN LINES-BEFORE BEGAN
{
	if wait_for "$READY_SECS" is_ready "$2"; then
		took "$1" "$3"
	else
		column "$1" "no[$(state_of "$CROND_PID")]" bad
		who_is_stuck
	fi
}

# end COLUMN SIGNAL: the daemon goes
end()
{
	local began=${EPOCHREALTIME/./}

	if [ -z "$CROND_PID" ] || crond_gone; then
		column "$1" "was-gone" bad
		return
	fi
	kill -"$2" "$CROND_PID"
	if wait_for "$READY_SECS" crond_gone; then
		took "$1" "$began"
		wait "$CROND_PID" || :
	else
		column "$1" "no[$(state_of "$CROND_PID")]" bad
		who_is_stuck
		kill -KILL "$CROND_PID"
		disown "$CROND_PID"
	fi
	CROND_PID=
}

upgrade()
{
	local ready

	ready=$(log_count "$READY")
	[ -n "$CROND_PID" ] && kill -USR2 "$CROND_PID" 2>/dev/null || :
	wait_ready upgrade "$ready" "${EPOCHREALTIME/./}"
}

# ---- minutes

seconds_left() # of this minute
{
	echo $((60 - 10#$(date +%S)))
}

# So that a minute begins in that many seconds, and all attacks that run beside
# each other have the same ones.
minute_in() # SECONDS AT MOST
{
	while [ "$(seconds_left)" -gt "$1" ] || [ "$(seconds_left)" -lt 20 ]; do
		nap .5
	done
}

# stamp_of FILE MINUTE: the first stamp in that minute, RAN and FORKED
stamp_of()
{
	local ran forked

	[ -e "$1" ] || return 0
	while read -r ran forked; do
		if [ $((ran / 60000)) -eq "$2" ]; then
			echo "$ran $forked"
			return
		fi
	done <"$1"
}

have_stamp() # FILE MINUTE
{
	[ -n "$(stamp_of "$1" "$2")" ]
}

# minute_measured NAME FILE MINUTE LIMIT: how much later than the timer's command it
# was forked; when both ran is up to the machine, and may be two seconds apart
minute_measured()
{
	local ran forked floor_ran floor_forked late

	if ! wait_for 10 have_stamp "$2" "$3"; then
		column "$1" "did-not-run[$(state_of "$CROND_PID")]" bad
		who_is_stuck
		return
	fi
	read -r ran forked <<<"$(stamp_of "$2" "$3")"
	read -r floor_ran floor_forked <<<"$(stamp_of "$OUT/floor" "$3")"
	late=$((forked - floor_forked))
	[ $((ran - floor_ran)) -le $((2000 * SPEED + $4)) ] ||
	    late=$((ran - floor_ran))
	if [ "$late" -le $(($4 * SPEED)) ]; then
		column "$1" "$late"
	else
		column "$1" "$late" bad
	fi
}

letters_of_root() # how many different ones arrived
{
	{ grep -hs '^letter of root ' "$MAIL"/*.eml || :; } | sort -u | wc -l
}

more_letters() # THAN
{
	[ "$(letters_of_root)" -gt "$1" ]
}

alice_wrote() # in that minute
{
	local t

	for t in $(sed -n 's/^letter of alice //p' "$MAIL"/*.eml 2>/dev/null); do
		[ $((t / 60)) -ne "$MINUTE" ] || return 0
	done
	return 1
}

# alices_mail COLUMN SECONDS: hers of the last minute arrives
alices_mail()
{
	if wait_for "$2" alice_wrote; then
		column "$1" yes
	else
		column "$1" no bad
	fi
}

# minute N: the next one begins, and all is well in it
minute()
{
	local letters at

	letters=$(letters_of_root)
	at=$(($(date +%s) / 60 + 1))
	MINUTE=$at
	must_wait 70 eval '[ $(($(date +%s) / 60)) -ge '"$at"' ]'
	must_wait 20 have_stamp "$OUT/floor" "$at"
	minute_measured "minute$1" "$OUT/root" "$at" "$LATE_MS"
	minute_measured "table$1" "$OUT/bob.$TABLE" "$at" "${BOB_MS:-5000}"
	if wait_for 10 more_letters "$letters"; then
		column "mail$1" yes
	else
		column "mail$1" no bad
	fi
}

# ---- one attack

holding() # at least that many that attack have said so
{
	[ "$(wc -l <"$NOTE")" -ge "$1" ]
}

# The attack lasts: what holds still does. Else what was seen proves nothing.
lasts()
{
	local p

	while read -r p; do
		is_gone "$p" || return 0
	done <"$NOTE"
	return 1
}

complaints()
{
	[ ! -s "$NOTE.err" ] || sort -u "$NOTE.err" | head -n 3 | tr '\n' ' '
}

attack_begins() # HOLDERS
{
	if ! wait_for "${HOLD_SECS:-15}" holding "$1"; then
		NOT_RUN="only $(wc -l <"$NOTE") of $1 hold: $(complaints)"
		return 1
	fi
	nap 1 # they say so just before they do
	if [ -n "$INCUMBENT" ] && [ -s "$NOTE.err" ] && ! lasts; then
		NOT_RUN="it does not apply: $(complaints)"
		return 1
	fi
}

attack_lasts()
{
	if [ "$HOLDERS" -gt 0 ] && ! lasts; then
		column lasts "no: $(complaints)" bad
	fi
}

# Its attackers die first, so that nothing is left in D by which cron is.
attack_ends()
{
	[ -n "$CROND_PID" ] || CROND_PID=1
	[ "$CROND_PID" -eq 1 ] || kill -KILL "$CROND_PID" 2>/dev/null || :
	CROND_PID=
	[ "$$" -ne 1 ] || wait_for 20 leftovers_gone ||
	    column left "$(who_is_stuck | tr '\n' ' ')" bad
}

show()
{
	local c

	{
		printf '%-16s' "$CASE"
		if [ -n "$NOT_RUN" ]; then
			printf ' not run: %s' "$NOT_RUN"
		else
			for c in "${ROW[@]}"; do
				printf ' %s' "${c// /=}"
			done
			[ "${#BAD[@]}" -eq 0 ] && printf ': held' ||
			    printf ': BROKEN'
		fi
		printf '\n'
	} >"$OUT/row"
	measured "$(cat "$OUT/row")"
}

call() # FUNCTION, if there is one; false if there is none
{
	declare -F "$1" >/dev/null || return
	"$@"
}

# play NAME: NAME sets the tables up; NAME_begun is called when it holds,
# NAME_minute after the first minute, NAME_after at the end. HOLDERS: how many
# processes have to hold before the attack counts.
play()
{
	CASE=$1
	HOLDERS=1
	"by_$1"
	if [ -n "$NOT_RUN" ]; then
		show
		return
	fi
	bobs_table
	roots_table
	"$FLOOR" "$TREE/floor" "$ATTACK stamp $OUT/floor" {NAP}<&- &
	disown
	minute_in 40
	start start
	if attack_begins "$HOLDERS"; then
		call "by_$1_begun" || :
		bobs_table
		minute 1
		call "by_$1_minute" || :
		signals
		bobs_table
		minute 2
		call "by_$1_after" || :
		attack_lasts
	fi
	attack_ends
	show
}

signals()
{
	[ -n "$INCUMBENT" ] || upgrade
	end TERM TERM
	start start2
	end KILL KILL
	start start3
}
