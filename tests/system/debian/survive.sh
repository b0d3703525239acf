# shellcheck shell=bash disable=SC2154 # keep: debian-guest.sh's
# Cases of debian-guest.sh: whatever becomes of the daemon, jobs that write all
# the while go on, every byte of them is mailed once, and no minute is lost.
#
# All writers start in one minute; with each thing that happens to the daemon,
# one is told to end, and its mail is compared. So the last has seen it all.

writers='usr2 upgrade restart term init kill abort oom stop'

put_writer()
{
	cat >/usr/local/bin/writer <<-'END'
	#!/bin/bash
	# writes until there is a gate, then ends with 7
	name=$1
	cd ~/writers || exit 1
	echo "$$ $PPID" >>"$name.starts"
	trap 'echo PIPE >"$name.pipe"' PIPE
	exec {nap}<> <(:)
	i=0
	until [ -e "$name.gate" ]; do
		i=$((i + 1))
		echo "line $i of $name, and some more to make it long" || break
		[ $((i % 20)) -ne 0 ] || read -r -t .03 -u "$nap" || :
	done
	echo "$i" >"$name.new"
	mv "$name.new" "$name.count"
	exit 7
	END
	chmod 0755 /usr/local/bin/writer
}

# Not just before a minute, or what is begun might come too late for it.
within_a_minute()
{
	local second

	second=$(date +%-S)
	[ "$second" -ge 5 ] && [ "$second" -le 45 ]
}

in_last_second() # of a minute
{
	[ "$(date +%S)" = 59 ]
}

all_have_begun()
{
	[ "$(find ~bob/writers -name '*.starts' | wc -l)" -eq \
	    "$(echo "$writers" | wc -w)" ]
}

# With the first byte there is a letter.
all_have_written()
{
	[ "$(find /var/spool/evcron/outbox -type f | wc -l)" -ge \
	    "$(echo "$writers" | wc -w)" ]
}

begun_minutes()
{
	echo $(($(date +%s) / 60))
}

count_minutes()
{
	echo "$(begun_minutes) $(wc -l <~alice/minutes)"
}

writers_begin()
{
	local name

	put_writer
	rm -rf ~bob/writers /var/mail/bob
	install -d -o bob -m 0755 ~bob/writers
	wait_for 60 within_a_minute
	count_minutes >$keep/minutes
	for name in $writers; do
		echo "$(date -d '+1 minute' +'%-M %-H') * * * bob writer $name"
	done >$keep/writers
	sed -i '1i PATH=/usr/local/bin:/usr/bin:/bin' $keep/writers
	cp $keep/writers /etc/cron.d/writers
	wait_for 75 all_have_begun
	wait_for 10 all_have_written
}

took_over_since() # COUNT
{
	[ "$(log_counts 'took over')" -gt "$1" ] && runs_installed
}

goes_on() # NAME
{
	kill -0 "$(cut -d ' ' -f 1 ~bob/writers/"$1".starts)"
	[ ! -e ~bob/writers/"$1".count ]
}

# happens COMMAND...: and the next one has them all
happens()
{
	local before name

	before=$(log_counts 'took over')
	"$@"
	wait_for 30 took_over_since "$before"
	for name in $writers; do
		[ -e ~bob/writers/"$name".gate ] || goes_on "$name"
	done
	[ -z "$(find ~bob/writers -name '*.pipe')" ]
}

# Its only letter, in $keep/letter, has all that it wrote and no more. (Postfix may
# not have come to its end yet.)
letter_is_whole() # NAME
{
	rm -rf $keep/letters
	mkdir $keep/letters
	awk -v dir=$keep/letters '/^From / { n++ } { print >(dir "/" n) }' \
	    /var/mail/bob
	grep -lx "Subject: Cron <bob@debian> writer $1 (failed)" \
	    $keep/letters/* >$keep/found
	[ "$(wc -l <$keep/found)" -eq 1 ] || return 1
	cp "$(cat $keep/found)" $keep/letter
	sed -e '1,/^$/d' -e '/^$/d' -e '/^\[How the job ended is not known/d' \
	    $keep/letter >$keep/body
	seq -f "line %.0f of $1, and some more to make it long" 1 \
	    "$(cat ~bob/writers/"$1".count)" | cmp - $keep/body
}

# writer_ends NAME [KNOWN]: KNOWN, its status must be
writer_ends()
{
	local name=$1 pids

	: >~bob/writers/"$name".gate
	wait_for 30 test -s ~bob/writers/"$name".count
	wait_for 60 letter_is_whole "$name"
	# Started once. Where the shell has not become it, it was the shell's.
	[ "$(wc -l <~bob/writers/"$name".starts)" -eq 1 ]
	pids=$(tr ' ' '|' <~bob/writers/"$name".starts)
	if [ "${2:-}" ]; then
		in_file '^X-Cron-Status: exit status 7$' $keep/letter
	else
		in_file '^X-Cron-Status: \(exit status 7\|unknown\)$' \
		    $keep/letter
	fi
	journalctl -b -q -o cat SYSLOG_IDENTIFIER=CRON | grep -E -e \
	    "grandchild #($pids) (failed with exit|ended with unknown) status"
}

another_than() # PID
{
	[ "$(main_pid)" != "$1" ] && runs_installed
}

over_usr2()
{
	local pid

	pid=$(main_pid)
	happens kill -USR2 "$pid"
	[ "$(main_pid)" = "$pid" ]
	writer_ends usr2 known
}

over_a_package_upgrade()
{
	local pid

	pid=$(main_pid)
	repack 0.1.0+1b
	happens apt install $keep/evcron_0.1.0+1b.deb
	old_is_replaced 0.1.0+1b
	[ "$(main_pid)" = "$pid" ]
	writer_ends upgrade known
}

over_a_restart()
{
	happens systemctl restart cron
	writer_ends restart
}

# TERM, and a start by whoever sees to it.
over_term()
{
	local pid

	pid=$(main_pid)
	happens kill -TERM "$pid"
	# What stays behind has taken over too, and perhaps sooner.
	wait_for 30 another_than "$pid"
	writer_ends term
}

# Without a manager.
over_the_init_script()
{
	export SYSTEMCTL_SKIP_REDIRECT=1 _SYSTEMCTL_SKIP_REDIRECT=1
	as_init() { [ "/proc/$(cat /run/crond.pid)/exe" -ef /usr/sbin/cron ]; }
	systemctl stop cron
	/etc/init.d/cron start
	wait_for 10 as_init
	/etc/init.d/cron restart
	wait_for 10 as_init
	/etc/init.d/cron stop
	happens systemctl start cron
	writer_ends init
}

# With a minute that begins while there is none.
over_kill()
{
	wait_for 70 in_last_second
	happens kill -KILL "$(main_pid)"
	writer_ends kill
}

over_abort()
{
	happens kill -ABRT "$(main_pid)"
	writer_ends abort
}

# Is there a cgroup, of whichever version, whose memory can be bounded?
bounds_memory()
{
	! grep -qw memory /sys/fs/cgroup/cgroup.subtree_control || return 0
	mkdir -p /run/test-memory
	mountpoint -q /run/test-memory ||
	    mount -t cgroup -o memory cgroup /run/test-memory
}

make_bound()
{
	if [ -d /run/test-memory ]; then
		bound=/run/test-memory/test-oom
		limit=memory.limit_in_bytes kills=memory.oom_control
	else
		bound=/sys/fs/cgroup/test-oom
		limit=memory.max kills=memory.events
	fi
	mkdir "$bound"
	echo 16M >"$bound/$limit"
}

# The kernel's own killer: of the daemon and one that eats up the memory it finds
# the daemon the worse.
run_out_of_memory()
{
	local pid hog

	pid=$(main_pid)
	make_bound
	echo 1000 >"/proc/$pid/oom_score_adj"
	echo "$pid" >"$bound/cgroup.procs"
	# Should the bound not hold, it ends at 200 MB.
	sh -c 'echo $$ >"$1" && ulimit -v 200000 && exec tail /dev/zero' \
	    sh "$bound/cgroup.procs" &
	hog=$!
	wait_for 30 another_than "$pid"
	in_file '^oom_kill [1-9]' "$bound/$kills"
	kill -KILL "$hog" || true
	wait "$hog" || true
	wait_for 10 rmdir "$bound"
}

over_out_of_memory()
{
	happens run_out_of_memory
	writer_ends oom
}

# Nothing after it: the one that stays behind does it all, and goes. The minute
# that begins meanwhile is made up.
over_a_stop()
{
	local left before

	wait_for 70 in_last_second
	before=$(begun_minutes)
	trap 'systemctl start cron' EXIT
	systemctl stop cron
	left=$(cat /run/evcron/runs.lock)
	tr '\0' ' ' <"/proc/$left/cmdline" | grep -e --drain
	goes_on stop
	writer_ends stop
	wait_for 60 test ! -e "/proc/$left"
	[ "$(systemctl is-active cron || true)" = inactive ]
	another_minute() { [ "$(begun_minutes)" -gt "$before" ]; }
	wait_for 70 another_minute
	systemctl start cron
	wait_for 10 runs_installed
}

# Each minute of the whole time has run once, @reboot not at all.
no_minute_is_lost_or_doubled()
{
	local from to had has

	wait_for 60 within_a_minute
	read -r from had <$keep/minutes
	read -r to has < <(count_minutes)
	say "$((to - from)) minutes"
	[ $((has - had)) -eq $((to - from)) ]
	[ ! -e ~alice/reboots ]
	rm /etc/cron.d/writers
}
