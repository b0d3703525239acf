#!/bin/bash
# The end-to-end cases that Debian's own cron can do too, run against it: a test
# that is wrong about the incumbent is seen here. Its package is unpacked aside,
# nothing is installed. Run by `make check-incumbent`, as root.
#
# usage: incumbent.sh [CACHE-DIRECTORY]
set -eu -o pipefail
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}" "${abs_top_builddir:=$PWD}"
srcdir=$(cd "$srcdir" && pwd)

[ "$(id -u)" -eq 0 ] || { echo "skip: needs root"; exit 77; }
command -v apt-get >/dev/null || { echo "skip: this is no Debian"; exit 77; }

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/incumbent}
mkdir -p "$cache"
if [ ! -x "$cache/root/usr/sbin/cron" ]; then
	(cd "$cache" && apt-get -qq download cron && dpkg -x cron_*.deb root)
fi

export srcdir abs_top_builddir INCUMBENT=1 CROND="$cache/root/usr/sbin/cron"
passed=0 failed=0 skipped=0
for t in $(grep -lx '# runs-on: incumbent' "$srcdir"/tests/e2e/*.sh); do
	status=0
	"$abs_top_builddir/tests/lib/run_test" "$t" >"$cache/log" 2>&1 ||
	    status=$?
	case $status in
	0)	echo "PASS: ${t##*/}"; passed=$((passed + 1)) ;;
	77)	echo "SKIP: ${t##*/}: $(tail -n 1 "$cache/log")"
		skipped=$((skipped + 1)) ;;
	*)	echo "FAIL: ${t##*/}"; cat "$cache/log"; failed=$((failed + 1)) ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
