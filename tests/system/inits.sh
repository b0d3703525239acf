#!/bin/bash
# contrib/pkg/sysv, contrib/pkg/openrc and contrib/pkg/runit by the real programs: LSB script,
# openrc-run with supervise-daemon, runsv. In a tree of its own, which is the
# Debian 12 of debian.sh (see boot-nspawn) with Debian's openrc and runit in it
# and the daemon just built, in namespaces of its own; nothing is booted. Run by
# `make check-inits`: it wants root, and a network the first time. Two minutes.
# Limit: 1800 seconds
#
# usage: inits.sh [CACHE-DIRECTORY]
# KEEP=1 keeps the tree, and says where.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${srcdir:=$(cd "$here/../.." && pwd)}" "${abs_top_builddir:=$PWD}"
: "${KEEP:=}"
srcdir=$(cd "$srcdir" && pwd)

skip()
{
	echo "skip: $*"
	exit 77
}

outside() # [CACHE-DIRECTORY]: the tree's parts, and the namespaces
{
	local status=0 cache p

	[ "$(id -u)" -eq 0 ] || skip "needs root"
	command -v apt-get >/dev/null || skip "this is no Debian"
	cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check}
	mkdir -p "$cache/inits"
	/bin/bash "$here/boot-nspawn" make "$cache/debian"
	for p in openrc libeinfo1 librc1 runit insserv; do
		compgen -G "$cache/inits/${p}_*.deb" >/dev/null ||
		    (cd "$cache/inits" && apt-get -qq download "$p" 2>&1) ||
		    skip "$p is not to be had"
	done
	work=$(mktemp -d "$cache/inits-run.XXXXXX")
	export srcdir abs_top_builddir cache work
	unshare -m -p -u -f --kill-child --mount-proc --propagation private \
	    /bin/bash "$0" --inside || status=$?
	if [ -n "$KEEP" ]; then
		echo "kept: $work"
	else
		rm -rf --one-file-system "$work"
	fi
	exit "$status"
}

[ "${1:-}" = --inside ] || outside "$@"

# shellcheck source=tests/system/guest-lib.sh
. "$here/guest-lib.sh"
result=$work/result
root=$work/root
crond=$root/usr/sbin/crond

make_tree()
{
	local deb n

	mkdir "$root" "$work/up" "$work/lower"
	mount -t overlay overlay -o "lowerdir=$cache/debian" \
	    -o "upperdir=$work/up,workdir=$work/lower" "$root"
	for deb in "$cache"/inits/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
		    tar -x --keep-directory-symlink -C "$root" -f -
	done
	mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/run"
	mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
	n=3
	for deb in null '' zero '' full random urandom; do
		[ -z "$deb" ] || mknod -m 0666 "$root/dev/$deb" c 1 $n
		n=$((n + 1))
	done
	mkdir "$root/dev/shm"
	rm -rf "$root"/etc/cron.* "$root/etc/crontab" "$root/var/spool/cron" \
	    "$root/usr/sbin/sendmail" "$root"/etc/init.d/*
	mkdir -p "$root/etc/cron.d" "$root/etc/sysconfig" "$root/etc/conf.d" \
	    "$root/etc/sv" "$root/service"
	cat >"$root/usr/sbin/sendmail" <<-'END'
	#!/bin/sh
	cat >>/run/mail
	END
	chmod 0755 "$root/usr/sbin/sendmail"
	# The service that others' init files bring.
	cat >"$root/etc/init.d/localmount" <<-'END'
	#!/sbin/openrc-run
	start() { :; }
	END
	chmod 0755 "$root/etc/init.d/localmount"
	put_crond
}

# As an upgrade would: another file of the same name.
put_crond()
{
	local built=$abs_top_builddir/crond

	[ -x "$built" ] || built=$abs_top_builddir/cron
	install -m 0755 "$built" "$crond.new"
	mv "$crond.new" "$crond"
	install -D -m 0755 "$abs_top_builddir/evcron-collect" \
	    "$root/usr/local/libexec/evcron/evcron-collect"
}

in_root() # COMMAND...
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "$@"
}

# What a start leaves: nothing of before, a job at once, which writes and ends
# when it is told. "-i": a new table is not seen, until somebody tells.
new_run()
{
	rm -rf "$root"/run/* "$root/var/spool/evcron"
	mkdir -p "$root/run/lock/subsys"
	# What openrc makes at the boot.
	for f in exclusive daemons options started starting stopping inactive \
	    wasinactive failed hotplugged scheduled coldplugged tmp; do
		mkdir -p "$root/run/openrc/$f"
	done
	: >"$root/run/openrc/softlevel"
	: >"$work/log"
	cat >"$root/etc/cron.d/job" <<-'END'
	@reboot root echo $$ >/run/job; echo begun; until [ -e /run/over ]; do sleep 0.2; done; echo ended
	END
	rm -f "$root/etc/cron.d/another"
	for f in sysconfig/crond conf.d/crond; do
		echo 'CRONDARGS="--personality=redhat -i -m \"sendmail -t\""' \
		    >"$root/etc/$f"
	done
}

pid() { cat "$root/run/crond.pid"; }

# the daemon, and not what it leaves behind
runs()
{
	local p

	p=$(pid) && [ "/proc/$p/exe" -ef "$crond" ] &&
	    ! grep -q -e --drain "/proc/$p/cmdline"
}

runs_as_other_than() { runs && [ "$(pid)" != "$1" ]; }
has_job() { test -s "$root/run/job"; }
job_lives() { [ -e "/proc/$(cat "$root/run/job")" ]; }
in_syslog() { grep -qF -e "$1" "$work/log"; }

drains() # one stays for the job
{
	local p

	for p in /proc/[0-9]*; do
		[ "$p/exe" -ef "$crond" ] || continue
		! tr '\0' ' ' <"$p/cmdline" | grep -e --drain >/dev/null || return 0
	done
	return 1
}

starts() # COMMAND...
{
	"$@"
	wait_for 10 runs
	wait_for 10 has_job
	tr '\0' '|' <"/proc/$(pid)/cmdline" | grep -F '|-i|-m|sendmail -t|'
}

reloads() # COMMAND...
{
	local before

	before=$(pid)
	echo '0 0 1 1 * root true' >"$root/etc/cron.d/another"
	"$@"
	wait_for 5 in_syslog 'RELOAD (/etc/cron.d/another)'
	[ "$(pid)" = "$before" ]
}

restarts() # COMMAND...
{
	local before

	before=$(pid)
	"$@"
	wait_for 10 runs_as_other_than "$before"
	job_lives
}

upgrades() # COMMAND...
{
	local before

	before=$(pid)
	put_crond
	not runs
	"$@"
	wait_for 10 runs
	[ "$(pid)" = "$before" ]
	job_lives
}

# Somebody looks after it.
comes_back_when_killed()
{
	local before

	before=$(pid)
	kill -KILL "$before"
	wait_for 15 runs_as_other_than "$before"
	job_lives
}

# The job goes on, ends when it is told, and its mail has all that it wrote.
stops() # COMMAND...
{
	"$@"
	wait_for 10 not runs
	job_lives
	wait_for 10 drains
	: >"$root/run/over"
	wait_for 10 in_file '^ended$' "$root/run/mail"
	in_file '^begun$' "$root/run/mail"
	wait_for 10 not drains
}

# status STATUS COMMAND...
gives()
{
	local wanted=$1 got=0

	shift
	"$@" || got=$?
	[ "$got" -eq "$wanted" ]
}

sysv()
{
	new_run
	install -m 0755 "$srcdir/contrib/pkg/sysv/crond" "$root/etc/init.d/crond"
	crond_service() { in_root /etc/init.d/crond "$@"; }
	gives 3 crond_service status
	gives 7 crond_service reload
	crond_service try-restart
	not runs
	starts crond_service start
	[ -e "$root/run/lock/subsys/crond" ]
	gives 0 crond_service status
	local before
	before=$(pid)
	crond_service start
	[ "$(pid)" = "$before" ]
	reloads crond_service reload
	restarts crond_service restart
	restarts crond_service condrestart
	upgrades crond_service upgrade
	# One whose program was replaced under it is still it.
	put_crond
	gives 0 crond_service status
	restarts crond_service restart
	stops crond_service stop
	gives 3 crond_service status
	[ ! -e "$root/run/lock/subsys/crond" ]
	crond_service stop
	echo 1 >"$root/run/crond.pid"
	gives 1 crond_service status
	rm "$root/run/crond.pid"
	gives 2 crond_service frobnicate
}

# Its headers are what insserv orders by: last at the start, after the log.
sysv_headers()
{
	local name level

	new_run
	install -m 0755 "$srcdir/contrib/pkg/sysv/crond" "$root/etc/init.d/crond"
	for name in rsyslog mountall; do
		cat >"$root/etc/init.d/$name" <<-END
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides:          $name
		# Required-Start:
		# Required-Stop:
		# Default-Start:     2 3 4 5 S
		# Default-Stop:      0 1 6
		### END INIT INFO
		END
		chmod 0755 "$root/etc/init.d/$name"
	done
	in_root insserv mountall rsyslog crond 2>&1
	for level in 2 3 4 5; do
		compgen -G "$root/etc/rc$level.d/S??crond"
	done
	for level in 0 1 6; do
		compgen -G "$root/etc/rc$level.d/K??crond"
	done
	name=$(cd "$root/etc/rc3.d" && echo S??crond)
	[[ $name > $(cd "$root/etc/rc3.d" && echo S??rsyslog) ]]
	rm "$root/etc/init.d/rsyslog" "$root/etc/init.d/mountall"
	in_file '^# chkconfig: [0-9]* [0-9]* [0-9]*$' \
	    "$srcdir/contrib/pkg/sysv/crond"
}

openrc()
{
	new_run
	install -m 0755 "$srcdir/contrib/pkg/openrc/crond" "$root/etc/init.d/crond"
	crond_service() { in_root /sbin/openrc-run /etc/init.d/crond "$@"; }
	gives 3 crond_service status
	starts crond_service start
	gives 0 crond_service status
	reloads crond_service reload
	restarts crond_service restart
	upgrades crond_service upgrade
	comes_back_when_killed
	gives 0 crond_service status
	stops crond_service stop
	gives 3 crond_service status
}

runit()
{
	new_run
	cp -r "$srcdir/contrib/pkg/runit/crond" "$root/etc/sv/"
	cp "$root/etc/sysconfig/crond" "$root/etc/sv/crond/conf"
	ln -s /etc/sv/crond "$root/service/crond"
	crond_service() { in_root sv "$@" /service/crond; }
	in_root runsv /service/crond &
	wait_for 10 test -p "$root/etc/sv/crond/supervise/ok"
	starts crond_service start
	crond_service status | grep '^run:'
	reloads crond_service hup
	restarts crond_service restart
	upgrades crond_service 2
	comes_back_when_killed
	stops crond_service down
	crond_service status | grep '^down:'
	crond_service exit
	wait
}

make_tree
"$abs_top_builddir/tests/lib/syslog_sink" "$root/dev/log" "$work/log" &
wait_for 10 test -S "$root/dev/log" >/dev/null
{ set +x; } 2>/dev/null
check sysv_headers
check sysv
check openrc
check runit
totals
