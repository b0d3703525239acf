#!/bin/bash
# No test runs for ever: tests/lib/run_test ends it at its limit, with all that it
# started, and says what it was doing.
set -eu -o pipefail
: "${srcdir:=.}" "${abs_top_builddir:=$PWD}"
run=$abs_top_builddir/tests/lib/run_test
[ -x "$run" ] || { echo "skip: $run is not built"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/evcron-limits.XXXXXX")
trap 'rm -rf "$work"' EXIT
unset TEST_LIMIT SPEED
mkdir "$work/tmp"
export TMPDIR=$work/tmp

complain()
{
	echo "limits: $*"
	[ ! -s "$work/out" ] || sed 's/^/	/' "$work/out"
	exit 1
}

# runs STATUS SCRIPT: stdin is that script; what run_test says of it is in out
runs()
{
	local status=0

	cat >"$work/$2"
	"$run" "$work/$2" >"$work/out" 2>&1 || status=$?
	[ "$status" -eq "$1" ] || complain "$2: status $status, not $1"
	[ -z "$(ls "$work/tmp")" ] || complain "$2: left: $(ls "$work/tmp")"
}

says() # REGEX...
{
	local r

	for r; do
		grep -Eq -- "$r" "$work/out" || complain "it does not say: $r"
	done
}

gone() # FILE...: with the pid of a process in each
{
	local f stat

	for f; do
		[ -s "$work/$f" ] || complain "no $f"
		if { read -r stat <"/proc/$(cat "$work/$f")/stat"; } 2>/dev/null &&
		    [[ $stat != *') Z '* ]]; then
			complain "$f goes on: $stat"
		fi
	done
}

# The status is the test's.
for status in 0 1 77 99; do
	runs "$status" status.sh <<-END
	exit $status
	END
	[ ! -s "$work/out" ] || complain "unwanted words"
done
runs $((128 + 9)) killed.sh <<'END'
kill -KILL $$
END

# at_limit SCRIPT FILE: the same for one that does not end, whose limit is long
# enough for it to make that file; stdin is the script without its limit
at_limit()
{
	local script secs

	script=$(cat)
	for secs in 2 10 50; do
		rm -f "$work"/{child,orphan,second}
		printf '# Limit: %s seconds\n%s\n' "$secs" "$script" | runs 124 "$1"
		[ ! -s "$work/$2" ] || return 0
	done
	complain "$1 did not begin"
}

# One that hangs with a child; neither ignores SIGTERM.
at_limit hangs.sh child <<END
printf '%s\n' "a case" "$work/log" >"\$TEST_NOTES/note"
echo "a line of the log" >"$work/log"
trap 'echo cleaned' EXIT
sleep 1000 & echo \$! >"$work/child"
wait
END
says "hangs\\.sh did not end within $(sed -n 's/# Limit: //p' "$work/hangs.sh")" \
    '^run_test: it was in: a case$' '^a line of the log$' ' sleep 1000 $' \
    '^cleaned$'
gone child

# Those that ignore it, one of them an orphan in a session of its own.
at_limit ignores.sh second <<END
trap '' TERM
sleep 1000 & echo \$! >"$work/child"
setsid bash -c '(echo \$BASHPID >"$work/orphan"; exec sleep 1001) &'
until [ -s "$work/orphan" ]; do :; done
sleep 1002 & echo \$! >"$work/second"
while :; do wait; done
END
says ' sleep 1000 $' ' sleep 1001 $'
gone child orphan second

# The default, for a test that says nothing; the limit that it says, behind a
# comment's characters; SPEED.
TEST_LIMIT=1 runs 124 default.sh <<'END'
sleep 1000
END
TEST_LIMIT=1 runs 0 own.sh <<'END'
#!/bin/bash
# What it is about.
# Limit: 100 seconds, for that takes long.
sleep 1.5
END
SPEED=100 runs 0 slow.sh <<'END'
# Limit: 1 seconds
sleep 1.5
END

# A built program's limit is in its source.
mkdir "$work/unit"
printf '#!/bin/sh\nsleep 1000\n' >"$work/unit/test_it"
printf '/*\n * A test.\n * Limit: 1 seconds\n */\n' >"$work/unit/test_it.c"
chmod +x "$work/unit/test_it"
status=0
(cd "$work" && srcdir=. TEST_LIMIT=60 "$run" unit/test_it) >"$work/out" 2>&1 ||
    status=$?
[ "$status" -eq 124 ] || complain "unit: status $status"
says '^run_test: unit/test_it did not end within 1 seconds'

# What a test leaves running is ended.
runs 0 leaves.sh <<END
sleep 1003 & echo \$! >"$work/left"
END
says 'leaves\.sh left these running:$' ' sleep 1003 $'
gone left

# Whoever ends run_test ends the test.
cat >"$work/ended.sh" <<END
sleep 1004 & echo \$! >"$work/new"; mv "$work/new" "$work/begun"
wait
END
"$run" "$work/ended.sh" >"$work/out" 2>&1 &
pid=$!
for ((i = 0; i < 600; i++)); do
	[ ! -e "$work/begun" ] || break
	sleep 0.1 # between two looks
done
[ -e "$work/begun" ] || complain "it has not begun"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 143 ] || complain "ended: status $status"
says 'ended\.sh is ended, for signal 15 came$'
gone begun
