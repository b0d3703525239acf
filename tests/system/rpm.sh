#!/bin/bash
# The RPMs: built, installed into a scratch root, upgraded, removed; then on a
# booted machine in the place of a cronie, with what a RHEL has beside its cron.
# The machine is the Debian 12 of debian.sh with rpm's packages in it (see
# boot-nspawn; rpm/world.spec is what stands for the rest). Run by `make
# check-system`: it wants root, systemd-nspawn, rpmbuild, what the build needs,
# and a network the first time. Some ten minutes.
#
# usage: rpm.sh [CACHE-DIRECTORY]
# KEEP=1 keeps what the guest wrote, and says where. The cases are in rpm/.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
: "${KEEP:=}"

skip()
{
	echo "skip: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for p in systemd-nspawn rpmbuild rpm autoreconf cc; do
	command -v "$p" >/dev/null || skip "$p is not installed"
done

cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}
mkdir -p "$cache"
/bin/bash "$here/boot-nspawn" make "$cache/debian"

# A copy of it that has rpm's packages, and no cron.
make_root() # ROOT, in a mount namespace of its own
{
	local root=$1

	cp -a --reflink=auto "$cache/debian/." "$root"
	mount -t proc proc "$root/proc"
	in_root()
	{
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		    DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
	}
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 0755 "$root/usr/sbin/policy-rc.d"
	echo "deb ${MIRROR:-http://deb.debian.org/debian} ${SUITE:-bookworm} main" \
	    >"$root/etc/apt/sources.list"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	in_root apt-get -q update
	in_root apt-get -q -y install --no-install-recommends rpm python3-rpm
	in_root apt-get clean
	cp "$root/usr/sbin/cron" "$root/usr/sbin/anacron" "$root/srv/"
	cp "$root/usr/bin/crontab" "$root/srv/"
	in_root dpkg --purge --force-depends cron cron-daemon-common anacron
	rm -rf "$root"/etc/cron.* "$root/etc/crontab" "$root/var/spool/cron" \
	    "$root/var/spool/anacron" "$root"/var/lib/apt/lists/* \
	    "$root/usr/sbin/policy-rc.d"
	# Debian's cron, in cronie's place, wants it.
	in_root groupadd -f -r crontab
	umount "$root/proc"
}
if [ ! -e "$cache/rpm/srv/crontab" ]; then
	new=$cache/rpm.$$
	mkdir "$new"
	export -f make_root
	export cache
	unshare -m --propagation private /bin/bash -eu -o pipefail -c \
	    'make_root "$1"' make_root "$new" >"$cache/rpm.log" 2>&1 || {
		tail -n 20 "$cache/rpm.log"
		rm -rf --one-file-system "$new"
		skip "no machine with rpm could be made"
	}
	mv -T "$new" "$cache/rpm"
fi

work=$(mktemp -d "$cache/rpm-run.XXXXXX")
finish()
{
	if [ -n "$KEEP" ]; then
		echo "kept: $work"
	else
		rm -rf --one-file-system "$work"
	fi
}
trap finish EXIT

# Ours: two releases, and SUSE's. What the first wants of the system, without
# what is cronie's and the crontabs package's, the stand-in for it provides.
rpms=$work/rpms
mkdir "$rpms" "$rpms/suse" "$work/world"
lint=
! command -v rpmlint >/dev/null || lint=--lint
build_ours() # OPTION DIRECTORY
{
	/bin/bash "$top/contrib/pkg/rpm/build" --no-install-needs $lint "$@" \
	    >"$work/built" 2>&1 || { cat "$work/built"; return 1; }
}
build_ours --release=1 "$rpms"
build_ours --release=2 "$rpms"
build_ours --suse "$rpms/suse"
rm "$rpms"/*.src.rpm "$rpms/suse"/*.src.rpm
rpm -qp --requires "$rpms"/evcron-0*-1.*.rpm "$rpms"/suse/*.rpm |
    grep -v -e '^rpmlib(' -e '^config(' -e '^evcron ' -e '^dailyjobs' \
	-e '^crontabs' | sort -u >"$work/needs"
for release in 1 2; do
	rpmbuild -bb --nodeps --define "_topdir $work/world" \
	    --define "tree $cache/rpm" --define "top $top" \
	    --define "needs $work/needs" --define "release_number $release" \
	    --define 'debug_package %{nil}' --define '_build_id_links none' \
	    --define '__os_install_post %{nil}' "$here/rpm/world.spec" \
	    >"$work/world.log" 2>&1 || { tail -n 30 "$work/world.log"; exit 1; }
done
find "$work/world/RPMS" -name '*.rpm' -exec mv -t "$rpms" {} +

# First without a boot, then the same machine twice.
status=0
echo "rpm: in a scratch root"
unshare -m --propagation private /bin/bash "$here/rpm/scratch.sh" "$cache/rpm" \
    "$rpms" "$work" | tee "$work/said" || status=1
for boot in switch again; do
	echo "rpm: boot: $boot"
	/bin/bash "$here/boot-nspawn" run "$cache/rpm" "$work" \
	    "bash /io/rpm-guest.sh $boot" "$here/rpm-guest.sh" "$here/rpm" \
	    "$here/guest-lib.sh" "$rpms" | tee -a "$work/said" ||
	    status=1
done
passed=$(grep -c '^PASS: ' "$work/said" || true)
failed=$(grep -c '^FAIL: ' "$work/said" || true)
echo "rpm: $passed passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
