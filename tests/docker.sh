#!/bin/bash
# The steps of contrib/pkg/docker/Dockerfile.debian, without docker: in a Debian of
# our own (boot-nspawn's), each FROM a fresh view of it; then what they made is
# run as that file's head has it. Run by `make check-docker`: it wants root, a
# network, and Debian's packages debootstrap and python3; some minutes.
# Limit: 3600 seconds
set -eu -o pipefail
: "${srcdir:=.}" "${abs_top_builddir:=$PWD}"
srcdir=$(cd "$srcdir" && pwd)
here=$srcdir/tests

skip()
{
	echo "skip: $*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for p in unshare setpriv python3; do
	command -v "$p" >/dev/null || skip "$p is not installed"
done
cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check
if [ -z "${DOCKER_INSIDE:-}" ]; then
	mkdir -p "$cache"
	[ -x "$cache/debian/bin/sh" ] ||
	    /bin/bash "$here/system/boot-nspawn" make "$cache/debian"
	DOCKER_INSIDE=$(mktemp -d "${TMPDIR:-/tmp}/evcron-docker.XXXXXX")
	export DOCKER_INSIDE srcdir abs_top_builddir
	status=0
	unshare -m -p -f --kill-child --mount-proc --propagation private \
	    /bin/bash "$0" || status=$?
	rm -rf --one-file-system "$DOCKER_INSIDE"
	exit "$status"
fi

work=$DOCKER_INSIDE
mount -t tmpfs tmpfs "$work"
stage=0 root='' dir=/ first=''

from()
{
	stage=$((stage + 1))
	root=$work/$stage/root dir=/
	[ -n "$first" ] || first=$root
	mkdir -p "$work/$stage"/{root,upper,work}
	mount -t overlay -o "lowerdir=$cache/debian,upperdir=$work/$stage/upper" \
	    -o "workdir=$work/$stage/work" overlay "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	rm -f "$root/etc/resolv.conf"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	# Its own lists are of what boot-nspawn has put into it.
	rm -rf "$root"/etc/apt/sources.list*
	mkdir "$root/etc/apt/sources.list.d"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
		[ ! -s "$f" ] || cp "$f" "$root/etc/apt/${f#/etc/apt/}"
	done
}

copy() # [--from=build] FROM TO
{
	case $1 in
	--from=build) cp -a "$first$2/." "$root$3/" ;;
	.)	make -C "$abs_top_builddir" distdir distdir="$root$2" >/dev/null ;;
	*)	echo "docker: COPY $*: not known here"
		exit 99 ;;
	esac
}

# Each instruction on one line, comments and empty lines out.
while read -r what rest; do
	echo "docker: $what $rest"
	case $what in
	FROM)	from ;;
	RUN)	chroot "$root" /bin/sh -c "cd $dir && $rest" >"$work/log" 2>&1 || {
			tail -n 40 "$work/log"
			exit 1
		} ;;
	WORKDIR) dir=$rest
		mkdir -p "$root$dir" ;;
	COPY)	# shellcheck disable=SC2086
		copy $rest ;;
	ENTRYPOINT) mapfile -t entry < <(python3 -c \
	    'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$rest") ;;
	*)	echo "docker: $what: not known here"
		exit 99 ;;
	esac
done < <(sed -e '/^#/d; /^$/d' -e ':a; /\\$/{N; s/ *\\\n */ /; ba}' \
    "$srcdir/contrib/pkg/docker/Dockerfile.debian")

# docker run --read-only --tmpfs /run -v jobs:/etc/cron.d/jobs:ro, and its
# capabilities.
rm -f "$root/etc/cron.d"/*
printf '%s\n' "* * * * * root echo minute" \
    "@reboot root echo up; exec sleep 1000" >"$root/etc/cron.d/jobs"
caps=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap
caps+=,+sys_chroot
mount -t tmpfs tmpfs "$root/run"
mount -o remount,ro "$root"
mkfifo "$work/pid"
# shellcheck disable=SC2016
unshare -m -p -f setpriv "--bounding-set=$caps" --inh-caps=-all \
    chroot "$root" "${entry[@]}" --log-format=json >"$work/out" 2>"$work/err" &
outer=$!

waits() # REGEX
{
	local i

	for ((i = 0; i < 1200; i++)); do
		! grep -Eq "$1" "$work/out" || return 0
		kill -0 "$outer" 2>/dev/null || break
		read -r -t .1 <>"$work/pid" || :
	done
	cat "$work/out" "$work/err"
	echo "FAIL: docker: not on its output: $1"
	exit 1
}

waits '"job":"/etc/cron.d/jobs:2","event":"CMDOUT","message":"up"'
waits '"job":"/etc/cron.d/jobs:1","event":"CMDOUT","message":"minute"'
pkill -TERM -P "$outer"
waits 'no more jobs are started; 1 run'
pkill -TERM -P "$outer"
wait "$outer" || { echo "FAIL: docker: its status is $?"; exit 1; }
python3 -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "$work/out"
[ ! -s "$work/err" ] || { cat "$work/err"; echo "FAIL: docker: stderr"; exit 1; }
echo "PASS: docker: the steps, and what they made"
