# shellcheck shell=bash
# What the scripts of this directory share beyond e2e/lib.sh. Source it first.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
need_root

# measured WORDS...: a figure that the runner shows, also where all is well
measured()
{
	echo "measured: $*"
}

# helper NAME: a program of tests/lib that was built, or builds it by CC
helper()
{
	local p

	if p=$(find_program "tests/lib/$1"); then
		echo "$p"
		return
	fi
	p=$TREE/usr/$1
	[ -x "$p" ] || "${CC:-cc}" -D_GNU_SOURCE -o "$p" \
	    "$srcdir/tests/lib/$1.c"
	echo "$p"
}

# preload NAME: a library of tests/lib, built by CC, for LD_PRELOAD
preload()
{
	local p=$TREE/usr/$1.so

	[ -e "$p" ] || "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -o "$p" \
	    "$srcdir/tests/lib/$1.c" -ldl
	echo "$p"
}

alive()
{
	! crond_gone || fail "the daemon ended: $(tail -n 3 "$TREE/stderr")"
}

# near_minute SECS: from the next start on the daemon's clock runs as the real one
# does, but shows at least that many seconds before a minute now. OFFSET_MS is by how
# much, LEAD the seconds: more than asked for, as a busy machine takes longer to get
# ready for the minute.
near_minute()
{
	local now lib

	LEAD=$(($1 * (1 + SPEED)))
	[ "$LEAD" -le 50 ] || LEAD=50
	for lib in /usr/lib/*/faketime/libfaketime.so.1 \
	    /usr/lib*/faketime/libfaketime.so.1; do
		[ ! -e "$lib" ] || break
	done
	[ -e "$lib" ] || skip "faketime is not installed"
	now=$((10#$(date +%s%3N)))
	OFFSET_MS=$(((60000 - LEAD * 1000 - now % 60000 + 60000) % 60000))
	CROND_ENV+=("LD_PRELOAD=$lib" FAKETIME_NO_CACHE=1
	    "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
	    "FAKETIME=+$((OFFSET_MS / 1000)).$(printf %03d $((OFFSET_MS % 1000)))")
}

# A job's command: writes when it began, in milliseconds, into OUT/NAME.
stamp() # NAME
{
	echo "date +\\%s\\%3N >>$OUT/$1"
}

# late NAME: how many milliseconds after its minute a job began that wrote stamp,
# the latest of them
late()
{
	local t worst=0

	while read -r t; do
		t=$(((t + OFFSET_MS) % 60000))
		[ "$t" -le "$worst" ] || worst=$t
	done <"$OUT/$1"
	echo "$worst"
}

# Processes of others must not count as lateness of ours.
first_of_all()
{
	renice -n -15 -p $$ >/dev/null || true
	# Where Linux gives each session its share, that is what counts.
	(echo -15 >"/proc/$$/autogroup") 2>/dev/null || true
}

stamped() # NAME: is its stamp there
{
	[ -s "$OUT/$1" ]
}

# on_time NAME [SECONDS]: it has run that long after the minute at the latest, and
# began no later than LATE_MS
on_time()
{
	local ms

	wait_for $((LEAD + ${2:-10})) stamped "$1" || fail "$1 has not run"
	ms=$(late "$1")
	measured "$CASE: $1 began $ms ms after its minute"
	[ "$ms" -le $((LATE_MS * SPEED)) ] || fail "$1 began $ms ms late"
}

: "${LATE_MS:=100}"
OFFSET_MS=0 LEAD=0

# probe NAME N: a shell that this script starts when that minute from now begins,
# and that stamps: how late a start is here by itself, beside much else
probe()
{
	local now at

	now=$((10#$(date +%s%3N) + OFFSET_MS))
	at=$(((now / 60000 + $2) * 60000 - now))
	nap "$((at / 1000)).$(printf %03d $((at % 1000)))"
	setsid -w /bin/sh -c "date +%s%3N >>$OUT/$1.probe" # in a session, as jobs are
}

# As on_time, beside a probe of that name.
on_time_here() # NAME
{
	wait_for 10 stamped "$1.probe" || fail "the probe $1 has not run"
	measured "$CASE: $1 began $(late "$1") ms after its minute, a shell of" \
	    "our own $(late "$1.probe") ms"
	[ "$(late "$1")" -le $(($(late "$1.probe") + LATE_MS * SPEED)) ] ||
	    fail "$1 began $(late "$1") ms late"
}

# dead_fs DIRECTORY [TEXT]: mounts a file system there that can hang; FUSE_PID
# serves it
dead_fs()
{
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	mkdir -p "$1"
	"$(helper fuse_dead)" "$@" {NAP}<&- &
	FUSE_PID=$!
	disown
	must_wait 10 eval "grep -q ' $1 fuse' /proc/self/mounts"
	test -d "$1/d"
}

end_fs() # DIRECTORY
{
	kill -KILL "$FUSE_PID"
	umount -l "$1"
}
