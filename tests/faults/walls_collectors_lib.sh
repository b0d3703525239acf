# shellcheck shell=bash
# Attacks on collectors, by root's hand and by the machine's, and all attacks of
# walls.sh by fifty users at once.

collectors_of() # UID: their pids
{
	pgrep -f "^[^ ]*evcron-collect .*--uid=$1( |$)" || true
}

# What starts while nothing answers is as good as given to who does not: found out
# then, and what starts in the next minute goes to a new one.
by_the_next()
{
	bobs_table
	minute 1b
	alices_mail alice1b 20
}

# with_collector VERB: alice's job keeps it there, and she writes each minute
with_collector()
{
	collector_program >/dev/null || NOT_RUN='this daemon has no collectors'
	attacker alice "@reboot ATTACK $1" \
	    '* * * * * echo letter of alice $(date +\%s)'
}

# to_collector COMMAND...: with the pids of alice's at its end
to_collector()
{
	local pids

	pids=$(collectors_of 70001)
	[ -n "$pids" ] || column collector none bad
	# shellcheck disable=SC2086
	[ -z "$pids" ] || "$@" $pids || column collector "not: $*" bad
}

by_coll_kill()
{
	with_collector wait
}

by_coll_kill_begun()
{
	to_collector kill -KILL
}

by_coll_kill_minute()
{
	alices_mail alice1 10
}

# One of its threads is in D: it can't end, and keeps what it has.
by_coll_kill_stuck()
{
	with_collector splice-socket
}

by_coll_kill_stuck_begun()
{
	to_collector kill -KILL
}

by_coll_kill_stuck_minute()
{
	alices_mail alice1 10
}

by_coll_stop()
{
	with_collector wait
}

by_coll_stop_begun()
{
	to_collector kill -STOP
}

by_coll_stop_minute()
{
	by_the_next
}

freeze() # PID...
{
	local p

	mkdir "$FROZEN" || return
	for p; do
		echo "$p" >"$FROZEN/cgroup.procs" || return
	done
	echo 1 >"$FROZEN/cgroup.freeze"
}

by_coll_freeze()
{
	local d

	with_collector wait
	for d in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ -e "$d/cgroup.procs" ] && break
	done
	FROZEN=$d/evcron-test.${TREE##*.}
	[ -e "$d/cgroup.procs" ] || NOT_RUN='no cgroup2 here'
}

by_coll_freeze_begun()
{
	to_collector freeze
}

by_coll_freeze_minute()
{
	by_the_next
}

by_coll_freeze_after()
{
	attack_ends # a frozen one dies of SIGKILL, too
	must_wait 10 rmdir "$FROZEN"
	HOLDERS=0
}

# The program becomes a newer one: the older ones end their runs, what starts goes
# to new ones.
by_coll_old()
{
	local real

	with_collector wait
	real=$(collector_program) || return 0
	put "$TREE/bin/collect" 0755 <<-END
	#!/bin/sh
	[ -e $OUT/newer ] || export LD_PRELOAD=$(preload old_collector)
	exec $real "\$@"
	END
	OPTIONS=("--collector=$TREE/bin/collect")
	{
		cat "$SPOOL/alice"
		echo "@reboot while [ ! -e $OUT/newer ]; do sleep .1; done;" \
		    "sleep 2; echo from an old one"
	} >"$TREE/tmp/alice"
	put_user alice <"$TREE/tmp/alice"
}

by_coll_old_begun()
{
	: >"$OUT/newer"
	upgrade
	if wait_for 15 have_mail '^from an old one'; then
		column old-ends yes
	else
		column old-ends no bad
	fi
}

by_coll_old_minute()
{
	alices_mail alice1 10
}

# More words than its socket takes: more starts than it says that it has.
by_coll_queue()
{
	with_collector wait
	{ cat "$SPOOL/alice"; lines 300 '* * * * * echo'; } >"$TREE/tmp/alice"
	put_user alice <"$TREE/tmp/alice"
}

by_coll_queue_begun()
{
	to_collector kill -STOP
}

by_coll_queue_minute()
{
	by_the_next
}

by_coll_fds()
{
	with_collector wait
	{ cat "$SPOOL/alice"; lines 60 '* * * * * sleep 5; echo'; } \
	    >"$TREE/tmp/alice"
	put_user alice <"$TREE/tmp/alice"
}

few_descriptors() # PID...
{
	local p

	for p; do
		prlimit --pid "$p" --nofile=24:24 || return
	done
}

by_coll_fds_begun()
{
	to_collector few_descriptors
}

by_coll_fds_minute()
{
	alices_mail alice1 10
}

# ---- all of it

# Users and what each of them does; every one has a job that runs and writes each
# minute besides. Their mailers are bad ones, too, each third a good one.
crowd()
{
	local verbs='splice-socket splice-silent splice-file sendfile-socket
		sendfile-file write-memory read-memory tee reopen stdin list mmap
		rights lease late wait stop-all trace seize splice-silent flip'
	local i=0 name verb arguments
	local -a all

	read -r -d '' -a all <<<"$verbs" || :
	for ((i = 0; i < 50; i++)); do
		name=w$i verb=${all[i % ${#all[@]}]} arguments=
		add_user "$name" $((71000 + i)) "$TREE/home/$name"
		case $verb in
		list)	arguments="$TREE/run/evcron $TREE/run/evcron/runs \
		    $SPOOL $TREE/var/spool/evcron" ;;
		rights)	arguments="$TREE/run/evcron/control" ;;
		lease | flip)	arguments=$TREE/home/$name/table
			: >"$arguments"
			chown "$name:" "$arguments"
			ln -s "$arguments" "$TREE/etc/cron.d/$name" ;;
		late)	arguments=131072 ;;
		stdin)	arguments='%data' ;;
		esac
		attacker "$name" "@reboot ATTACK $verb $arguments" \
		    "*/3 * * * * ATTACK $verb $arguments" \
		    '* * * * * yes | head -c 100000' '* * * * * echo'
	done
	put "$TREE/usr/sbin/sendmail" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin; export PATH
	FUSE_DEVICE=$FUSE_DEVICE; export FUSE_DEVICE
	TMPDIR=$TMPDIR; export TMPDIR
	uid=\$(id -u)
	if [ "\$uid" -ge 71000 ]; then
		case \$((uid % 4)) in
		0)	exec $ATTACK read-file $NOTE ;;
		1)	exec $ATTACK stop $NOTE ;;
		2)	exit 75 ;;
		3)	cat >/dev/null; exit 0 ;;
		esac
	fi
	exec $TREE/usr/sbin/real-sendmail "\$@"
	END
}

# Each minute something else is done to the daemon, and to collectors.
crowded_minute() # N
{
	local victims

	minute "$1"
	victims=$(pgrep -f '^[^ ]*evcron-collect ' | shuf -n 3 || true)
	case $(($1 % 4)) in
	0)	[ -n "$INCUMBENT" ] || upgrade
		# shellcheck disable=SC2086
		[ -z "$victims" ] || kill -KILL $victims || : ;;
	1)	end TERM TERM
		start start ;;
	2)	end KILL KILL
		start start
		# shellcheck disable=SC2086
		[ -z "$victims" ] || kill -STOP $victims || : ;;
	3)	rm -rf "$TREE/run/evcron/runs" ;;
	esac
	bobs_table
}

everything()
{
	local i

	CASE=everything
	mailer_of 0 :
	crowd
	bobs_table
	roots_table
	"$FLOOR" "$TREE/floor" "$ATTACK stamp $OUT/floor" {NAP}<&- &
	disown
	minute_in 50
	[ -n "$INCUMBENT" ] || OPTIONS=(--letter-max=64K --outbox-max=64M)
	start start
	bobs_table
	for ((i = 1; i * 60 <= LONG_SECS; i++)); do
		ROW=("after $i")
		crowded_minute "$i"
		show
	done
	attack_lasts
	attack_ends
}
