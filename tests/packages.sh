#!/bin/bash
# Real input: the cron.d files of Debian packages, unpacked aside and checked by
# `crond --check` under each personality. Run by `make check-packages`: it wants
# apt-get and a network, so it is no part of `make check`.
#
# Limit: 1800 seconds
# usage: packages.sh [CACHE-DIRECTORY]
set -eu -o pipefail
: "${abs_top_builddir:=$PWD}" "${WANTED:=15}"

packages='amavisd-new anacron atop awstats certbot cron-apt dirvish dma e2fsprogs
ganeti leafnode logcheck mailman3 mdadm mlmmj munin munin-node ntpsec
ntpsec-ntpviz php-common rsnapshot sysstat tiger'

: "${CROND:=}"
if [ -z "$CROND" ]; then
	for p in crond cron; do
		[ ! -x "$abs_top_builddir/$p" ] || CROND=$abs_top_builddir/$p
	done
fi
[ -x "$CROND" ] || { echo "packages: no daemon was built" >&2; exit 99; }
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    { echo "skip: this is no Debian"; exit 77; }

# Tables name users that this host does not have: the check sees a passwd that
# has them, in a mount namespace.
if [ -z "${PACKAGES_INSIDE:-}" ]; then
	export PACKAGES_INSIDE=1 abs_top_builddir CROND WANTED
	if [ "$(id -u)" -eq 0 ]; then
		exec unshare -m --propagation private /bin/bash "$0" "$@"
	fi
	exec unshare -U -r -m --propagation private /bin/bash "$0" "$@"
fi

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/packages}
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/etc/cron.d"
: >"$tree/etc/crontab"

found=0
for p in $packages; do
	if ! ls "$cache/${p}"_*.deb >/dev/null 2>&1; then
		(cd "$cache" && apt-get -qq download "$p" 2>"$work/apt") || {
			echo "packages: $p can't be had: $(tail -n 1 "$work/apt")"
			continue
		}
	fi
	mkdir "$work/deb"
	# Of a large package just this directory is unpacked.
	dpkg-deb --fsys-tarfile "$(ls "$cache/${p}"_*.deb | tail -n 1)" |
	    tar -x -C "$work/deb" --no-same-owner --wildcards \
	    './etc/cron.d/*' 2>/dev/null || true
	n=0
	for f in "$work"/deb/etc/cron.d/*; do
		[ -f "$f" ] || continue
		install -m 0644 "$f" "$tree/etc/cron.d/"
		n=$((n + 1))
	done
	[ "$n" -eq 0 ] || found=$((found + 1))
	rm -rf "$work/deb"
done
echo "packages: cron.d files of $found packages"
if [ "$found" -lt "$WANTED" ]; then
	echo "packages: that is less than $WANTED"
	exit 1
fi

cp /etc/passwd "$work/passwd"
awk '!/^[ \t]*(#|$)/ && !/^[ \t]*[A-Za-z_]+[ \t]*=/ {
	print ($1 ~ /^@/ ? $2 : $6) }' "$tree"/etc/cron.d/* | sort -u |
    while read -r user; do
	grep -q "^$user:" "$work/passwd" ||
	    echo "$user:x:64999:64999::/:/bin/sh" >>"$work/passwd"
done
mount --bind "$work/passwd" /etc/passwd

failed=0
for personality in debian redhat suse; do
	echo "packages: under $personality"
	rm -rf "$tree/var/spool/cron"
	mkdir -p "$tree/var/spool/cron"
	case $personality in
	debian)	mkdir "$tree/var/spool/cron/crontabs" ;;
	suse)	mkdir "$tree/var/spool/cron/tabs" ;;
	esac
	status=0
	"$CROND" --root="$tree" --personality="$personality" --check \
	    >"$work/out" 2>&1 || status=$?
	tail -n 1 "$work/out"
	if [ "$status" -ne 0 ] ||
	    ! grep -q '^[1-9].*: 0 errors, 0 warnings, 0 refused$' "$work/out"
	then
		failed=1
		cat "$work/out"
	fi
done
[ "$failed" -eq 0 ] && echo "packages: no fault"
exit "$failed"
