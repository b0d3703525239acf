# shellcheck shell=bash disable=SC2154 # keep, spool, wants: debian-guest.sh's
# Cases of debian-guest.sh: Debian's cron gives way, and all goes on.

# What an admin has done to the machine before: users with tables, changed
# conffiles, a table with a fault, a job that runs for long.
prepare()
{
	local u

	for u in alice bob; do
		useradd -m -s /bin/bash $u
	done
	crontab -u alice - <<-'END'
	@reboot echo again >>~/reboots
	* * * * * date +\%s >>~/minutes; echo "hello from alice"
	END
	crontab -u bob - <<-'END'
	MAILTO=alice
	FLAVOUR="of bob"
	* * * * * { id -un; env | sort; pwd; } >~/seen; false
	END
	cat >/etc/cron.d/long <<-'END'
	* * * * * root [ -e /run/long ] || { echo $$ >/run/long; exec sleep 3600; }
	END
	echo '61 * * * * root true' >/etc/cron.d/faulty
	# "cron -L 5" logs starts and failures.
	sed -i 's/^#EXTRA_OPTS=.*/EXTRA_OPTS="-L 5"/' /etc/default/cron
	echo '# by the admin' >>/etc/pam.d/cron
	# At four in the morning its job sleeps for an hour, then wants apt's lock.
	chmod -x /usr/sbin/cron-apt
	systemctl restart cron
	wait_for 75 test -s /run/long
	wait_for 75 in_file . ~alice/minutes
	rm -f /var/mail/alice ~alice/minutes ~bob/seen
	postsuper -d ALL >/dev/null 2>&1 || true
}

debians_cron_runs()
{
	runs_installed
	not is_evcron
	prepare
	crontab -u bob -l >$keep/bobs
	note_tables
}

switch_by_one_command()
{
	apt install evcron >$keep/switch 2>&1 || { cat $keep/switch; return 1; }
	cat $keep/switch
	# No question was asked about the files that the admin has changed.
	not in_file 'Configuration file' $keep/switch
	[ "$(dpkg-query -W -f '${Status}' evcron)" = "install ok installed" ]
	[ "$(dpkg-query -W -f '${Status}' cron)" = "deinstall ok config-files" ]
}

preinst_has_shown_the_faults()
{
	in_file 'evcron will read the tables' $keep/switch
	in_file '/etc/cron.d/faulty:1:.*minute' $keep/switch
	rm /etc/cron.d/faulty
}

runs_and_is_enabled()
{
	wait_for 10 runs_installed
	is_evcron
	[ "$(systemctl is-active cron)" = active ]
	[ "$(systemctl is-enabled cron)" = enabled ]
	[ -L $wants ]
	[ "$(cat /run/crond.pid)" = "$(main_pid)" ]
	grep -l . /etc/rc2.d/S??cron
}

admins_changes_are_kept()
{
	in_file 'EXTRA_OPTS="-L 5"' /etc/default/cron
	in_file '# by the admin' /etc/pam.d/cron
	[ "$(tr '\0' ' ' <"/proc/$(main_pid)/cmdline")" = \
	    '/usr/sbin/cron -f -L 5 ' ]
}

crontab_is_setgid()
{
	[ "$(stat -c '%U:%G %a' /usr/bin/crontab)" = 'root:crontab 2755' ]
	as alice 'crontab -l' | grep 'hello from alice'
	not as alice 'crontab -u bob -l'
}

tables_are_untouched()
{
	(cd $spool && stat -c '%n %U:%G %a %s' * && cksum *) |
	    diff $keep/spool -
}

# A dozen packages have put tables into /etc/cron.d.
packages_tables_have_no_fault()
{
	[ "$(find /etc/cron.d -type f -not -name .placeholder | wc -l)" -ge 12 ]
	cron --check >$keep/check 2>&1 || { cat $keep/check; return 1; }
	cat $keep/check
	in_file ': 0 errors, 0 warnings, 0 refused' $keep/check
}

users_tables_run()
{
	wait_for 75 in_file . ~alice/minutes
	# On the minute.
	[ $(($(head -n 1 ~alice/minutes) % 60)) -le 2 ]
	wait_for 75 in_file /home/bob ~bob/seen
	[ "$(head -n 1 ~bob/seen)" = bob ]
	in_file '^FLAVOUR=of bob$' ~bob/seen
	in_file '^PATH=/usr/bin:/bin$' ~bob/seen
	in_file '^HOME=/home/bob$' ~bob/seen
	in_file '^LOGNAME=bob$' ~bob/seen
	[ "$(tail -n 1 ~bob/seen)" = /home/bob ]
}

mail_comes_into_the_mbox()
{
	wait_for 75 in_file '^hello from alice' /var/mail/alice
	in_file '^From: root@debian (Cron Daemon)' /var/mail/alice
	in_file '^To: alice@debian' /var/mail/alice
	in_file '^Subject: Cron <alice@debian> date +' /var/mail/alice
}

failures_are_logged() # which "-L 5" asks for
{
	wait_for 75 in_log 'failed with exit status 1'
	in_log '(bob) CMD ('
}

reboot_jobs_do_not_run_again()
{
	in_log 'Skipping @reboot jobs -- not system startup'
	[ ! -e ~alice/reboots ]
}

reload_by_systemctl()
{
	local pid

	pid=$(main_pid)
	systemctl reload cron
	[ "$(main_pid)" = "$pid" ]
	[ "$(systemctl is-active cron)" = active ]
	# It is still in its loop, and not a table was lost.
	echo '* * * * * root true' >/etc/cron.d/after-reload
	wait_for 10 in_log 'RELOAD (/etc/cron.d/after-reload)'
	rm /etc/cron.d/after-reload
	runs_installed
}

status_by_systemctl()
{
	systemctl status --no-pager --full cron >$keep/status
	in_file 'Active: active (running)' $keep/status
	in_file '/usr/sbin/cron -f -L 5' $keep/status
}

# As on a machine without systemd.
init_script_works()
{
	local pid

	export SYSTEMCTL_SKIP_REDIRECT=1 _SYSTEMCTL_SKIP_REDIRECT=1
	systemctl stop cron
	cp -p /etc/default/cron $keep/default
	printf 'LANG="de_DE.UTF-8"\nLC_TIME=C\n' >/etc/default/locale
	echo 'EXTRA_OPTS="-L 5 -m \"sendmail -t\""' >/etc/default/cron
	/etc/init.d/cron start
	/etc/init.d/cron status
	pid=$(cat /run/crond.pid)
	tr '\0' '\n' <"/proc/$pid/environ" >$keep/environ
	in_file '^LANG=de_DE.UTF-8$' $keep/environ
	[ "$(tr '\0' '|' <"/proc/$pid/cmdline")" = \
	    '/usr/sbin/cron|-L|5|-m|sendmail -t|' ]
	/etc/init.d/cron reload
	[ "$(cat /run/crond.pid)" = "$pid" ]
	/etc/init.d/cron start
	[ "$(cat /run/crond.pid)" = "$pid" ]
	echo 'READ_ENV="no"' >>/etc/default/cron
	/etc/init.d/cron restart
	/etc/init.d/cron status
	pid=$(cat /run/crond.pid)
	tr '\0' '\n' <"/proc/$pid/environ" >$keep/environ
	not in_file '^LANG=de_DE' $keep/environ
	/etc/init.d/cron stop
	not /etc/init.d/cron status
	[ ! -e "/proc/$pid" ]
	rm -f /etc/default/locale
	cp -p $keep/default /etc/default/cron
	systemctl start cron
	wait_for 10 runs_installed
}

# The editor is what Debian chooses, sensible-editor's nano.
screen_has()
{
	[[ $(as alice 'tmux capture-pane -p -t cron') == *"$1"* ]]
}

edit_in_a_terminal()
{
	as alice 'crontab -l' >$keep/alices
	as alice 'unset EDITOR VISUAL; tmux new-session -d -s cron -x 100 -y 40 bash'
	as alice 'tmux send-keys -t cron "crontab -e; echo status=\$?" Enter'
	wait_for 20 screen_has 'hello from alice'
	as alice 'tmux send-keys -t cron M-/; tmux send-keys -t cron -l "0 4 * * * echo four"'
	as alice 'tmux send-keys -t cron Enter C-o Enter C-x'
	wait_for 20 screen_has 'status=0'
	screen_has 'installing new crontab'
	as alice 'crontab -l' | grep '^0 4 \* \* \* echo four$'
	[ "$(stat -c '%U:%G %a' $spool/alice)" = 'alice:crontab 600' ]
	wait_for 10 in_log '(alice) END EDIT (alice)'
	wait_for 10 in_log '(alice) RELOAD (crontabs/alice)'
}

fault_in_the_editor_is_shown()
{
	as alice 'tmux send-keys -t cron clear Enter'
	as alice 'tmux send-keys -t cron "crontab -e; echo status=\$?" Enter'
	wait_for 20 screen_has 'echo four'
	as alice 'tmux send-keys -t cron M-/; tmux send-keys -t cron -l "61 4 * * * echo five"'
	as alice 'tmux send-keys -t cron Enter C-o Enter C-x'
	wait_for 20 screen_has 'retry the same edit'
	screen_has 'bad minute'
	as alice 'tmux send-keys -t cron n Enter'
	wait_for 20 screen_has 'status='
	not as alice 'crontab -l | grep five'
	as alice 'tmux kill-session -t cron'
	as alice "crontab -" <$keep/alices
	note_tables # the header has the time of the installation
}

marked() # PERIOD...: run-parts has come through each directory
{
	local p

	for p; do
		[ -s "/run/marks/$p" ] || return 1
	done
}

put_marks()
{
	local p

	rm -rf /run/marks
	mkdir /run/marks
	for p in hourly daily weekly monthly; do
		printf '#!/bin/sh\ndate >>/run/marks/%s\n' $p >/etc/cron.$p/000mark
		chmod 0755 /etc/cron.$p/000mark
	done
}

# Debian's /etc/crontab as it is, over Sunday mornings, each the first of a month,
# at sixty times the speed of the clock. Its /etc/crontab leaves the daily
# directories to anacron where that is installed.
run_parts_through_a_morning()
{
	local lib dropin=/run/systemd/system/cron.service.d

	lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
	put_marks
	mkdir -p $dropin
	end_of_mornings()
	{
		chmod +x /usr/sbin/anacron
		rm -rf $dropin
		systemctl daemon-reload
		systemctl restart cron
	}
	trap end_of_mornings EXIT
	morning() # DATE: never one that has been, whose jobs have run
	{
		cat >$dropin/clock.conf <<-END
		[Service]
		Environment=LD_PRELOAD=$lib "FAKETIME=@$1 06:15:00 x60"
		Environment=TZ=UTC FAKETIME_DONT_RESET=1
		END
		systemctl daemon-reload
		systemctl restart cron
	}
	morning 2030-09-01
	wait_for 90 marked hourly
	wait_for 90 in_log 'run-parts --report /etc/cron.monthly'
	not marked daily
	not marked weekly
	not marked monthly
	chmod -x /usr/sbin/anacron
	morning 2030-12-01
	wait_for 120 marked hourly daily weekly monthly
	trap - EXIT
	end_of_mornings
	wait_for 10 runs_installed
}

# anacron, started by a job: its table runs cron.daily and the others by
# run-parts, whose 0anacron writes the days down.
anacron_chain()
{
	put_marks
	rm -f /var/spool/anacron/cron.*
	sed -i 's/^\([0-9@]\S*\)\t[0-9]*/\1\t0/' /etc/anacrontab
	cat >/etc/cron.d/chain <<-'END'
	* * * * * root [ -e /run/chain ] || { : >/run/chain; anacron -d -n -s; }
	END
	# Root's PATH in /etc/cron.d does not have /usr/sbin.
	sed -i 's,anacron -d,/usr/sbin/&,' /etc/cron.d/chain
	wait_for 200 marked daily weekly monthly
	rm /etc/cron.d/chain
	wait_for 120 in_file "$(date +%Y)" /var/spool/anacron/cron.daily
	rm /etc/cron.*/000mark
}
