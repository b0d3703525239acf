#!/bin/bash
# In a container: crond as the first process of a PID namespace, on a root that
# can't be written to, with the capabilities that engines leave, without /dev/log;
# the log and what jobs write on its standard output, and an end that leaves
# nothing running.
. "$(dirname "$0")/lib.sh"
need_root
need setpriv python3 mkfifo
make_tree

# What docker and podman leave of root's: CAP_SYS_PTRACE is not among them.
CAPS=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap
CAPS+=,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap
STDOUT=$TREE/stdout
AS=(setpriv "--bounding-set=$CAPS" --inh-caps=-all --)
KEEP_RUN=

# box [OPTION...]: the container; its first process, seen from here, is BOX
box()
{
	local mounts="set -e
		mount --bind $TREE $TREE
		for d in $OUT $MAIL ${KEEP_RUN:+$TREE/run} $TREE/home; do
			mount --bind \$d \$d
		done
		mount -o remount,bind,ro $TREE
		mount -o remount,bind,ro /
		mount -t tmpfs tmpfs $TREE/dev
		[ -n '$KEEP_RUN' ] || mount -t tmpfs -o mode=755 tmpfs $TREE/run
		! touch $TREE/x 2>/dev/null && ! touch /x 2>/dev/null
		exec \"\$@\""

	: >"$TREE/stderr"
	[ -p "$STDOUT" ] || : >"$STDOUT"
	env "${CROND_ENV[@]}" unshare -m -p -f --mount-proc bash -c "$mounts" \
	    box "${AS[@]}" "$CROND" --root="$TREE" --personality="$PERSONALITY" \
	    "$WITH_COLLECTOR" --log=stdout "$@" </dev/null >"$STDOUT" 2>>"$TREE/stderr" {NAP}<&- &
	CROND_PID=$!
	must_wait 20 has_first
}

has_first()
{
	BOX=$(pgrep -P "$CROND_PID")
}

out_has() # REGEX
{
	grep -aEq -- "$1" "$TREE/stdout"
}

wait_out() # REGEX
{
	wait_for 20 out_has "$1" ||
	    fail "not on standard output: $1 in $(cat "$TREE/stdout" "$TREE/stderr")"
}

box_ended()
{
	local status=0

	wait_for 20 crond_gone || fail "it does not end: $(cat "$TREE/stdout")"
	wait "$CROND_PID" || status=$?
	CROND_PID=
	same "exit status" "$status" 0
}

# Each line is valid; field NAME of those whose EVENT it is.
json() # EVENT NAME
{
	python3 - "$TREE/stdout" "$1" "$2" <<-'END'
	import json, sys
	for line in open(sys.argv[1], encoding="utf-8", errors="strict"):
	    said = json.loads(line)
	    for name in "time", "level", "message":
	        said[name]
	    if said.get("event") == sys.argv[2]:
	        print(said.get(sys.argv[3]))
	END
}

first()
{
	put_system <<-END
	@reboot root echo one; printf 'caf\303\251 \377\001 "q" \\\\ ' >&2; echo " \$PATH"; exec cat $OUT/gate
	END
	mkfifo "$OUT/gate"
	CROND_ENV=(PATH=/opt/of/mine:/usr/bin:/bin)
	box --log-format=json --output=log -P
	CROND_ENV=()
	# While it runs, not when it is over.
	wait_out '"message":"caf'
	same user "$(json CMDOUT user | sort -u)" root
	same job "$(json CMDOUT job | sort -u)" "$TREE/etc/crontab:1"
	same output "$(json CMDOUT message | cat -v)" \
	    "one"$'\n'"cafM-CM-) \\xff^A \"q\" \\  /opt/of/mine:/usr/bin:/bin"
	[ ! -e "$TREE/var/spool/evcron" ] || fail "it wrote letters"
	! grep -q "can't use" "$TREE/stdout" || fail "it wants an outbox"
	open_gate "$OUT/gate" bye
	wait_out '"message":"bye"'
	kill "$BOX"
	box_ended
	same "a zombie's name" "$(json CMDOUT message | tail -n 1)" bye
	same stderr "$(cat "$TREE/stderr")" ''
	rm "$OUT/gate"
}

# All that the environment has reaches jobs by -P; what the table says wins.
environment()
{
	printf '%s\n' 'MINE=table' \
	    "@reboot root echo \$THEIRS-\$MINE-\$HOME-\$SHELL" | put_system
	CROND_ENV=(THEIRS=engine MINE=engine HOME=/nowhere SHELL=/bin/false)
	box --output=log -P
	wait_out 'CMDOUT \(engine-table-/root-/bin/sh\)'
	kill "$BOX"
	box_ended
	box --output=log
	CROND_ENV=()
	wait_out 'CMDOUT \(-table-/root-/bin/sh\)'
	kill "$BOX"
	box_ended
}

no_zombies()
{
	! ps -o stat= --ppid "$BOX" | grep Z >/dev/null
}

# Those of jobs too, whose parents are gone.
reaps()
{
	put_system <<-END
	@reboot root for i in 1 2 3 4 5; do (sleep .1; : >$OUT/\$i) & done
	@reboot root sleep 300
	END
	box --output=log
	for i in 1 2 3 4 5; do
		wait_job "$i"
	done
	must_wait 20 no_zombies
	kill "$BOX"
	wait_out 'STOP \(no more jobs are started; 1 run and have 30 s to end\)'
	kill "$BOX"
	box_ended
}

# Jobs end by themselves, and no other begins: a minute is a second here.
grace()
{
	mkfifo "$OUT/gate"
	put_system <<-END
	@reboot root cat $OUT/gate
	* * * * * root :
	END
	fake_clock '2024-05-05 00:00:00' 60
	box --output=both --grace=5h -m "cat"
	CROND_ENV=()
	wait_out ' CMD \(:\)'
	kill "$BOX"
	wait_out 'STOP \(no more'
	wait_for 2 false || : # two more would have been due
	open_gate "$OUT/gate" bye
	box_ended
	wait_out 'CMDOUT \(bye\)'
	sed -n '/STOP/,$p' "$TREE/stdout" | grep ' CMD ' >/dev/null &&
	    fail "a job was started"
	rm "$OUT/gate"
}

# What does not end is ended, wherever it has hidden itself.
killed()
{
	put_system <<-END
	@reboot root trap 'echo had TERM; exit 3' TERM; : >$OUT/soft; while :; do sleep .05; done
	@reboot root setsid sh -c 'trap ": >$OUT/told" TERM; : >$OUT/hard; while :; do sleep .05; done' &
	END
	box --output=log --grace=0
	wait_job soft
	wait_job hard
	kill "$BOX"
	wait_out 'STOP \(SIGTERM to what is left: . jobs and what they left'
	wait_out 'CMDOUT \(had TERM\)'
	wait_job told
	kill "$BOX"
	box_ended
	wait_out 'STOP \(SIGKILL '
}

# --grace elsewhere than in a container: jobs' own groups, nobody stays behind.
not_first()
{
	put_system <<-END
	@reboot root trap 'exit 3' TERM; sleep 300 & echo \$! >$OUT/new; mv $OUT/new $OUT/pid; while :; do sleep .05; done
	END
	start_crond --grace=0
	wait_job pid
	stop_crond
	! pgrep -f -- "--drain --root=$TREE|--root=$TREE .*--drain" >/dev/null ||
	    fail "somebody stayed behind"
	must_wait 20 eval "! kill -0 $(cat "$OUT/pid") 2>/dev/null"
	wait_log 'STOP \(SIGTERM to what is left: 1 jobs\)'
}

# An ordinary user, whose standard output is a pipe of root's that he can't open.
# Nobody reads it for a while: nothing is lost.
user()
{
	local table=$TREE/home/alice/table lines=8000 read= SEEN=

	printf '%s\n' "@reboot seq $lines | sed 's/.*/line & of many more/'" >"$table"
	chown alice: "$table"
	mkdir -p "$TREE/home/alice/run"
	chown alice: "$TREE/home/alice/run"
	: >"$TREE/stdout"
	mkfifo -m 0600 "$TREE/pipe"
	STDOUT=$TREE/pipe
	CROND_ENV=("HOME=$TREE/home/alice"
	    "XDG_RUNTIME_DIR=$TREE/home/alice/run")
	(
		exec 3<"$TREE/pipe"
		until [ -e "$OUT/read" ]; do nap .05; done
		exec cat <&3 >"$TREE/stdout"
	) &
	read=$!
	AS=(setpriv --reuid=70001 --regid=70001 --clear-groups --)
	box_of_user --output=log "$table"
	AS=(setpriv "--bounding-set=$CAPS" --inh-caps=-all --)
	CROND_ENV=()
	STDOUT=$TREE/stdout
	must_wait 20 reads_no_more
	: >"$OUT/read"
	wait_out "CMDOUT \(line $lines of many more\)"
	same lines "$(grep -ac CMDOUT "$TREE/stdout")" "$lines"
	same order "$(sed -n 's/.*CMDOUT (line \([0-9]*\) .*/\1/p' \
	    "$TREE/stdout" | sort -n -c 2>&1)" ''
	! out_has 'were lost' || fail "lines were lost"
	out_has " $table:1: \(alice\) CMDOUT " || fail "no name of the job"
	kill "$BOX"
	box_ended
	wait_end "$read"
	rm -f "$TREE/pipe"
}

# It has read what its own output takes, and the job waits.
reads_no_more()
{
	local before=$SEEN

	SEEN=$(sed -n 's/^rchar: //p' "/proc/$BOX/io")
	nap .3
	[ "$SEEN" = "$before" ] && pgrep -x sed >/dev/null
}

box_of_user() # without --root: that would be as root
{
	local crond=$CROND

	CROND=$TREE/home/crond
	printf '#!/bin/sh\nshift\nexec %s "$@"\n' "$crond" >"$CROND"
	chmod 0755 "$CROND"
	box "$@"
	CROND=$crond
}

# The start of the first process is the boot, also where /run outlives it.
boots()
{
	printf '%s\n' "@reboot root echo up" | put_system
	KEEP_RUN=1
	for _ in 1 2; do
		box --output=log
		wait_out 'CMDOUT \(up\)'
		# The program in place: no other boot, and the log goes on.
		kill -USR2 "$BOX"
		wait_out "@reboot jobs will be run at computer's startup"
		same starts "$(grep -c CMDOUT "$TREE/stdout")" 1
		kill "$BOX"
		box_ended
	done
	KEEP_RUN=
}

each_personality first
PERSONALITIES=redhat each_personality environment reaps grace killed \
    not_first user boots
