# shellcheck shell=bash disable=SC2154 # keep, rpms, spool: rpm-guest.sh's
# Cases of rpm-guest.sh: cronie gives way, comes back, gives way again.

rpm()
{
	command rpm --dbpath /var/lib/rpm --force-debian "$@"
}

# As dnf does it: the new one in, the old one out, in one transaction.
swap() # OLD NEW.rpm
{
	python3 - "$@" <<-'END'
	import os, rpm, sys
	rpm.addMacro("_dbpath", "/var/lib/rpm")
	ts = rpm.TransactionSet("/")
	ts.setVSFlags(-1)
	old, path = sys.argv[1:]
	with open(path, "rb") as f:
	    ts.addInstall(ts.hdrFromFdno(f.fileno()), path, "i")
	ts.addErase(old)
	open_files = {}
	def progress(reason, amount, total, key, data):
	    if reason == rpm.RPMCALLBACK_INST_OPEN_FILE:
	        open_files[key] = os.open(key, os.O_RDONLY)
	        return open_files[key]
	    if reason == rpm.RPMCALLBACK_INST_CLOSE_FILE:
	        os.close(open_files.pop(key))
	unmet = ts.check()
	if unmet:
	    sys.exit("not met: %s" % unmet)
	ts.order()
	problems = ts.run(progress, "")
	if problems:
	    sys.exit("problems: %s" % problems)
	END
}

cronie=$(echo "$rpms"/cronie-1.7.2-1.*.rpm)
evcron=$(echo "$rpms"/evcron-0.*-1.*.rpm)
# shellcheck disable=SC2034
evcron_next=$(echo "$rpms"/evcron-0.*-2.*.rpm)
wants=/etc/systemd/system/multi-user.target.wants/crond.service
mails=/var/lib/evcron-test/mails

note_tables()
{
	(cd $spool && stat -c '%n %U:%G %a %s' * && cksum *) >$keep/spool
}

tables_are_untouched()
{
	(cd $spool && stat -c '%n %U:%G %a %s' * && cksum *) |
	    diff $keep/spool -
}

# Each mail a block: what the mailer was called with, and what it read.
put_mailer()
{
	rm -f /usr/sbin/sendmail
	cat >/usr/sbin/sendmail <<-'END'
	#!/bin/sh
	{
		echo "ARGUMENTS: $*"
		cat
		echo "END OF MAIL"
	} >/tmp/mail.$$
	cat /tmp/mail.$$ >>/var/lib/evcron-test/mails
	rm /tmp/mail.$$
	END
	chmod 0755 /usr/sbin/sendmail
	chmod 0711 $keep
	: >$mails
	chmod 0666 $mails
}

# What an admin of such a machine has: users with tables, options, a job that
# runs for long.
prepare()
{
	local u

	put_mailer
	for u in alice bob; do
		useradd -m -s /bin/bash $u
	done
	cat >$spool/alice <<-'END'
	@reboot echo again >>~/reboots
	* * * * * date +\%s >>~/minutes; echo "hello from alice"
	END
	cat >$spool/bob <<-'END'
	MAILTO=alice
	FLAVOUR="of bob"
	* * * * * { id -un; env | sort; pwd; } >~/seen; echo wrong; exit 3
	END
	chmod 0600 $spool/alice $spool/bob
	chown alice: $spool/alice
	chown bob: $spool/bob
	cat >/etc/cron.d/long <<-'END'
	* * * * * root [ -e /run/long ] || { echo $$ >/run/long; exec sleep 3600; }
	END
	echo '# by the admin' >>/etc/sysconfig/crond
	note_tables
}

cronies_crond_runs()
{
	rpm -i "$rpms"/{debian,glibc,crontabs,cronie,cronie-anacron}-1.7.2-1.*.rpm
	[ "$(systemctl is-enabled crond)" = enabled ]
	systemctl daemon-reload
	systemctl start crond
	wait_for 10 runs_installed
	not is_evcron
	rm -rf $spool/crontabs
	prepare
	# What it would be, had that daemon been cronie's.
	rm -f /run/crond.reboot
	touch /run/cron.reboot
	wait_for 75 test -s /run/long
}

swap_in_one_transaction()
{
	swap cronie "$evcron" >$keep/switch 2>&1 || { cat $keep/switch; return 1; }
	cat $keep/switch
	not grep -v '^+' $keep/switch # the shell's own trace
	not rpm -q cronie
	rpm -q evcron cronie-anacron crontabs
	in_file '# by the admin' /etc/sysconfig/crond
	[ -e /etc/cron.d/0hourly ]
	rpm -V evcron >$keep/verified || true
	cat $keep/verified
	[ "$(cat $keep/verified)" = 'S.5....T.  c /etc/sysconfig/crond' ]
	tables_are_untouched
}

runs_and_is_enabled()
{
	wait_for 10 runs_installed
	is_evcron
	[ "$(systemctl is-active crond)" = active ]
	[ "$(systemctl is-enabled crond)" = enabled ]
	[ -L $wants ]
	[ "$(cat /run/crond.pid)" = "$(main_pid)" ]
	[ ! -e /var/lib/rpm-state/evcron ]
}

reboot_jobs_do_not_run_again()
{
	in_log "@reboot jobs will be run at computer's startup"
	[ ! -e ~alice/reboots ]
}

is_up_after_the_boot()
{
	wait_for 10 runs_installed
	is_evcron
	[ "$(systemctl is-enabled crond)" = enabled ]
}

reboot_jobs_run_once()
{
	wait_for 10 in_file again ~alice/reboots
	[ "$(wc -l <~alice/reboots)" -eq 1 ]
}

back_to_cronie()
{
	rm -f /run/long
	wait_for 75 test -s /run/long
	note_tables
	swap evcron "$cronie"
	not rpm -q evcron
	wait_for 10 runs_installed
	not is_evcron
	[ "$(systemctl is-enabled crond)" = enabled ]
	job_of_the_old_cron_lives
	rm -rf $spool/crontabs
	tables_are_untouched
}

# One that the admin had turned off is not turned on by it.
and_to_evcron_again()
{
	systemctl disable --now crond
	swap cronie "$evcron"
	[ "$(systemctl is-enabled crond || true)" = disabled ]
	[ "$(main_pid)" -eq 0 ]
	systemctl enable --now crond
	wait_for 10 runs_installed
	is_evcron
	job_of_the_old_cron_lives
	rm -rf $spool/crontabs
	tables_are_untouched
}

removal_leaves_what_is_the_users()
{
	rm -f /tmp/slow ~alice/slow.done
	cat >/etc/cron.d/slow <<-'END'
	* * * * * alice [ -e /tmp/slow ] || { touch /tmp/slow; echo first; sleep 8; echo last; touch ~/slow.done; }
	END
	wait_for 75 test -e /tmp/slow
	rpm -e --nodeps evcron
	[ ! -e /usr/sbin/crond ]
	[ "$(systemctl is-active crond || true)" != active ]
	[ ! -L $wants ]
	job_of_the_old_cron_lives
	tables_are_untouched
	# Its job ends by itself, and its mail is sent all the same.
	wait_for 20 test -e ~alice/slow.done
	wait_for 20 in_file '^last$' $mails
	in_file '^first$' $mails
}
