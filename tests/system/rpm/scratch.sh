#!/bin/bash
# The cases of rpm.sh that need no boot: rpm installs into a root of its own, in
# which scriptlets find a shell and systemctl, and no systemd that runs. Expects
# a mount namespace.
#
# usage: scratch.sh MACHINE RPMS WORK
set -eu -o pipefail
machine=$1 rpms=$2 work=$3
# shellcheck disable=SC2034
daemon_name=crond
# shellcheck source=tests/system/guest-lib.sh
. "$(dirname "$0")/../guest-lib.sh"
result=$work/result

# A root as new, for each of those who ask.
new_root()
{
	root=$work/scratch/root
	! mountpoint -q "$root" || umount "$root"
	rm -rf --one-file-system "$work/scratch"
	mkdir -p "$root" "$work/scratch/up" "$work/scratch/lower"
	mount -t overlay overlay -o "lowerdir=$machine" \
	    -o "upperdir=$work/scratch/up,workdir=$work/scratch/lower" "$root"
}

in_root()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"
}

rpm_in() # OPTION...
{
	rpm --root "$root" --dbpath /var/lib/rpm --force-debian "$@"
}

mode() # FILE
{
	stat -c '%U:%G %a' "$root$1"
}

note_tables() # FILE
{
	(cd "$root/var/spool" && find cron evcron -printf '%p %u:%g %m %s\n' |
	    sort && find cron evcron -type f -exec cksum {} + | sort) >"$1"
}

base()
{
	rpm_in -i "$rpms"/{debian,glibc}-1.7.2-1.*.rpm
}

installs()
{
	new_root
	base
	# Nothing is to be said, and no dependency to be left open.
	rpm_in -i "$rpms"/evcron-{0,noanacron-0}*-1.*.rpm \
	    "$rpms"/crontabs-*-1.*.rpm >"$work/said-by-rpm" 2>&1
	cat "$work/said-by-rpm"
	not grep -v '^+' "$work/said-by-rpm" # the shell's own trace
	rpm_in -V evcron evcron-noanacron
	[ -L "$root/etc/systemd/system/multi-user.target.wants/crond.service" ]
	[ ! -e "$root/var/lib/rpm-state/evcron" ]
	in_root crond --version | grep '^evcron'
	in_root crond --check
}

modes_and_owners()
{
	[ "$(mode /usr/bin/crontab)" = 'root:root 4755' ]
	[ "$(mode /usr/bin/cronnext)" = 'root:root 755' ]
	[ "$(mode /usr/sbin/crond)" = 'root:root 755' ]
	[ "$(mode /var/spool/cron)" = 'root:root 700' ]
	[ "$(mode /var/spool/evcron)" = 'root:root 700' ]
	[ "$(mode /etc/cron.d)" = 'root:root 755' ]
	[ "$(mode /etc/cron.d/0hourly)" = 'root:root 644' ]
	[ "$(mode /etc/cron.d/dailyjobs)" = 'root:root 644' ]
	[ "$(mode /etc/cron.deny)" = 'root:root 644' ]
	[ ! -s "$root/etc/cron.deny" ]
	[ "$(mode /etc/pam.d/crond)" = 'root:root 644' ]
	[ "$(mode /etc/sysconfig/crond)" = 'root:root 644' ]
	in_file '^CRONDARGS=$' "$root/etc/sysconfig/crond"
	[ "$(mode /usr/lib/systemd/system/crond.service)" = 'root:root 644' ]
	rpm_in -q --configfiles evcron >"$work/config"
	[ "$(wc -l <"$work/config")" -eq 4 ]
}

upgrade_keeps_what_is_the_admins()
{
	in_root useradd -m alice
	echo 'alice:x' | in_root crontab -u alice - || true
	echo '1 2 * * * true' | in_root crontab -u alice -
	mkdir "$root/var/spool/evcron/outbox"
	echo letter >"$root/var/spool/evcron/outbox/letter"
	note_tables "$work/before"
	echo 'CRONDARGS="-s"' >"$root/etc/sysconfig/crond"
	echo bob >"$root/etc/cron.deny"
	rpm_in -U "$rpms"/evcron-{0,noanacron-0}*-2.*.rpm >"$work/said-by-rpm" 2>&1
	cat "$work/said-by-rpm"
	note_tables "$work/after"
	diff "$work/before" "$work/after"
	in_file 'CRONDARGS="-s"' "$root/etc/sysconfig/crond"
	in_file bob "$root/etc/cron.deny"
	[ -L "$root/etc/systemd/system/multi-user.target.wants/crond.service" ]
	# Those two files, and nothing else, differ.
	rpm_in -V evcron >"$work/verified" || true
	cat "$work/verified"
	[ "$(wc -l <"$work/verified")" -eq 2 ]
	[ "$(grep -c -e ' c /etc/sysconfig/crond$' -e ' c /etc/cron.deny$' \
	    "$work/verified")" -eq 2 ]
}

disabled_stays_disabled_in_an_image()
{
	in_root systemctl --no-reload disable crond.service
	rpm_in -U --replacepkgs "$rpms"/evcron-0*-2.*.rpm
	[ ! -e "$root/etc/systemd/system/multi-user.target.wants/crond.service" ]
	in_root systemctl --no-reload enable crond.service
}

erase_leaves_what_is_the_users()
{
	note_tables "$work/before"
	rpm_in -e evcron evcron-noanacron
	note_tables "$work/after"
	diff "$work/before" "$work/after"
	[ ! -e "$root/usr/sbin/crond" ]
	[ ! -e "$root/usr/bin/crontab" ]
	[ ! -e "$root/etc/cron.d/0hourly" ]
	[ ! -L "$root/etc/systemd/system/multi-user.target.wants/crond.service" ]
	in_file 'CRONDARGS="-s"' "$root/etc/sysconfig/crond.rpmsave"
	[ -e "$root/etc/crontab" ]
}

# Never two crons; and cronie's own packages are content with ours.
takes_cronies_place()
{
	new_root
	base
	rpm_in -i "$rpms"/{crontabs,cronie,cronie-anacron}-1.7.2-1.*.rpm
	not rpm_in -i "$rpms"/evcron-0*-1.*.rpm 2>"$work/conflict"
	cat "$work/conflict"
	in_file 'conflicts with evcron' "$work/conflict"
	rpm_in -e --nodeps cronie
	rpm_in -i "$rpms"/evcron-0*-1.*.rpm
	rpm_in -q cronie-anacron
	# "rpm -e" would say so, were one of their dependencies open.
	rpm_in -e --test crontabs 2>"$work/needed" || true
	cat "$work/needed"
	in_file 'needed by.*evcron' "$work/needed"
	rpm_in -V --nofiles cronie-anacron evcron
	not rpm_in -e evcron 2>"$work/needed"
	in_file 'cronie = 1.7.2-1 is needed by.*cronie-anacron' "$work/needed"
}

# Its jobs are run by cronie-anacron, or at fixed times.
without_daily_jobs_it_is_refused()
{
	new_root
	base
	not rpm_in -i "$rpms"/evcron-0*-1.*.rpm "$rpms"/crontabs-*-1.*.rpm \
	    2>"$work/needed"
	in_file 'dailyjobs is needed by' "$work/needed"
}

have_module()
{
	command rpm -qpl "$rpms"/evcron-0*-1.*.rpm | grep '/evcron\.pp$' >/dev/null
}

# Where there is a policy its module is loaded, and goes with the package; a
# policy that takes none is said where SELinux is on.
module_comes_and_goes()
{
	local p

	new_root
	base
	for p in semodule selinuxenabled load_policy restorecon; do
		printf '#!/bin/sh\necho "%s $*" >>/run/policy\n' "$p" \
		    >"$root/usr/sbin/$p"
		chmod 0755 "$root/usr/sbin/$p"
	done
	rpm_in -i "$rpms"/evcron-{0,noanacron-0}*-1.*.rpm "$rpms"/crontabs-*-1.*.rpm
	sed 's/ $//' "$root/run/policy" | diff - <(printf '%s\n' \
	    'semodule -n -X 200 -i /usr/share/selinux/packages/evcron.pp' \
	    selinuxenabled load_policy \
	    'restorecon -R -i /run/evcron /var/spool/evcron')
	rm "$root/run/policy"
	# As one that drains does; this process is there.
	mkdir -p "$root/run/evcron"
	echo $$ >"$root/run/evcron/runs.lock"
	mount -t proc proc "$root/proc"
	in_root /usr/libexec/evcron/service leave >"$work/said"
	in_file 'SELinux module stays' "$work/said"
	not in_file semodule "$root/run/policy"
	rm "$root/run/policy" "$root/run/evcron/runs.lock"
	umount "$root/proc"
	printf '#!/bin/sh\nexit 1\n' >"$root/usr/sbin/semodule"
	rpm_in -U "$rpms"/evcron-{0,noanacron-0}*-2.*.rpm >"$work/said"
	in_file 'SELinux does not take' "$work/said"
	printf '#!/bin/sh\necho "semodule $*" >>/run/policy\n' \
	    >"$root/usr/sbin/semodule"
	rm "$root/run/policy"
	rpm_in -e evcron evcron-noanacron
	sed 's/ $//' "$root/run/policy" | diff - <(printf '%s\n' \
	    'semodule -n -X 200 -r evcron' selinuxenabled load_policy)
}

suse_installs()
{
	new_root
	base
	rpm_in -i "$rpms"/suse/*.rpm
	rpm_in -V evcron
	[ "$(mode /var/spool/cron/tabs)" = 'root:root 700' ]
	[ "$(mode /usr/bin/crontab)" = 'root:root 4755' ]
	[ "$(mode /etc/crontab)" = 'root:root 600' ]
	[ "$(mode /usr/sbin/cron)" = 'root:root 755' ]
	[ -e "$root/usr/share/man/man8/cron.8" ] ||
	    [ -e "$root/usr/share/man/man8/cron.8.gz" ]
	[ -L "$root/etc/systemd/system/multi-user.target.wants/cron.service" ]
	in_file 'ExecStart=/usr/sbin/cron -n' \
	    "$root/usr/lib/systemd/system/cron.service"
	in_root cron --version | grep suse
	in_root useradd -m alice
	echo '1 2 * * * true' | in_root crontab -u alice -
	[ -e "$root/var/spool/cron/tabs/alice" ]
	in_root cron --check
	rpm_in -q --whatprovides cron
}

run_crons() # TIMES-EXPECTED of the daily script, in all
{
	in_root /usr/lib/cron/run-crons
	[ "$(wc -l <"$root/run/daily")" -eq "$1" ]
}

# Each period once, and again when it is over; at its time of the day, if that
# is set; what a script writes is mailed.
suse_run_crons()
{
	local p

	cat >"$root/usr/sbin/sendmail" <<-'EOF'
	#!/bin/sh
	cat >>/run/mail
	EOF
	cat >"$root/usr/bin/logger" <<-'EOF'
	#!/bin/sh
	{
		echo "$@"
		[ $# -gt 4 ] || cat
	} >>/run/logged
	EOF
	for p in hourly daily weekly monthly; do
		printf '#!/bin/sh\necho %s; date >>/run/%s\n' $p $p \
		    >"$root/etc/cron.$p/mark"
		chmod 0755 "$root/etc/cron.$p/mark"
	done
	printf '#!/bin/sh\nexit 3\n' >"$root/etc/cron.daily/fails"
	cp "$root/etc/cron.daily/mark" "$root/etc/cron.daily/mark.rpmsave"
	chmod 0755 "$root/etc/cron.daily/fails"
	run_crons 1
	for p in hourly weekly monthly; do
		[ "$(wc -l <"$root/run/$p")" -eq 1 ]
	done
	in_file '^Subject: cron.weekly on' "$root/run/mail"
	in_file 'cron.daily/fails: status 3' "$root/run/mail"
	in_file 'cron.daily/fails failed' "$root/run/logged"
	run_crons 1
	touch -d '-1 day' "$root/var/spool/cron/lastrun/cron.daily"
	run_crons 2
	[ "$(wc -l <"$root/run/weekly")" -eq 1 ]
	# Without a mailer.
	not in_file '^daily$' "$root/run/logged"
	mv "$root/usr/sbin/sendmail" "$root/usr/sbin/sendmail.away"
	touch -d '-1 day' "$root/var/spool/cron/lastrun/cron.daily"
	run_crons 3
	in_file '^daily$' "$root/run/logged"
	mv "$root/usr/sbin/sendmail.away" "$root/usr/sbin/sendmail"
	# Not before the time of the day.
	echo 'DAILY_TIME="23:59"' >"$root/etc/sysconfig/cron"
	touch -d '23:59 yesterday' "$root/var/spool/cron/lastrun/cron.daily"
	run_crons 3
	echo 'DAILY_TIME="00:00"' >"$root/etc/sysconfig/cron"
	run_crons 4
	run_crons 4
}

suse_erase_leaves_what_is_the_users()
{
	rpm_in -e evcron
	[ -e "$root/var/spool/cron/tabs/alice" ]
	[ ! -e "$root/usr/sbin/cron" ]
	[ ! -L "$root/etc/systemd/system/multi-user.target.wants/cron.service" ]
}

# By the solver that a RHEL has, in its words: out, in, and back.
dnf_swaps()
{
	local wants=/etc/systemd/system/multi-user.target.wants/crond.service

	new_root
	rm -rf "$work/dnf"
	mkdir -p "$work/dnf/home" "$work/dnf/repo"
	echo '%_dbpath /var/lib/rpm' >"$work/dnf/home/.rpmmacros"
	cp "$rpms"/*-1.7.2-1.*.rpm "$work/dnf/repo/"
	createrepo_c -q "$work/dnf/repo"
	dnf_in()
	{
		HOME=$work/dnf/home dnf -y "--installroot=$root" --releasever=1 \
		    --disablerepo='*' --nogpgcheck \
		    "--repofrompath=world,file://$work/dnf/repo" \
		    --enablerepo=world "--setopt=cachedir=$work/dnf/cache" \
		    --setopt=reposdir=/nonexistent "--setopt=logdir=$work/dnf" "$@"
	}
	dnf_in install debian cronie
	rpm_in -q cronie cronie-anacron
	dnf_in swap cronie "$rpms"/evcron-0*-1.*.rpm
	rpm_in -q evcron cronie-anacron crontabs
	not rpm_in -q cronie
	in_root crond --version | grep '^evcron'
	[ -L "$root$wants" ]
	# A newer cronie does not come back by itself.
	cp "$rpms"/cronie*-1.7.2-2.*.rpm "$work/dnf/repo/"
	createrepo_c -q "$work/dnf/repo"
	dnf_in --refresh upgrade
	rpm_in -q evcron
	dnf_in swap evcron cronie
	rpm_in -q cronie cronie-anacron
	not rpm_in -q evcron
	[ -L "$root$wants" ]
}

have_dnf()
{
	command -v dnf >/dev/null && command -v createrepo_c >/dev/null
}

root=$work/scratch/root
for c in installs modes_and_owners upgrade_keeps_what_is_the_admins \
    disabled_stays_disabled_in_an_image erase_leaves_what_is_the_users \
    takes_cronies_place without_daily_jobs_it_is_refused suse_installs \
    suse_run_crons suse_erase_leaves_what_is_the_users; do
	check $c
done
check_where have_module module_comes_and_goes
check_where have_dnf dnf_swaps
umount "$root"
totals
