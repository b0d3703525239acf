#!/bin/bash
# The real daemon beside real steps of the clock and a suspend, and its basics
# on Debian's own kernel: in a virtual machine (see boot-qemu). Run by
# `make check-system`: it wants root, qemu, a network the first time, and takes
# five minutes, so it is no part of `make check`.
#
# usage: clock.sh [CACHE-DIRECTORY [SCENARIO...]]
# The image is kept in CACHE-DIRECTORY; scenarios are clock-guest.sh's functions,
# "basics", or "suspend"; without any, all.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${abs_top_builddir:=$PWD}" "${CROND:=}"

skip()
{
	echo "skip: $*"
	exit 77
}

if [ -z "$CROND" ]; then
	for p in crond cron; do
		[ ! -x "$abs_top_builddir/$p" ] || CROND=$abs_top_builddir/$p
	done
fi
[ -x "$CROND" ] || { echo "clock: no daemon was built" >&2; exit 99; }
! ldd "$CROND" | grep -q libasan || skip "the machine has no sanitizers"

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}
[ $# -eq 0 ] || shift
mkdir -p "$cache"
/bin/bash "$here/boot-qemu" make "$cache/vm"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$CROND" "$work/crond"
cp "$here/clock-guest.sh" "$here/basics-guest.sh" "$work/"
sink=$abs_top_builddir/tests/lib/syslog_sink
[ ! -x "$sink" ] || cp "$sink" "$work/"
[ -x "$work/syslog_sink" ] || "${CC:-cc}" -D_GNU_SOURCE -o "$work/syslog_sink" \
    "$here/../lib/syslog_sink.c"

# One that was built for a newer libc than the machine's can't be tried there.
boot() # COMMAND
{
	/bin/bash "$here/boot-qemu" run "$cache/vm" "
	    /io/crond --version >/dev/null ||
	    { echo 'skip: it does not run there'; exit 77; }
	    $1" "$work"/*
}

# A machine that sleeps for good (status 97) says nothing about the daemon.
suspend()
{
	local status=0

	BOOT_CPUS=1 BOOT_TIMEOUT=120 boot 'bash /io/clock-guest.sh suspend' \
	    2>/dev/null || status=$?
	[ "$status" -ne 97 ] || {
		echo "suspend: not tried, the machine did not wake up"
		return 0
	}
	return "$status"
}

case ${1:-} in
basics)	 boot 'bash /io/basics-guest.sh' ;;
suspend) suspend ;;
?*)	 boot "bash /io/clock-guest.sh $*" ;;
*)	 status=0
	 boot 'bash /io/basics-guest.sh; b=$?
	    bash /io/clock-guest.sh && exit $b' || status=$?
	 suspend && exit "$status" ;;
esac
