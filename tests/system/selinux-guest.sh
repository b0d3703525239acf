#!/bin/bash
# The daemon under SELinux, with Debian's policy and evcron's module: runs inside
# the machine that selinux.sh boots, which see, with programs in /io.
#
# alice is unconfined, as users are by default; carol is the policy's user_u. Each
# case starts the daemon by systemd, which takes it to crond_t, under a personality,
# and at the end nothing that crond_t or another did with evcron's files may have
# been denied: where SELinux is permissive, too.
set -u
. /io/guest-lib.sh
LC_ALL=C
export LC_ALL

prepare()
{
	useradd -m alice
	useradd -m carol
	groupadd -r crontab
	echo 'carol:user_u:s0' >>/etc/selinux/default/seusers
	install -m 0755 /io/crond /usr/sbin/cron
	install -D -m 0755 /io/evcron-collect \
	    /usr/local/libexec/evcron/evcron-collect
	install -m 4755 /io/crontab /usr/bin/crontab
	install -m 0644 /io/cron.service /etc/systemd/system/
	install -m 0644 /io/cron.pam /etc/pam.d/cron
	cp /etc/pam.d/cron /etc/pam.d/crond
	install -m 0644 /dev/null /etc/crontab
	install -m 0644 /dev/null /etc/default/locale
	install -d -m 1730 -g crontab /var/spool/cron/crontabs
	install -d /etc/cron.d
	cat >/usr/sbin/sendmail <<'END'
#!/bin/sh
n=$(mktemp /tmp/letter.XXXXXX)
cat >"$n"
echo "mailer: $(tr -d '\0' </proc/self/attr/current) $(stat -L -c %F /dev/stdin)" >>"$n"
END
	chmod 0755 /usr/sbin/sendmail
	restorecon -RF /usr/sbin/cron /usr/local/libexec/evcron \
	    /usr/bin/crontab /usr/sbin/sendmail /var/spool/cron /home /etc
	systemctl daemon-reload
}

mode() # permissive | enforcing
{
	case $1 in
	enforcing) setenforce 1 ;;
	permissive) setenforce 0 ;;
	esac
}

# user_table NAME: by the user's crontab, as one who is logged in; stdin is it
user_table()
{
	local context=unconfined_u:unconfined_r:unconfined_t:s0

	[ "$1" != carol ] || context=user_u:user_r:user_t:s0
	runuser -u "$1" -- runcon "$context" sh -c "crontab - >/dev/null"
}

system_table()
{
	cat >/etc/cron.d/table
	restorecon -F /etc/cron.d/table
}

# Where tables are, by the personality.
spool()
{
	if [ "$personality" = debian ]; then
		echo /var/spool/cron/crontabs
	else
		echo /var/spool/cron
	fi
}

# begin PERSONALITY: nothing is there yet, nothing is enforced
begin()
{
	personality=$1
	setenforce 0
	systemctl stop cron
	rm -rf /etc/cron.d/* /run/cron*.reboot /tmp/letter.* /run/evcron \
	    /var/spool/cron/crontabs/* /var/spool/cron/{root,alice,carol}
	rm -rf /var/spool/evcron
	echo "EXTRA_OPTS=--personality=$1" >/etc/default/cron
	sleep 1.1 # the journal is asked by seconds
	since=$(date +%s)
}

start()
{
	mode "$1"
	systemctl start cron
	wait_for 60 said 'INFO \((Running @reboot|running with inotify)|No inotify'
	[ "$(ps -o label= -p "$(main_pid)")" = system_u:system_r:crond_t:s0 ]
}

journal()
{
	journalctl -b -q -o cat --since "@$since"
}

said() # REGEX
{
	journal | grep -E -- "$1" >/dev/null
}

letter() # REGEX: LETTER has such a line, and its mailer is done
{
	local f

	for f in $(grep -slE -- "$1" /tmp/letter.*); do
		if grep -q '^mailer: ' "$f"; then
			LETTER=$f
			return
		fi
	done
	return 1
}

# Denials are told to the journal by the kernel a moment later.
nothing_denied()
{
	local all

	logger -t barrier "$1"
	wait_for 20 said "^$1\$"
	all=$(journal | grep '^AVC .*denied' |
	    grep -E 'scontext=[^ ]*:crond_t:|evcron|run/cron' || true)
	echo "$all"
	[ -z "$all" ]
}

end()
{
	nothing_denied "barrier.$RANDOM$RANDOM"
	systemctl stop cron
}

# ---- cases

# Jobs of users and of the system have the contexts that the policy has for them,
# their letters come, and evcron's files are labelled.
contexts() # PERSONALITY MODE
{
	begin "$1"
	echo '@reboot echo by alice; id -Z; exec sleep 0.1' | user_table_in alice
	echo '@reboot echo by carol; id -Z' | user_table_in carol
	echo '@reboot root echo by the system; id -Z' | system_table
	ls -lZ "$(spool)" /etc/cron.d
	start "$2"
	wait_for 60 letter '^by alice$'
	grep '^unconfined_u:unconfined_r:unconfined_t:s0' "$LETTER"
	wait_for 60 letter '^by carol$'
	grep '^user_u:user_r:user_t:s0$' "$LETTER"
	wait_for 60 letter '^by the system$'
	grep '^system_u:system_r:system_cronjob_t:s0' "$LETTER"
	grep '^mailer: system_u:system_r:system_mail_t:s0' "$LETTER"
	say "$(grep -h '_t:s0' /tmp/letter.* | sort -u | tr '\n' ' ')"
	ls -laZ /run/evcron /run/evcron/runs /var/spool/evcron
	[ "$(label /run/evcron/runs)" = evcron_run_t ]
	[ "$(label /run/evcron/runs/minutes)" = evcron_run_t ]
	[ "$(label /var/spool/evcron/outbox)" = evcron_spool_t ]
	end
}

label() # FILE: its type
{
	stat -c %C "$1" | cut -d : -f 3
}

# crontab(1) knows no other spool than its build's: moved as it is.
user_table_in() # NAME
{
	user_table "$1"
	[ "$personality" = debian ] ||
	    mv "/var/spool/cron/crontabs/$1" "/var/spool/cron/$1"
}

debian_permissive() { contexts debian permissive; }
debian_enforcing() { contexts debian enforcing; }
redhat_permissive() { contexts redhat permissive; }
redhat_enforcing() { contexts redhat enforcing; }

# A job's own level, and one that its user may not have.
levels()
{
	begin redhat
	printf '%s\n' '@reboot echo own' MLS_LEVEL=s0:c3 \
	    '@reboot echo of a level; id -Z' | user_table_in alice
	printf '%s\n' '@reboot echo inside' MLS_LEVEL=s0:c9 \
	    '@reboot echo outside' | user_table_in carol
	start enforcing
	wait_for 60 letter '^own$'
	wait_for 60 letter '^of a level$'
	grep '^unconfined_u:unconfined_r:unconfined_t:s0:c3$' "$LETTER"
	wait_for 60 letter '^inside$'
	wait_for 60 said '\(carol\) ERROR \(Unauthorized range in user_u:user_r:user_t:s0:c9 for user range in user_u:user_r:user_t:s0\)'
	not letter '^outside$'
	end
}

# A table that may be no entry point of its user's jobs.
wrong_label()
{
	begin debian
	echo '@reboot echo by alice' | user_table_in alice
	echo '@reboot echo by carol' | user_table_in carol
	chcon -t etc_t /var/spool/cron/crontabs/carol
	start enforcing
	wait_for 60 letter '^by alice$'
	wait_for 60 said 'ENTRYPOINT FAILED \(crontabs/carol\)'
	not letter '^by carol$'
	systemctl stop cron
	rm /run/crond.reboot
	start permissive
	wait_for 60 letter '^by carol$'
	said 'ENTRYPOINT FAILED but SELinux in permissive mode, continuing \(crontabs/carol\)'
	systemctl stop cron
}

# Jobs outlive the daemon there, too.
handover()
{
	local pid

	begin debian
	mkfifo -m 0666 /tmp/gate
	chcon -t user_tmp_t /tmp/gate
	echo '@reboot seq 20000; read x </tmp/gate; seq 20001 40000' |
	    user_table_in alice
	start enforcing
	wait_for 60 said '\(alice\) CMD '
	pid=$(main_pid)
	wait_for 60 eval 'grep -qs "^pid [1-9]" /run/evcron/runs/*.state'
	kill -KILL "$pid"
	wait_for 60 said 'STARTUP \(took over 1 running job'
	kill -USR2 "$(main_pid)"
	wait_for 60 eval '[ "$(journal | grep -c "took over 1 running job")" -eq 2 ]'
	setenforce 0 # for the gate alone
	echo >/tmp/gate
	setenforce 1
	wait_for 60 letter '^40000$'
	rm /tmp/gate
	sed '1,/^$/d; /^\[/,/^$/d; /^mailer: /d' "$LETTER" | cmp - <(seq 40000)
	end
}

# What crontab -s knows of its caller.
crontab_s()
{
	local table=/var/spool/cron/root as

	begin redhat
	echo '0 0 1 1 * true' >/root/table
	as="runcon unconfined_u:unconfined_r:unconfined_t:s0:c5 sh -c"
	$as 'crontab --personality=redhat -s /root/table'
	cat "$table"
	grep '^SELINUX_ROLE_TYPE=unconfined_u:unconfined_r:unconfined_t:s0:c5$' "$table"
	$as 'crontab --personality=redhat /root/table'
	$as 'EDITOR="sed -i s/true/false/" crontab --personality=redhat -es'
	cat "$table"
	grep '^MLS_LEVEL=s0:c5$' "$table"
	grep '^0 0 1 1 \* false$' "$table"
}

heard() # REGEX: it gets into the journal; else what did is shown
{
	wait_for 180 said "$1" && return
	journal | grep -v '^audit: ' | cut -c 1-300 | tail -n 50
	return 1
}

# What the module is for. Without it crond_t is denied its directories: it goes
# on, jobs run, what they write gets to the log, and the log says what is amiss.
without_module()
{
	local pid

	setenforce 0
	if semodule -l | grep '^evcron'; then
		semodule -r evcron
	fi
	begin debian
	echo 'EXTRA_OPTS=--personality=debian --output=both' >/etc/default/cron
	echo '@reboot echo by alice; id -Z; exec sleep 300' | user_table_in alice
	echo '@reboot root echo by the system; id -Z' | system_table
	start enforcing
	pid=$(main_pid)
	heard "HANDOVER \\(can't use /run/evcron, .*\\): Permission denied"
	heard 'MAIL \(can.t use /var/spool/evcron/outbox, .*Permission denied'
	heard 'CMDOUT \(by alice\)'
	heard 'CMDOUT \(unconfined_u:unconfined_r:unconfined_t:s0'
	heard 'CMDOUT \(by the system\)'
	heard 'CMDOUT \(system_u:system_r:system_cronjob_t:s0'
	# A table that comes now counts. crontab may not read this pipe of ours.
	setenforce 0
	echo '* * * * * echo each minute' | user_table_in alice
	setenforce 1
	heard 'CMDOUT \(each minute\)'
	[ "$(main_pid)" = "$pid" ]
	systemctl stop cron
	heard 'HANDOVER \(what still runs is not taken over'
}

# By what the package's scriptlets do; the one that ran without it had no state.
package_brings_module()
{
	setenforce 0
	if semodule -l | grep '^evcron'; then
		semodule -r evcron
	fi
	sed -e 's,@DAEMON@,cron,g' -e 's,@SBINDIR@,/usr/sbin,g' \
	    -e 's,@POLICY@,/root/evcron,g' /io/service.in >/root/service
	begin redhat
	echo '@reboot echo by alice' | user_table_in alice
	mkdir -p /var/lib/rpm-state/evcron /var/spool/evcron
	chmod 0700 /var/spool/evcron
	printf '%s\n' 'enabled enabled' 'active active' \
	    >/var/lib/rpm-state/evcron/before
	sh /root/service settle
	semodule -l | grep '^evcron'
	systemctl stop cron
	[ "$(label /var/spool/evcron)" = evcron_spool_t ]
	rm -f /run/cron*.reboot
	start enforcing
	wait_for 60 letter '^by alice$'
	[ "$(label /run/evcron/runs)" = evcron_run_t ]
	not said HANDOVER
	end
	setenforce 0
	sh /root/service leave
	not eval 'semodule -l | grep "^evcron"'
}

prepare
[ $# -gt 0 ] || set -- debian_permissive debian_enforcing redhat_permissive \
    redhat_enforcing levels wrong_label handover crontab_s without_module \
    package_brings_module
for c; do
	check "$c"
done
echo "selinux: $(totals), Linux $(uname -r)"
[ "$failed" -eq 0 ]
