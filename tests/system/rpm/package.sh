# shellcheck shell=bash disable=SC2154 # evcron_next, mails, rpms: rpm-guest.sh's
# Cases of rpm-guest.sh: upgrades, of us and of what we have in memory.

# A job that writes before, during and after, and fails: its mail has it all.
start_writing()
{
	rm -f /tmp/writing
	cat >/etc/cron.d/writing <<-'END'
	* * * * * alice [ -e /tmp/writing ] || { echo $$ >/tmp/writing; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo "line $i of $$"; sleep 1; done; exit 4; }
	END
	wait_for 75 test -s /tmp/writing
}

all_was_mailed()
{
	local pid i

	pid=$(cat /tmp/writing)
	wait_for 40 in_file "^line 15 of $pid" $mails
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		[ "$(grep -c "^line $i of $pid\$" $mails)" -eq 1 ]
	done
	rm /etc/cron.d/writing
}

upgrade_in_place_loses_nothing()
{
	local pid inode

	start_writing
	pid=$(main_pid)
	inode=$(stat -L -c %i "/proc/$pid/exe")
	rpm -U "$evcron_next" >$keep/upgrade 2>&1
	cat $keep/upgrade
	not grep -v '^+' $keep/upgrade # the shell's own trace
	[ "$(rpm -q --qf '%{release}' evcron)" = 2 ]
	# The same process, another program, when rpm is done.
	[ "$(main_pid)" = "$pid" ]
	runs_installed
	[ "$(stat -L -c %i "/proc/$pid/exe")" != "$inode" ]
	[ -e "/proc/$(cat /tmp/writing)" ]
	all_was_mailed
	grep -B 40 "^line 15 of $(cat /tmp/writing)" $mails |
	    grep '^X-Cron-Status: .*4'
	job_of_the_old_cron_lives
	[ "$(systemctl is-enabled crond)" = enabled ]
	tables_are_untouched
}

old_libraries()
{
	grep '\.so[^/]* (deleted)$' "/proc/$(main_pid)/maps"
}

# A new glibc, pam or libselinux: cronie's daemon is restarted for it.
new_libraries_are_taken_in_place()
{
	local pid

	start_writing
	pid=$(main_pid)
	not old_libraries
	rpm -U "$rpms"/glibc-1.7.2-2.*.rpm
	[ "$(main_pid)" = "$pid" ]
	not old_libraries
	runs_installed
	all_was_mailed
}

# As one that ignores the signal would be; jobs go on. The package's older
# release, for there is no newer one.
one_that_can_not_is_restarted()
{
	local pid dropin=/run/systemd/system/crond.service.d

	# The program that the daemon asks for its version fails.
	pid=$(main_pid)
	mkdir -p $dropin
	mv /usr/sbin/crond /usr/sbin/crond.real
	printf '#!/bin/sh\necho evcron; exit 1\n' >/usr/sbin/crond
	chmod 0755 /usr/sbin/crond
	printf '[Service]\nExecStart=\nExecStart=/usr/sbin/crond.real -n\n' \
	    >$dropin/real.conf
	systemctl daemon-reload
	/usr/libexec/evcron/service refresh
	[ "$(main_pid)" != "$pid" ]
	[ "/proc/$(main_pid)/exe" -ef /usr/sbin/crond.real ]
	job_of_the_old_cron_lives
	mv /usr/sbin/crond.real /usr/sbin/crond
	rm -r $dropin
	systemctl daemon-reload
	systemctl restart crond
	wait_for 10 runs_installed
	rpm -V evcron --nomtime >$keep/verified || true
	[ "$(grep -vc ' c /etc/sysconfig/crond$' $keep/verified)" -eq 0 ]
}

disabled_stays_disabled()
{
	systemctl disable --now crond
	rpm -U --replacepkgs "$evcron_next"
	[ "$(systemctl is-enabled crond || true)" = disabled ]
	[ "$(main_pid)" -eq 0 ]
	systemctl enable --now crond
	wait_for 10 runs_installed
}
