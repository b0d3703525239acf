#!/bin/bash
# The cases of tools.sh, run inside of the booted Debian. Each function that
# `check' names is a case.
set -eu -o pipefail
# shellcheck source-path=SCRIPTDIR
. /io/guest-lib.sh

work=/var/lib/evcron-test
mkdir -p $work
export LC_ALL=C.UTF-8 HOME=/root

prepare()
{
	apt install /io/evcron_*.deb >$work/install 2>&1 ||
	    { cat $work/install; return 1; }
	useradd -m -s /bin/bash alice
	useradd -m -s /bin/bash carol
	wait_for 10 runs_installed
}

installed()
{
	prepare
	is_evcron
}

# --- Ansible's cron module ---

# module ARGUMENTS: as root on this machine; prints what it said
module()
{
	ansible all -i localhost, -c local -m ansible.builtin.cron -a "$1"
}

changes() # ARGUMENTS
{
	module "$1" | tee $work/ansible
	in_file '^localhost | CHANGED' $work/ansible
	# Idempotent: the second time changes nothing.
	module "$1" | tee $work/ansible
	in_file '^localhost | SUCCESS' $work/ansible
	in_file '"changed": false' $work/ansible
}

table_has() # USER LINE...
{
	local user=$1 line

	shift
	crontab -u "$user" -l >$work/table
	for line; do
		grep -Fxq -e "$line" $work/table
	done
}

ansible_creates()
{
	changes 'name=backup minute=5 hour=2 job=/bin/backup user=alice'
	table_has alice '#Ansible: backup' '5 2 * * * /bin/backup'
	[ "$(stat -c '%U:%G %a' /var/spool/cron/crontabs/alice)" = \
	    'alice:crontab 600' ]
}

ansible_modifies()
{
	changes 'name=backup minute=6 hour=3 job=/bin/backup user=alice'
	table_has alice '6 3 * * * /bin/backup'
	[ "$(grep -c backup $work/table)" -eq 2 ]
}

ansible_sets_a_variable()
{
	changes 'name=MAILTO env=yes value=carol@example.org user=alice'
	table_has alice 'MAILTO="carol@example.org"'
}

ansible_special_time()
{
	changes 'name=nightly special_time=daily job=/bin/true user=alice'
	table_has alice '@daily /bin/true'
}

ansible_disables()
{
	changes 'name=nightly special_time=daily job=/bin/true user=alice disabled=yes'
	table_has alice '#@daily /bin/true'
}

ansible_cron_file()
{
	changes 'name=rotate minute=0 job=/bin/true user=root cron_file=by_ansible'
	grep -Fx '0 * * * * root /bin/true' /etc/cron.d/by_ansible
	wait_for 10 in_log 'RELOAD (/etc/cron.d/by_ansible)'
	cron --check
	changes 'name=rotate cron_file=by_ansible state=absent'
	not grep -F /bin/true /etc/cron.d/by_ansible
}

ansible_playbook_is_idempotent()
{
	cat >$work/play.yml <<-'END'
	- hosts: all
	  connection: local
	  gather_facts: no
	  tasks:
	    - cron: name=one minute="*/5" job="echo one" user=carol backup=yes
	    - cron: name=PATH env=yes value=/bin:/usr/bin user=carol
	    - cron: name=two special_time=reboot job="echo two" user=carol
	END
	ansible-playbook -i localhost, $work/play.yml | tee $work/ansible
	in_file 'changed=3 .*failed=0' $work/ansible
	ansible-playbook -i localhost, $work/play.yml | tee $work/ansible
	in_file 'ok=3 .*changed=0 .*failed=0' $work/ansible
	table_has carol '*/5 * * * * echo one' '@reboot echo two' \
	    'PATH="/bin:/usr/bin"'
}

ansible_of_the_user()
{
	runuser -u carol -- env -C /home/carol HOME=/home/carol ansible all \
	    -i localhost, -c local -m ansible.builtin.cron \
	    -a 'name=mine minute=1 job="echo mine"' | tee $work/ansible
	in_file '^localhost | CHANGED' $work/ansible
	table_has carol '1 * * * * echo mine'
}

# A fault fails the task, and the table is as it was.
ansible_fault_is_refused()
{
	crontab -u carol -l >$work/before
	not module 'name=bad minute=61 job=/bin/true user=carol' >$work/ansible
	cat $work/ansible
	in_file 'FAILED' $work/ansible
	crontab -u carol -l | diff $work/before -
}

ansible_removes()
{
	changes 'name=backup state=absent user=alice'
	not table_has alice '#Ansible: backup'
	changes 'name=MAILTO env=yes state=absent user=alice'
	not table_has alice 'MAILTO="carol@example.org"'
	crontab -u alice -r
	crontab -u carol -r
}

# --- the usual pipes ---

no_table_yet()
{
	local status=0

	crontab -u alice -l >$work/out 2>$work/err || status=$?
	[ "$status" -eq 1 ]
	[ ! -s $work/out ]
	[ "$(cat $work/err)" = 'no crontab for alice' ]
}

list_and_install_for_a_user()
{
	echo '1 2 * * * true' >$work/new
	crontab -u alice $work/new >$work/out 2>&1
	[ ! -s $work/out ]
	crontab -u alice -l | diff $work/new -
	echo '2 2 * * * true' | crontab -u alice -
	[ "$(crontab -u alice -l)" = '2 2 * * * true' ]
}

append_by_a_pipe()
{
	as alice 'crontab -l | { cat; echo "3 2 * * * true"; } | crontab -'
	[ "$(crontab -u alice -l)" = $'2 2 * * * true\n3 2 * * * true' ]
	as alice 'crontab -r'
	# The first line of all.
	as alice '(crontab -l 2>/dev/null; echo "4 2 * * * true") | crontab -'
	[ "$(crontab -u alice -l)" = '4 2 * * * true' ]
	as alice 'crontab -l | grep -v true | crontab -'
	[ -z "$(crontab -u alice -l)" ]
}

round_trip_is_idempotent()
{
	printf '# mine\nA="b c"\n\n*/7 * * * * echo "50\\%%" # x\n' |
	    crontab -u alice -
	crontab -u alice -l >$work/first
	for _ in 1 2 3; do
		as alice 'crontab -l | crontab -'
	done
	crontab -u alice -l | diff $work/first -
}

fault_in_a_pipe_is_refused()
{
	local status=0

	crontab -u alice -l >$work/before
	as alice 'crontab -l | { cat; echo "* * * * 8 true"; } | crontab -' \
	    2>$work/err || status=$?
	[ "$status" -eq 1 ]
	in_file 'bad day-of-week' $work/err
	crontab -u alice -l | diff $work/before -
	crontab -u alice -r
}

# --- what reads the log ---

log_of() # FILE: what the daemon, its jobs and crontab have written
{
	grep -aE '^\S+ \S+ (cron|CRON|crontab)\[[0-9]+\]: ' /var/log/syslog >"$1"
}

# Every line that an ordinary day brings, made by the programs themselves: both
# kinds of start, loading, running, failing, and each use of crontab.
ordinary_day()
{
	local forked

	rm -f /run/crond.reboot
	systemctl restart cron
	wait_for 10 in_log 'Running @reboot jobs'
	systemctl restart cron
	wait_for 10 in_log 'Skipping @reboot jobs -- not system startup'
	systemctl stop cron
	/usr/sbin/cron
	wait_for 10 in_log 'STARTUP (fork ok)'
	forked=$(cat /run/crond.pid)
	kill "$forked"
	wait_for 10 not test -e "/proc/$forked"
	systemctl start cron
	wait_for 10 runs_installed
	cat >/etc/cron.d/day <<-'END'
	MAILTO=""
	* * * * * root exit 3
	* * * * * root kill -9 $$
	* * * * * root echo a day
	END
	echo '* * * * * echo hello' | as alice 'crontab -'
	as alice 'crontab -l' >$work/listed
	as alice 'EDITOR="sed -i s/hello/bye/" crontab -e'
	wait_for 75 in_log '(alice) CMD (echo bye)'
	wait_for 75 in_log 'failed with exit status 3)'
	wait_for 75 in_log 'terminated by signal 9'
	wait_for 10 in_log '(alice) RELOAD (crontabs/alice)'
	rm /etc/cron.d/day
	written() { log_of $work/log && in_file 'signal 9' $work/log; }
	wait_for 20 written
	sed 's/^\S* \S* //' $work/log | sort -u
	[ "$(wc -l <$work/log)" -ge 15 ]
}

# what its rules leave over of the log
left_by_logcheck()
{
	install -o logcheck -m 0640 $work/log /var/tmp/evcron-log
	runuser -u logcheck -- /usr/sbin/logcheck -o -t \
	    -l /var/tmp/evcron-log >$work/left 2>$work/left.err
	cat $work/left.err
	grep -aE '(cron|CRON|crontab)\[' $work/left || true
}

# Of crontab -r it does not know the line, whosever crontab it is.
logcheck_knows_an_ordinary_day()
{
	left_by_logcheck | tee $work/lines
	not grep -v ' crontab\[[0-9]*\]: ([a-z]*) DELETE ([a-z]*)$' $work/lines
	say "logcheck read $(wc -l <$work/log) lines and left" \
	    "$(wc -l <$work/lines): $(sed 's/.*: //' $work/lines | sort -u |
		paste -s -d ,)"
}

# That it reads the log at all: without the rule of the package it does not know
# the lines about failed jobs.
logcheck_needs_our_rule()
{
	mv /etc/logcheck/ignore.d.server/evcron $work/rule
	left_by_logcheck | tee $work/lines
	mv $work/rule /etc/logcheck/ignore.d.server/evcron
	in_file 'grandchild #[0-9]* failed with exit status 3' $work/lines
	not in_file ' CMD ' $work/lines
}

# A table that is not loaded is no matter of an ordinary day.
logcheck_reports_a_fault()
{
	echo '61 * * * * root true' >/etc/cron.d/faulty
	wait_for 10 in_log 'while reading /etc/cron.d/faulty'
	written() { log_of $work/log && in_file faulty $work/log; }
	wait_for 20 written
	left_by_logcheck | grep 'bad minute'
	rm /etc/cron.d/faulty
}

logwatch_knows_an_ordinary_day()
{
	rm -rf $work/logs
	mkdir $work/logs
	# It knows the stamps of syslog, not those of rsyslog's new format.
	sed "s/^\S*/$(date '+%b %e %H:%M:%S')/" $work/log >$work/logs/syslog
	logwatch --service cron --logdir $work/logs --range all --detail high \
	    --output stdout | tee $work/watched
	in_file 'Cron Begin' $work/watched
	in_file 'echo bye' $work/watched
	in_file 'failed with error (3): exit 3' $work/watched
	not in_file 'Unmatched' $work/watched
	# Those that Debian's logwatch does not even look at, too.
	perl /usr/share/logwatch/scripts/services/cron <$work/logs/syslog |
	    tee $work/watched
	not in_file 'Unmatched' $work/watched
	say "logwatch read $(wc -l <$work/log) lines and left none unmatched"
}

# What goes wrong in ways that the incumbent has words for: those of its lines
# that logwatch knows, it knows in ours. What it does not know is shown.
logwatch_knows_complaints()
{
	local spool=/var/spool/cron/crontabs

	systemctl stop cron
	cp -p /etc/default/cron $work/default
	echo 'EXTRA_OPTS="-m false"' >>/etc/default/cron
	systemctl start cron
	install -m 0600 -g crontab /dev/null $spool/ghost
	printf 'MAILTO=root\n* * * * * root echo unsent\n' >/etc/cron.d/unsent
	printf 'MAILTO=-oQ/tmp\n* * * * * root echo unsafe\n' >/etc/cron.d/unsafe
	echo '* * * * * root true' >/etc/cron.d/open
	chmod 0666 /etc/cron.d/open
	echo carol >/etc/cron.deny
	not as carol 'crontab -l'
	wait_for 75 in_log 'UNSAFE MAIL'
	wait_for 75 in_log 'but got status 0x'
	wait_for 10 in_log '(ghost) ORPHAN (no passwd entry)'
	wait_for 10 in_log '(carol) AUTH (crontab command not allowed)'
	wait_for 10 in_log 'INSECURE MODE'
	rm /etc/cron.d/{unsent,unsafe,open} $spool/ghost /etc/cron.deny
	cp -p $work/default /etc/default/cron
	systemctl restart cron
	written() { log_of $work/log && in_file 'got status' $work/log; }
	wait_for 20 written
	sed "s/^\S*/$(date '+%b %e %H:%M:%S')/" $work/log |
	    perl /usr/share/logwatch/scripts/services/cron >$work/watched
	cat $work/watched
	in_file 'ORPHAN\|[Oo]rphan' $work/watched
	sed -n '/Unmatched Entries/,/^$/s/^[A-Z(]/&/p' $work/watched |
	    sed 1d >$work/left
	not grep -E '^(MAIL|ORPHAN|RELOAD|AUTH|CMD|INFO|STARTUP) ' $work/left
	say "of complaints logwatch leaves: $(cut -d '(' -f 1 $work/left |
	    sort | uniq -c | paste -s -d ,)"
}

# --- Debian's own tests of its cron, from the source package ---

autopkgtest()
{
	mkdir -p $work/tmp
	chmod +x /io/cron/debian/tests/*
	cd /io/cron
	AUTOPKGTEST_TMP=$work/tmp "debian/tests/$1"
}

debians_check_significant_header()
{
	autopkgtest check-significant-header
}

debians_check_listings_protection()
{
	autopkgtest check-listings-protection
}

debians_check_messages_sent_by_cron()
{
	autopkgtest check-messages-sent-by-cron
}

# It purges the package cron and installs it: here the one that took its place.
debians_do_not_modify_previous_crontabs()
{
	sed -i 's/purge cron /purge evcron /
	    s,install cron 2,install /io/evcron_*.deb 2,' \
	    /io/cron/debian/tests/do-not-modify-previous-crontabs
	grep -F 'install /io/evcron' \
	    /io/cron/debian/tests/do-not-modify-previous-crontabs
	autopkgtest do-not-modify-previous-crontabs
	wait_for 10 runs_installed
	is_evcron
}

# --- and those of our own package ---

our_autopkgtests()
{
	dpkg -l evcron
	/io/tests/jobs
	/io/tests/tables
}

check installed
check ansible_creates
check ansible_modifies
check ansible_sets_a_variable
check ansible_special_time
check ansible_disables
check ansible_cron_file
check ansible_playbook_is_idempotent
check ansible_of_the_user
check ansible_fault_is_refused
check ansible_removes
check no_table_yet
check list_and_install_for_a_user
check append_by_a_pipe
check round_trip_is_idempotent
check fault_in_a_pipe_is_refused
check ordinary_day
check logcheck_knows_an_ordinary_day
check logcheck_needs_our_rule
check logwatch_knows_an_ordinary_day
check logcheck_reports_a_fault
check logwatch_knows_complaints
check our_autopkgtests
check debians_check_significant_header
check debians_check_listings_protection
check_where uses_pam debians_check_messages_sent_by_cron
check debians_do_not_modify_previous_crontabs
totals
