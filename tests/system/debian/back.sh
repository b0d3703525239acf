# shellcheck shell=bash disable=SC2154 # keep, spool, wants: debian-guest.sh's
# Cases of debian-guest.sh: removal, Debian's cron again, purges.

is_up_after_the_boot()
{
	wait_for 10 runs_installed
	is_evcron
	[ "$(systemctl is-enabled cron)" = enabled ]
}

reboot_jobs_run_once()
{
	wait_for 10 in_file again ~alice/reboots
	[ "$(wc -l <~alice/reboots)" -eq 1 ]
}

removal_leaves_what_is_the_users()
{
	rm -f /run/long
	wait_for 75 test -s /run/long
	dpkg --remove --force-depends evcron
	[ "$(systemctl is-active cron || true)" != active ]
	job_of_the_old_cron_lives
	[ ! -e /usr/sbin/cron ]
	admins_files
	tables_are_untouched
}

admins_files()
{
	in_file 'EXTRA_OPTS="-L 5"' /etc/default/cron
	in_file '# by the admin' /etc/pam.d/cron
}

installed_again_it_runs()
{
	apt install evcron
	wait_for 10 runs_installed
	is_evcron
	[ "$(systemctl is-enabled cron)" = enabled ]
	crontab_is_setgid
	admins_files
}

back_to_debians_cron()
{
	apt install cron >$keep/back 2>&1 || { cat $keep/back; return 1; }
	cat $keep/back
	not in_file 'Configuration file' $keep/back
	wait_for 10 runs_installed
	not is_evcron
	[ "$(systemctl is-enabled cron)" = enabled ]
	[ -L $wants ]
	[ "$(systemctl show -p Restart --value cron)" = on-failure ]
	crontab_is_setgid
	tables_are_untouched
	admins_files
	# Its own init script.
	[ -x /etc/init.d/cron ]
	dpkg --verify cron >$keep/verify || true
	not in_file /etc/init.d/cron $keep/verify
}

# Of a cron that is not installed any more, or of its collectors.
old_process()
{
	local exes

	exes=$(readlink /proc/[0-9]*/exe || true)
	[[ $exes == *'/usr/sbin/cron (deleted)'* ||
	    $exes == *'/evcron-collect (deleted)'* ]]
}

purge_of_evcron_changes_nothing()
{
	local pid kept=

	# What a job of evcron's writes that still runs is not taken away.
	! old_process || kept=1
	pid=$(main_pid)
	apt purge evcron | tee $keep/purge
	[ "$(main_pid)" = "$pid" ]
	[ "$(systemctl is-enabled cron)" = enabled ]
	[ -L $wants ]
	grep -l . /etc/rc2.d/S??cron
	[ -x /etc/init.d/cron ]
	admins_files
	crontab_is_setgid
	tables_are_untouched
	if [ -n "$kept" ]; then
		in_file 'jobs are running that it has started' $keep/purge
		[ -d /var/spool/evcron ]
	else
		[ ! -e /var/spool/evcron ]
	fi
	[ ! -e /etc/logcheck/ignore.d.server/evcron ]
	[ ! -e /etc/init.d/evcron ]
	not grep -l . /etc/rc?.d/S??evcron
}

debians_cron_is_up_after_the_boot()
{
	wait_for 10 runs_installed
	not is_evcron
	rm -f ~alice/minutes
	wait_for 75 in_file . ~alice/minutes
}

disabled_over_both_switches()
{
	systemctl disable --now cron
	apt install evcron
	[ "$(systemctl is-enabled cron || true)" = disabled ]
	not runs_installed
	apt install cron
	[ "$(systemctl is-enabled cron || true)" = disabled ]
	not runs_installed
	apt purge evcron
	[ "$(systemctl is-enabled cron || true)" = disabled ]
	systemctl enable --now cron
	wait_for 10 runs_installed
}

# Both in one go, as on a machine that never had a cron.
switch_that_purges()
{
	apt --purge install evcron
	[ "$(dpkg-query -W -f '${Status}' cron)" = 'unknown ok not-installed' ]
	wait_for 10 runs_installed
	[ "$(systemctl is-enabled cron)" = enabled ]
	crontab_is_setgid
	not dpkg-statoverride --list /usr/bin/crontab
	[ -e /etc/default/cron ] && [ -e /etc/pam.d/cron ]
}

# The last of all cron daemons takes its own leavings along.
purge_of_the_only_one()
{
	# Nothing runs any more that an earlier cron has started.
	rm -f /etc/cron.d/long
	kill "$(cat /run/long)" || true
	wait_for 75 not old_process
	dpkg --purge --force-depends evcron
	[ ! -L $wants ]
	not grep -l . /etc/rc?.d/???cron
	[ ! -e /etc/default/cron ] && [ ! -e /etc/init.d/cron ]
	[ ! -e /var/spool/evcron ]
	[ -e $spool/alice ] && [ -e /etc/crontab ]
}
