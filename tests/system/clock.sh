#!/bin/bash
# The real daemon beside real steps of the clock and a suspend, and its basics
# on Debian's own kernel: in a virtual machine (see boot-qemu). Run by
# `make check-system`: it wants root, qemu, a network the first time, and takes
# five minutes, so it is no part of `make check`.
#
# usage: clock.sh [CACHE-DIRECTORY [SCENARIO...]]
# The image is kept in CACHE-DIRECTORY; scenarios are clock-guest.sh's functions,
# "basics", or "suspend"; without any, all. SUSPEND_TIMEOUT: within how many seconds
# a machine has to boot, sleep and wake up, 120.
set -eu -o pipefail
. "$(dirname "$0")/vm-lib.sh"

vm_begin vm "${1:-}"
[ $# -eq 0 ] || shift
cp "$here/clock-guest.sh" "$here/basics-guest.sh" "$work/"

# A machine that sleeps for good (status 97) says nothing about the daemon.
suspend()
{
	local status=0

	BOOT_CPUS=1 BOOT_TIMEOUT=${SUSPEND_TIMEOUT:-120} boot 'bash /io/clock-guest.sh suspend' \
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
