# shellcheck shell=bash disable=SC2154 # keep, spool, wants: debian-guest.sh's
# Cases of debian-guest.sh: upgrades, a purge of cron, links in the spool.

# This package again, one version up, with another program.
repack() # VERSION
{
	rm -rf $keep/deb
	dpkg-deb -R /io/evcron_*.deb $keep/deb
	sed -i "s/^Version: .*/Version: $1/" $keep/deb/DEBIAN/control
	printf '%s' "$1" >>$keep/deb/usr/sbin/cron
	dpkg-deb -b $keep/deb "$keep/evcron_$1.deb"
}

old_is_replaced()
{
	runs_installed && [ "$(tail -c ${#1} "/proc/$(main_pid)/exe")" = "$1" ]
}

# A job that writes before and after something happens to the daemon.
start_witness()
{
	rm -f /run/up /run/go /run/over
	cat >/etc/cron.d/witness <<-'END'
	MAILTO=alice
	* * * * * root [ -e /run/up ] || { echo $$ >/run/up; echo before; until [ -e /run/go ]; do sleep 1; done; echo after; echo over >/run/over; }
	END
	wait_for 75 test -s /run/up
}

end_witness()
{
	# The job of before goes on.
	[ -e "/proc/$(cat /run/up)" ]
	: >/run/go
	wait_for 10 test -s /run/over
	rm /etc/cron.d/witness
}

# One letter has what was written on either side.
whole_letter_came()
{
	tr '\n' ' ' </var/mail/alice | grep ' before after ' >/dev/null
}

upgrade()
{
	local pid

	start_witness
	pid=$(main_pid)
	repack 0.1.0+1
	apt install $keep/evcron_0.1.0+1.deb
	old_is_replaced 0.1.0+1
	[ "$(systemctl is-enabled cron)" = enabled ]
	end_witness
	if [ "$(main_pid)" = "$pid" ]; then
		say "the daemon became the new program in place"
	else
		say "the daemon was restarted"
	fi
	crontab_is_setgid
	admins_changes_are_kept
}

upgrade_in_place_loses_nothing()
{
	local pid

	rm -f /var/mail/alice
	start_witness
	pid=$(main_pid)
	repack 0.1.0+1a
	apt install $keep/evcron_0.1.0+1a.deb
	old_is_replaced 0.1.0+1a
	[ "$(main_pid)" = "$pid" ]
	end_witness
	wait_for 30 whole_letter_came
}

restart_loses_nothing()
{
	rm -f /var/mail/alice
	start_witness
	systemctl restart cron
	end_witness
	wait_for 30 whole_letter_came
}

purge_of_cron_changes_nothing()
{
	local pid

	pid=$(main_pid)
	apt purge cron
	[ "$(dpkg-query -W -f '${Status}' cron)" = 'unknown ok not-installed' ]
	[ "$(main_pid)" = "$pid" ]
	runs_installed
	[ "$(systemctl is-enabled cron)" = enabled ]
	crontab_is_setgid
	not dpkg-statoverride --list /usr/bin/crontab
	[ -x /etc/init.d/cron ]
	admins_changes_are_kept
	tables_are_untouched
}

# As at the next boot of a machine without systemd: the links are gone, ours put
# them back and start the daemon.
init_links_come_back()
{
	local link

	export SYSTEMCTL_SKIP_REDIRECT=1 _SYSTEMCTL_SKIP_REDIRECT=1
	not grep -l . /etc/rc?.d/S??cron
	systemctl stop cron
	link=$(echo /etc/rc2.d/S??evcron)
	"$link" start
	/etc/init.d/cron status
	grep -l . /etc/rc2.d/S??cron
	/etc/init.d/cron stop
	# One that the admin has turned off is not started.
	update-rc.d cron disable
	"$link" start
	not /etc/init.d/cron status
	update-rc.d cron enable
	systemctl start cron
	wait_for 10 runs_installed
	[ "$(systemctl show -p Id --value evcron)" = cron.service ]
}

# CVE-2017-9525: a user of group crontab plants links in the spool; no script of
# the package follows them.
links_in_the_spool_are_not_followed()
{
	mkdir -p /var/spool/cron/secret
	echo secret >/var/spool/cron/secret/symlinked
	echo secret >/var/spool/cron/secret/linked
	chmod 0640 /var/spool/cron/secret/*linked
	stat -c '%n %U:%G %a %h' /var/spool/cron/secret/* >$keep/secrets
	ln -s ../secret/symlinked $spool/mallory
	chown -h bob:crontab $spool/mallory
	ln /var/spool/cron/secret/linked $spool/root
	dpkg-reconfigure evcron
	repack 0.1.0+2
	apt install $keep/evcron_0.1.0+2.deb
	dpkg-reconfigure cron-daemon-common
	rm $spool/mallory $spool/root
	stat -c '%n %U:%G %a %h' /var/spool/cron/secret/* >$keep/secrets.after
	sed -i 's/ 2$/ 1/' $keep/secrets.after
	diff $keep/secrets $keep/secrets.after
	rm -r /var/spool/cron/secret
}

# The service that the admin has turned off stays off, and is not started.
disabled_stays_disabled()
{
	systemctl disable --now cron
	repack 0.1.0+3
	apt install $keep/evcron_0.1.0+3.deb
	[ "$(systemctl is-enabled cron || true)" = disabled ]
	not runs_installed
	systemctl enable --now cron
	wait_for 10 runs_installed
}
