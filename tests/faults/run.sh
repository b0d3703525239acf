#!/bin/bash
# Breaks things under a running daemon, one script after the other: every *.sh
# beside this one but lib.sh. Run by `make check-faults`, in the build's directory.
#
# usage: run.sh [NAME...]	only these, without .sh
#
# From the environment: what e2e/lib.sh takes, what each script says in its head,
# and INCUMBENT=1: those that can run Debian's own cron do, and what becomes of it
# is told, not judged. SCRATCH: where the logs go. TEST_LIMIT: how many seconds each
# script may take, 14400.
set -u -o pipefail
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}" "${abs_top_builddir:=$PWD}"
: "${INCUMBENT:=}" "${SCRATCH:=}"
srcdir=$(cd "$srcdir" && pwd)
: "${TEST_LIMIT:=14400}"
export srcdir abs_top_builddir INCUMBENT TEST_LIMIT

if [ -n "$INCUMBENT" ] && [ -z "${CROND:-}" ]; then
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/incumbent
	mkdir -p "$cache" || exit 99
	if [ ! -x "$cache/root/usr/sbin/cron" ]; then
		(cd "$cache" && apt-get -qq download cron &&
		    dpkg -x cron_*.deb root) || exit 99
	fi
	export CROND="$cache/root/usr/sbin/cron"
fi

logs=${SCRATCH:-$(mktemp -d "${TMPDIR:-/tmp}/evcron-faults.XXXXXX")}
mkdir -p "$logs" || exit 99
passed=0 failed=0 skipped=0

finish()
{
	[ "$failed" -ne 0 ] || [ -n "$SCRATCH" ] || rm -rf "$logs"
	[ "$failed" -eq 0 ] || echo "logs: $logs"
	[ "$skipped" -eq 0 ] || echo "$skipped skipped"
	echo "$passed passed, $failed failed"
	[ -n "$INCUMBENT" ] || { [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; }
	exit
}

one() # SCRIPT
{
	local name=${1##*/} log began=$SECONDS status=0

	name=${name%.sh}
	log=$logs/$name.log
	"$abs_top_builddir/tests/lib/run_test" "$1" >"$log" 2>&1 </dev/null ||
	    status=$?
	# What was measured, and what was given as a reason.
	sed -n 's/^measured: /  /p' "$log"
	case $status in
	0)	passed=$((passed + 1))
		echo "PASS: $name ($((SECONDS - began)) s)" ;;
	77)	skipped=$((skipped + 1))
		echo "SKIP: $name: $(tail -n 1 "$log")" ;;
	*)	failed=$((failed + 1))
		sed -n -e 's/^FAIL: /  /p' -e 's/^run_test: /  /p' "$log"
		echo "FAIL: $name ($((SECONDS - began)) s)" ;;
	esac
}

if [ $# -eq 0 ]; then
	for f in "$srcdir"/tests/faults/*.sh; do
		case ${f##*/} in
		lib.sh | *_lib.sh | run.sh) ;;
		*)	set -- "$@" "$(basename "$f" .sh)" ;;
		esac
	done
fi
for name; do
	f=$srcdir/tests/faults/$name.sh
	[ -e "$f" ] || { echo "no such test: $name" >&2; exit 99; }
	if [ -z "$INCUMBENT" ] || grep -qx '# runs-on: incumbent' "$f"; then
		one "$f"
	fi
done
finish
