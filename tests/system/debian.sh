#!/bin/bash
# The package on a real Debian: built, installed in cron's place on a booted
# Debian 12 with what a server has (see boot-nspawn), upgraded, stopped and killed
# under jobs that write, booted again, removed, and Debian's cron put back. Run by
# `make check-system`: it wants root, systemd-nspawn, what contrib/deb builds
# with, and a network the first time. A quarter of an hour, for jobs run each
# minute; so it is no part of `make check`.
#
# usage: debian.sh [CACHE-DIRECTORY]
# KEEP=1 keeps what the guest wrote, and says where. The cases are in
# debian-guest.sh, by boot, and debian/.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${KEEP:=}"

skip()
{
	echo "skip: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for p in systemd-nspawn dpkg-buildpackage dh fakeroot; do
	command -v "$p" >/dev/null || skip "$p is not installed"
done

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}
mkdir -p "$cache"
/bin/bash "$here/boot-nspawn" make "$cache/debian"

work=$(mktemp -d "$cache/debian-run.XXXXXX")
finish()
{
	if [ -n "$KEEP" ]; then
		echo "kept: $work"
	else
		rm -rf --one-file-system "$work"
	fi
}
trap finish EXIT
mkdir "$work/deb"
/bin/bash "$here/../../contrib/deb" --no-install-needs "$work/deb" >/dev/null

# The same machine, three times: with the switch, again, and back.
status=0
for boot in switch again back; do
	echo "debian: boot: $boot"
	/bin/bash "$here/boot-nspawn" run "$cache/debian" "$work" \
	    "bash /io/debian-guest.sh $boot" \
	    "$here/debian-guest.sh" "$here/debian" "$here/guest-lib.sh" \
	    "$work"/deb/*.deb | tee -a "$work/said" ||
	    status=1
done
passed=$(grep -c '^PASS: ' "$work/said" || true)
failed=$(grep -c '^FAIL: ' "$work/said" || true)
skipped=$(grep -c '^SKIP: ' "$work/said" || true)
echo "debian: $passed passed, $failed failed, $skipped skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
