#!/bin/bash
# The cases of debian.sh, run inside of the booted Debian: three boots of one
# machine. Each function that `check' names is a case.
set -eu -o pipefail
# shellcheck source-path=SCRIPTDIR
. /io/guest-lib.sh

spool=/var/spool/cron/crontabs
wants=/etc/systemd/system/multi-user.target.wants/cron.service
keep=/var/lib/evcron-test
mkdir -p $keep
export DEBIAN_FRONTEND=noninteractive
: "${PAM:=}"

note_tables()
{
	(cd $spool && stat -c '%n %U:%G %a %s' * && cksum *) >$keep/spool
}

# --- the first boot: Debian's cron gives way ---

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

unit_is_as_designed()
{
	systemctl show cron >$keep/unit
	in_file '^KillMode=process$' $keep/unit
	in_file '^Restart=always$' $keep/unit
	in_file '^StartLimitIntervalUSec=0$' $keep/unit
	in_file '^TasksMax=infinity$' $keep/unit
	in_file '^IgnoreSIGPIPE=no$' $keep/unit
	# Nothing that would reach the jobs.
	in_file '^PrivateTmp=no$' $keep/unit
	in_file '^NoNewPrivileges=no$' $keep/unit
	in_file '^ProtectSystem=no$' $keep/unit
	in_file '^PrivateDevices=no$' $keep/unit
	in_file '^RestrictNamespaces=no$' $keep/unit
	not in_file '^SystemCallFilter=.' $keep/unit
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

job_of_the_old_cron_lives()
{
	[ "$(readlink "/proc/$(cat /run/long)/exe")" = /usr/bin/sleep ]
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

restart_by_systemctl()
{
	local pid

	pid=$(main_pid)
	systemctl restart cron
	wait_for 10 runs_installed
	[ "$(main_pid)" != "$pid" ]
	job_of_the_old_cron_lives
}

status_by_systemctl()
{
	systemctl status --no-pager --full cron >$keep/status
	in_file 'Active: active (running)' $keep/status
	in_file '/usr/sbin/cron -f -L 5' $keep/status
}

killed_daemon_comes_back()
{
	local pid

	pid=$(main_pid)
	kill -KILL "$pid"
	another() { [ "$(main_pid)" != "$pid" ] && runs_installed; }
	wait_for 15 another
	job_of_the_old_cron_lives
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

# Debian's /etc/crontab as it is, over a Sunday morning, the first of a month,
# at sixty times the speed of the clock. Its /etc/crontab leaves the daily
# directories to anacron where that is installed.
run_parts_through_a_morning()
{
	local lib dropin=/run/systemd/system/cron.service.d

	lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
	put_marks
	mkdir -p $dropin
	cat >$dropin/clock.conf <<-END
	[Service]
	Environment=LD_PRELOAD=$lib "FAKETIME=@2030-09-01 06:15:00 x60"
	Environment=TZ=UTC FAKETIME_DONT_RESET=1
	END
	morning()
	{
		systemctl daemon-reload
		systemctl restart cron
	}
	morning
	wait_for 90 marked hourly
	wait_for 90 in_log 'run-parts --report /etc/cron.monthly'
	not marked daily
	not marked weekly
	not marked monthly
	chmod -x /usr/sbin/anacron
	morning
	wait_for 120 marked hourly daily weekly monthly
	chmod +x /usr/sbin/anacron
	rm -r $dropin
	systemctl daemon-reload
	systemctl restart cron
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

# --- sessions by PAM, as /etc/pam.d/cron has them (PAM=1: it was built so) ---

log_counts() # WHAT: lines of this boot that have it
{
	journalctl -b -q -o cat SYSLOG_IDENTIFIER=cron + \
	    SYSLOG_IDENTIFIER=CRON | grep -c -F -e "$1" || true
}

pam_modules_serve_the_jobs()
{
	echo 'LANG=de_DE.UTF-8' >/etc/default/locale
	echo 'PLACE=environment' >>/etc/environment
	echo 'bob hard nofile 300' >/etc/security/limits.d/bob.conf
	echo '* * * * * { env; ulimit -Hn; } >~/pam' |
	    crontab -u bob -
	wait_for 75 test -s ~bob/pam
	in_file '^LANG=de_DE.UTF-8$' ~bob/pam
	in_file '^PLACE=environment$' ~bob/pam
	in_file '^300$' ~bob/pam
	crontab -u bob -r
	wait_for 20 in_log 'pam_unix(cron:session): session opened for user bob'
	wait_for 20 in_log 'pam_unix(cron:session): session closed for user bob'
	[ "$(log_counts 'session opened for user bob')" -eq \
	    "$(log_counts 'session closed for user bob')" ]
	rm -f /etc/default/locale /etc/security/limits.d/bob.conf
	sed -i /PLACE=/d /etc/environment
}

has_session() # USER
{
	loginctl list-sessions --no-legend | grep -q " $1 "
}

# With pam_systemd each job is in a session of logind's; the session ends with
# the job, and no job ends with a session, not even if the user's processes are
# killed at its end.
pam_systemd_leaves_no_session()
{
	local kill=$1 job

	mkdir -p /etc/systemd/logind.conf.d
	printf '[Login]\nKillUserProcesses=%s\n' "$kill" \
	    >/etc/systemd/logind.conf.d/kill.conf
	systemctl restart systemd-logind
	in_file pam_systemd.so /etc/pam.d/cron ||
	    echo 'session optional pam_systemd.so' >>/etc/pam.d/cron
	rm -f ~bob/slow ~bob/slow.done
	crontab -u bob - <<-'END'
	* * * * * [ -e ~/slow ] || { ls -l /proc/self/fd >~/fds; echo $$ >~/slow; sleep 25; echo done >~/slow.done; }
	END
	wait_for 75 test -s ~bob/slow
	job=$(cat ~bob/slow)
	has_session bob
	in_file '/session-.*scope' "/proc/$job/cgroup"
	# 0, 1, 2, and ls's own of the directory.
	[ "$(grep -c ' -> ' ~bob/fds)" -eq 4 ]
	# A shorter one of the same user ends meanwhile, and its session.
	as bob '{ crontab -l; echo "* * * * * true"; } | crontab -'
	wait_for 60 test -s ~bob/slow.done
	crontab -u bob -r
	wait_for 30 not has_session bob
}

pam_systemd_ends_sessions() { pam_systemd_leaves_no_session no; }
pam_systemd_kills_no_job() { pam_systemd_leaves_no_session yes; }

# The daemon's restart ends neither.
pam_systemd_over_a_restart()
{
	rm -f ~bob/slow ~bob/slow.done
	crontab -u bob - <<-'END'
	* * * * * [ -e ~/slow ] || { echo $$ >~/slow; sleep 10; echo done >~/slow.done; }
	END
	wait_for 75 test -s ~bob/slow
	has_session bob
	systemctl restart cron
	wait_for 10 runs_installed
	wait_for 30 test -s ~bob/slow.done
	crontab -u bob -r
	wait_for 30 not has_session bob
}

pam_is_as_before()
{
	sed -i /pam_systemd/d /etc/pam.d/cron
	rm -r /etc/systemd/logind.conf.d
	systemctl restart systemd-logind
	crontab -u bob - <$keep/bobs
	note_tables
}

# --- and on with the package ---

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
	tr '\n' ' ' </var/mail/alice | grep -q ' before after '
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

first_boot()
{
	check debians_cron_runs
	check switch_by_one_command
	check preinst_has_shown_the_faults
	check runs_and_is_enabled
	check unit_is_as_designed
	check admins_changes_are_kept
	check crontab_is_setgid
	check tables_are_untouched
	check packages_tables_have_no_fault
	check job_of_the_old_cron_lives
	check users_tables_run
	check mail_comes_into_the_mbox
	check failures_are_logged
	check reboot_jobs_do_not_run_again
	check reload_by_systemctl
	check restart_by_systemctl
	check status_by_systemctl
	check killed_daemon_comes_back
	check init_script_works
	check edit_in_a_terminal
	check fault_in_the_editor_is_shown
	check run_parts_through_a_morning
	check anacron_chain
	if [ -n "$PAM" ]; then
		check pam_modules_serve_the_jobs
		check pam_systemd_ends_sessions
		check pam_systemd_kills_no_job
		check_where hands_over pam_systemd_over_a_restart
		check pam_is_as_before
	fi
	check upgrade
	check_where hands_over upgrade_in_place_loses_nothing
	check_where hands_over restart_loses_nothing
	check purge_of_cron_changes_nothing
	check init_links_come_back
	check links_in_the_spool_are_not_followed
	check disabled_stays_disabled
}

# --- the second boot, and Debian's cron again ---

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

purge_of_evcron_changes_nothing()
{
	local pid

	pid=$(main_pid)
	apt purge evcron
	[ "$(main_pid)" = "$pid" ]
	[ "$(systemctl is-enabled cron)" = enabled ]
	[ -L $wants ]
	grep -l . /etc/rc2.d/S??cron
	[ -x /etc/init.d/cron ]
	admins_files
	crontab_is_setgid
	tables_are_untouched
	[ ! -e /var/spool/evcron ]
	[ ! -e /etc/logcheck/ignore.d.server/evcron ]
	[ ! -e /etc/init.d/evcron ]
	not grep -l . /etc/rc?.d/S??evcron
}

second_boot()
{
	check is_up_after_the_boot
	check reboot_jobs_run_once
	check users_tables_run
	check mail_comes_into_the_mbox
	check removal_leaves_what_is_the_users
	check installed_again_it_runs
	check back_to_debians_cron
	check purge_of_evcron_changes_nothing
}

# --- the third boot: Debian's cron, and a service that is turned off ---

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
	dpkg --purge --force-depends evcron
	[ ! -L $wants ]
	not grep -l . /etc/rc?.d/???cron
	[ ! -e /etc/default/cron ] && [ ! -e /etc/init.d/cron ]
	[ ! -e /var/spool/evcron ]
	[ -e $spool/alice ] && [ -e /etc/crontab ]
}

third_boot()
{
	check debians_cron_is_up_after_the_boot
	check disabled_over_both_switches
	check switch_that_purges
	check purge_of_the_only_one
}

# The new package beside Debian's, in the machine's own repository.
add_to_repository()
{
	local deb

	deb=$(echo /io/evcron_*.deb)
	grep -q '^Package: evcron$' /srv/debs/Packages || {
		cp "$deb" /srv/debs/
		dpkg-deb -f "$deb"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" \
		    "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
	} >>/srv/debs/Packages
	apt update >/dev/null 2>&1
}

add_to_repository
case $1 in
switch)	first_boot ;;
again)	rm -f ~alice/minutes ~bob/seen /var/mail/alice
	second_boot ;;
back)	third_boot ;;
esac
totals
