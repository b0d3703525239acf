#!/bin/bash
# What kernel-guest.sh runs beside the end-to-end tests: Debian's unit, under a
# systemd that has control groups of version 2 alone. The kernel kills for want of
# memory, first a job, then crond: all others go on, and nothing is lost.
. /io/guest-lib.sh
group=/sys/fs/cgroup/system.slice/cron.service
mail=/var/tmp/oom-mail out=/var/tmp/oom-out

put_programs()
{
	install -m 0755 /dev/stdin /usr/sbin/sendmail <<-END
	#!/bin/sh
	n=\$(mktemp $mail/new.XXXXXX) && cat >"\$n" && mv "\$n" "\$n.eml"
	END
	# Writes until there is a gate, then ends with 7.
	install -m 0755 /dev/stdin /usr/local/bin/writer <<-END
	#!/bin/sh
	trap 'echo PIPE >$out/pipe' PIPE
	echo \$\$ >$out/begun
	i=0
	until [ -e $out/gate ]; do
		i=\$((i + 1))
		echo "line \$i of it, and some more to make it long" || break
		[ \$((i % 20)) -ne 0 ] || sleep .05
	done
	echo \$i >$out/count.new
	mv $out/count.new $out/count
	exit 7
	END
}

goes_on()
{
	kill -0 "$(cat $out/begun)"
	[ ! -e $out/count ] && [ ! -e $out/pipe ]
}

begins()
{
	useradd -m bob
	install -d -m 1777 $mail $out
	put_programs
	install -m 0755 /io/crond /usr/sbin/cron
	install -m 0644 /io/cron.service /etc/systemd/system/cron.service
	echo 'EXTRA_OPTS=--personality=debian' >/etc/default/cron
	echo '@reboot bob /usr/local/bin/writer' >/etc/cron.d/writer
	systemctl daemon-reload
	systemctl start cron
	wait_for 60 test -s $out/begun
	wait_for 60 in_log '(bob) CMD'
	systemctl set-property --runtime cron.service MemoryMax=48M
	in_file '^50331648$' $group/memory.max
	in_file "^$(cat $out/begun)\$" $group/cgroup.procs
}

kills()
{
	sed -n 's/^oom_kill //p' $group/memory.events
}

more_kills() # THAN
{
	[ "$(kills)" -gt "$1" ]
}

job_is_killed()
{
	local pid before

	pid=$(main_pid)
	before=$(kills)
	echo '* * * * * root exec tail /dev/zero' >/etc/cron.d/hog
	wait_for 130 more_kills "$before"
	rm /etc/cron.d/hog
	wait_for 30 in_log 'tail /dev/zero'
	wait_for 30 in_log 'terminated by signal 9'
	# Time for systemd to do what it does about that.
	wait_for 30 told_of_kill
	[ "$(systemctl is-active cron)" = active ]
	[ "$(main_pid)" = "$pid" ]
	runs_installed
	goes_on
}

told_of_kill()
{
	[[ $(journalctl -b -q -o cat -u cron) == *'killed by the OOM killer'* ]]
}

another_than() # PID
{
	[ "$(main_pid)" != "$1" ] && runs_installed
}

# It is the worst in the kernel's eyes, and one that takes all there is comes to it.
crond_is_killed()
{
	local pid before hog

	pid=$(main_pid)
	before=$(kills)
	echo 1000 >"/proc/$pid/oom_score_adj"
	sh -c 'echo $$ >"$1" && exec tail /dev/zero' sh $group/cgroup.procs &
	hog=$!
	wait_for 60 another_than "$pid"
	more_kills "$before"
	kill -KILL "$hog" || true
	wait "$hog" || true
	wait_for 30 in_log 'took over 1 running job'
	goes_on
}

# Its only letter has all that it wrote, and no more.
letter_is_whole()
{
	grep -l '^Subject: Cron <bob@.*> /usr/local/bin/writer' \
	    $mail/*.eml >$out/found || return 1
	[ "$(wc -l <$out/found)" -eq 1 ]
	sed -e '1,/^$/d' "$(cat $out/found)" |
	    sed -e '/^\[How the job ended is not known/,/^$/d' >$out/body
	seq -f 'line %.0f of it, and some more to make it long' 1 \
	    "$(cat $out/count)" | cmp - $out/body
}

nothing_is_lost()
{
	: >$out/gate
	wait_for 60 test -s $out/count
	wait_for 60 letter_is_whole
	say "$(cat $out/count) lines"
	[ ! -e $out/pipe ]
	# @reboot has not run again.
	[ "$(journalctl -b -q -o cat SYSLOG_IDENTIFIER=CRON |
	    grep -c '(bob) CMD')" -eq 1 ]
	wait_for 30 not compgen -G '/run/evcron/runs/*-*'
	systemctl stop cron
}

[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] ||
    { echo "skip: no control groups of version 2"; exit 77; }
for c in begins unit_is_as_designed job_is_killed crond_is_killed \
    nothing_is_lost; do
	check "$c"
done
totals
