# shellcheck shell=bash disable=SC2154 # keep, mails, rpms, spool: rpm-guest.sh's
# Cases of rpm-guest.sh: jobs as cronie runs them, crontab(1), the service.

users_tables_run()
{
	wait_for 75 in_file . ~alice/minutes
	# On the minute.
	[ $(($(head -n 1 ~alice/minutes) % 60)) -le 2 ]
	wait_for 75 in_file /home/bob ~bob/seen
	[ "$(head -n 1 ~bob/seen)" = bob ]
	in_file '^FLAVOUR=of bob$' ~bob/seen
	in_file '^PATH=/usr/bin:/bin:/usr/sbin:/sbin$' ~bob/seen
	in_file '^HOME=/home/bob$' ~bob/seen
	in_file '^LOGNAME=bob$' ~bob/seen
	in_file '^USER=bob$' ~bob/seen
	in_file '^SHELL=/bin/sh$' ~bob/seen
	[ "$(tail -n 1 ~bob/seen)" = /home/bob ]
}

log_is_cronies()
{
	wait_for 75 in_log '(bob) CMDEND ('
	in_log '(bob) CMD ('
	in_log '(bob) CMDOUT (wrong)' && return 1
	journalctl -b -q -o cat SYSLOG_IDENTIFIER=CROND | grep -F '(bob) CMDEND' |
	    grep 'status=3\|status 3'
	# The session of a user's job, by /etc/pam.d/crond.
	in_log 'pam_unix(crond:session): session opened for user bob'
}

mail_comes_when_the_job_is_over()
{
	wait_for 75 in_file '^hello from alice' $mails
	wait_for 75 in_file '^wrong$' $mails
	in_file '^To: alice' $mails
	in_file '^Auto-Submitted: auto-generated' $mails
	in_file '^X-Cron-Env: <FLAVOUR=of bob>' $mails
	in_file '^X-Cron-Status: ' $mails
	in_file '^ARGUMENTS:.* -t' $mails
}

crontab_is_setuid()
{
	[ "$(stat -c '%U:%G %a' /usr/bin/crontab)" = 'root:root 4755' ]
	as alice 'crontab -l' | grep 'hello from alice'
	not as alice 'crontab -u bob -l'
	# cron.deny is there, and empty: everybody may.
	echo bob >/etc/cron.deny
	not as bob 'crontab -l'
	: >/etc/cron.deny
	as bob 'crontab -l' | grep FLAVOUR
}

edit()
{
	cat >/run/editor <<-'END'
	#!/bin/sh
	echo '0 4 * * * echo four' >>"$1"
	END
	chmod 0755 /run/editor
	as alice 'EDITOR=/run/editor crontab -e'
	as alice 'crontab -l' | grep '^0 4 \* \* \* echo four$'
	[ "$(stat -c '%U %a' $spool/alice)" = 'alice 600' ]
	wait_for 10 in_log '(alice) END EDIT (alice)'
	wait_for 10 in_log '(alice) RELOAD ('
	# A fault is not let in.
	echo '61 4 * * * echo five' >/run/faulty
	not as alice 'crontab /run/faulty'
	not as alice 'crontab -l | grep five'
	note_tables
}

reload_by_systemctl()
{
	local pid

	pid=$(main_pid)
	systemctl reload crond
	[ "$(main_pid)" = "$pid" ]
	echo '0 0 1 1 * root true' >/etc/cron.d/after-reload
	wait_for 10 in_log 'RELOAD (/etc/cron.d/after-reload)'
	rm /etc/cron.d/after-reload
	runs_installed
}

status_by_systemctl()
{
	systemctl status --no-pager --full crond >$keep/status
	in_file 'Active: active (running)' $keep/status
	in_file '/usr/sbin/crond -n' $keep/status
}

options_of_sysconfig()
{
	cp -p /etc/sysconfig/crond $keep/sysconfig
	echo 'CRONDARGS=-s -m off' >/etc/sysconfig/crond
	systemctl restart crond
	wait_for 10 runs_installed
	[ "$(tr '\0' ' ' <"/proc/$(main_pid)/cmdline")" = \
	    '/usr/sbin/crond -n -s -m off ' ]
	wait_for 75 in_log '(bob) CMDOUT (wrong'
	cp -p $keep/sysconfig /etc/sysconfig/crond
	systemctl restart crond
	wait_for 10 runs_installed
}

# A machine's first hours, at sixty times the speed of the clock: 0hourly runs
# cron.hourly by run-parts; there 0anacron, and that cron.daily and the others.
run_parts_and_anacron()
{
	local lib p dropin=/run/systemd/system/crond.service.d

	lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
	rm -rf /run/marks
	mkdir /run/marks
	for p in hourly daily weekly monthly; do
		printf '#!/bin/sh\ndate >>/run/marks/%s\n' $p >/etc/cron.$p/mark
		chmod 0755 /etc/cron.$p/mark
		cp /etc/cron.$p/mark /etc/cron.$p/mark.rpmsave
	done
	# It may have been run, at the hour of the real clock.
	rm -f /var/spool/anacron/cron.*
	mkdir -p $dropin
	cat >$dropin/clock.conf <<-END
	[Service]
	Environment=LD_PRELOAD=$lib "FAKETIME=@2030-09-01 06:45:00 x60"
	Environment=TZ=UTC FAKETIME_DONT_RESET=1
	END
	systemctl daemon-reload
	systemctl restart crond
	marked()
	{
		for p; do
			[ -s "/run/marks/$p" ] || return 1
		done
	}
	wait_for 200 marked hourly daily weekly monthly
	rm -r $dropin
	systemctl daemon-reload
	systemctl restart crond
	wait_for 10 runs_installed
	in_log '(root) CMD (run-parts /etc/cron.hourly)'
	journalctl -b -q -o cat -g 'starting 0anacron' | grep .
	[ "$(sort -u /run/marks/daily | wc -l)" -eq 1 ]
	wait_for 30 in_file "$(date +%Y)" /var/spool/anacron/cron.daily
	rm /etc/cron.*/mark*
}
