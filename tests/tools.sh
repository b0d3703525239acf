#!/bin/bash
# Tools that drive cron or read its log, against the package on a booted Debian 12
# (see system/boot-nspawn): Ansible's cron module, the usual pipes of crontab,
# Debian's own tests of cron from its source package, the rules of logcheck and
# logwatch. Run by `make check-tools`: it wants root, systemd-nspawn, what
# contrib/deb builds with, apt-get and a network; so it is no part of
# `make check`. Some five minutes.
#
# usage: tools.sh [CACHE-DIRECTORY]
# The cases are in system/tools-guest.sh.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
system=$here/system
: "${MIRROR:=http://deb.debian.org/debian}"

skip()
{
	echo "skip: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for p in systemd-nspawn dpkg-buildpackage dpkg-source dh fakeroot apt-get; do
	command -v "$p" >/dev/null || skip "$p is not installed"
done

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}
mkdir -p "$cache"
/bin/bash "$system/boot-nspawn" make "$cache/debian"

work=$(mktemp -d "$cache/tools-run.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/deb" "$work/apt" "$work/cron"
/bin/bash "$here/../contrib/deb" --no-install-needs "$work/deb" >/dev/null

# Debian's tests of its cron, with a list of sources of our own.
fetch_tests()
{
	local key=/usr/share/keyrings/debian-archive-keyring.gpg
	local -a options

	mkdir -p "$work/apt/lists/partial"
	echo "deb-src [signed-by=$key] $MIRROR bookworm main" \
	    >"$work/apt/sources.list"
	options=(-o "Dir::Etc::sourcelist=$work/apt/sources.list"
	    -o Dir::Etc::sourceparts=/dev/null
	    -o "Dir::State::lists=$work/apt/lists" -o APT::Sandbox::User=root)
	(cd "$work/apt" && apt-get -q "${options[@]}" update &&
	    apt-get -q "${options[@]}" --download-only source cron &&
	    dpkg-source --no-copy -x cron_*.dsc source) >"$work/apt/log" 2>&1 ||
	    { tail -n 5 "$work/apt/log"; skip "no source package of cron"; }
	mkdir "$work/cron/debian"
	cp -r "$work/apt/source/debian/tests" "$work/cron/debian/"
}
fetch_tests

status=0
/bin/bash "$system/boot-nspawn" run "$cache/debian" "$work" \
    "bash /io/tools-guest.sh" "$system/tools-guest.sh" \
    "$system/guest-lib.sh" "$work"/deb/*.deb "$work/cron" \
    "$here/../contrib/pkg/debian/tests" | tee "$work/said" ||
    status=1
passed=$(grep -c '^PASS: ' "$work/said" || true)
failed=$(grep -c '^FAIL: ' "$work/said" || true)
skipped=$(grep -c '^SKIP: ' "$work/said" || true)
echo "tools: $passed passed, $failed failed, $skipped skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
