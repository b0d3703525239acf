#!/bin/bash
# The end of PAM sessions: each that was opened is closed once, with what its
# modules need of it, however the job ended and whatever other modules do.
. "$(dirname "$0")/lib.sh"
need_root
PROBE=$abs_top_builddir/tests/lib/pam_probe.so
[ -e "$PROBE" ] || skip "built without PAM"
make_tree
tree_mounts

service()
{
	if is debian; then echo cron; else echo crond; fi
}

stack()
{
	sed "s,PROBE,$PROBE," | pam_stack "$(service)"
}

recorded() # PHASE USER
{
	if [ -e "$OUT/record" ]; then
		grep -c "^$1 $2 " "$OUT/record" || true
	else
		echo 0
	fi
}

has_recorded() # PHASE USER COUNT
{
	[ "$(recorded "$1" "$2")" -eq "$3" ]
}

recording()
{
	stack <<-END
	session required PROBE on=open putenv=NAME=value
	session required PROBE record=$OUT/record
	END
}

# However a job ends.
killed()
{
	recording
	put_system <<-END
	@reboot alice sh -c 'kill -KILL \$\$'; kill -KILL \$\$
	@reboot bob exit 3
	END
	start_crond
	must_wait 20 has_recorded close alice 1
	must_wait 20 has_recorded close bob 1
	same opened "$(recorded open alice) $(recorded open bob)" "1 1"
	same "with its variables" "$(grep -c '^close.* NAME=value' "$OUT/record")" 2
}

# The session was open, then a step failed: RHEL wants HOME to be there.
failed_start()
{
	recording
	put_system <<-END
	HOME=/nonexistent
	@reboot alice touch $OUT/alice
	END
	start_crond
	must_wait 20 has_recorded close alice 1
	if is debian; then
		wait_job alice
	else
		wait_log 'ERROR chdir failed \(/nonexistent\)'
		no_log '\(alice\) CMD'
	fi
}

# Sessions that end together share a helper.
many()
{
	local i helpers

	recording
	for i in $(seq 60); do
		echo "@reboot alice until [ -e $OUT/go ]; do sleep .1; done # $i"
	done | put_system
	start_crond
	must_wait 60 has_recorded open alice 60
	touch "$OUT/go"
	must_wait 60 has_recorded close alice 60
	helpers=$(awk '/^close/ { print $5 }' "$OUT/record" | sort -u | wc -l)
	echo "60 sessions were closed by $helpers helpers"
	[ "$helpers" -le 40 ] || fail "$helpers helpers"
	stop_crond
	same closed "$(recorded close alice)" 60
}

# A crash costs the session it was at, and no other.
crash_at_close()
{
	stack <<-END
	session required PROBE record=$OUT/record
	session required PROBE on=close user=bob crash
	END
	{
		for _ in 1 2 3 4; do
			echo "@reboot alice until [ -e $OUT/go ]; do sleep .1; done"
			echo "@reboot bob until [ -e $OUT/go ]; do sleep .1; done"
		done
	} | put_system
	start_crond
	must_wait 30 has_recorded open alice 4
	must_wait 30 has_recorded open bob 4
	touch "$OUT/go"
	must_wait 30 has_recorded close alice 4
	must_wait 30 has_recorded close bob 4
	wait_log '\(bob\) PAM ERROR \(closing the session of job [0-9]+: a module crashed, signal 11\)'
	kill -0 "$CROND_PID" || fail "the daemon is gone"
}

# What it says of the end is in the log.
refusal_at_close()
{
	stack <<-END
	session required PROBE on=close fail
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	END
	start_crond
	wait_log '\(alice\) PAM ERROR \(closing the session of job [0-9]+: Permission denied\)'
}

# One that hangs does not keep the others waiting.
hang_at_close()
{
	stack <<-END
	session required PROBE record=$OUT/record
	session required PROBE on=close user=bob sleep=20 record=$OUT/record
	END
	put_system <<-END
	@reboot bob true
	@reboot alice until grep -q '^close bob' $OUT/record; do sleep .1; done
	END
	start_crond
	must_wait 15 has_recorded close alice 1
	same "bob's" "$(recorded close bob)" 1
}

# What waits when the daemon ends is closed all the same.
daemon_ends()
{
	recording
	put_system <<-END
	@reboot alice touch $OUT/alice
	END
	start_crond
	wait_job alice
	wait_log 'CMD \(touch'
	must_wait 10 job_is_gone
	stop_crond
	must_wait 10 has_recorded close alice 1
}

job_is_gone()
{
	local pid

	pid=$(awk '/^open/ { print $5 }' "$OUT/record")
	[ ! -e "/proc/$pid" ]
}

# holds PID: has it the keeper open? find fails where another one is closed while it
# looks: what it has found is what counts.
holds()
{
	[ -n "$(find "/proc/$1/fd" -lname "$KEEPER" 2>/dev/null)" ]
}

does_not_hold()
{
	! holds "$1"
}

# As pam_systemd does it: the descriptor that keeps the session is the daemon's
# until it is closed, and no job's.
keeper()
{
	local pid

	KEEPER=/run/systemd/sessions/17.ref
	mkdir -p "${KEEPER%/*}"
	mkfifo "$KEEPER"
	stack <<-END
	session required PROBE on=open user=alice keep=$KEEPER
	session required PROBE on=open putenv=XDG_SESSION_ID=17
	session required PROBE record=$OUT/record
	END
	put_system <<-END
	@reboot alice echo \$\$ >$OUT/pid; mv $OUT/pid $OUT/alice; until [ -e $OUT/go ]; do sleep .1; done
	@reboot bob ls -l /proc/self/fd >$OUT/fds; mv $OUT/fds $OUT/bob
	END
	start_crond
	wait_job alice
	wait_job bob
	must_wait 10 holds "$CROND_PID"
	pid=$(cat "$OUT/alice")
	! holds "$pid" || fail "the job has it"
	! grep -q "$KEEPER" "$OUT/bob" || fail "another job has it"
	touch "$OUT/go"
	must_wait 20 has_recorded close alice 1
	must_wait 10 does_not_hold "$CROND_PID"
	# Closed by being let go of, not by being released.
	must_wait 20 has_recorded close bob 1
	same "told of it" "$(grep 'XDG_SESSION_ID=17' "$OUT/record" |
	    cut -d ' ' -f 1-2 | sort | tr '\n' ',')" "close bob,open alice,open bob,"
}

# The next crond has the job and its session.
start_again()
{
	local before

	before=$(log_count 'took over 1 running job')
	# shellcheck disable=SC2046
	launch "$CROND" $(crond_arguments)
	took_over "$before"
}

took_over() # BEFORE: it has been said that often
{
	must_wait 20 eval '[ "$(log_count "took over 1 running job")" -gt '"$1"' ]'
}

upgrade()
{
	local before

	before=$(log_count 'took over 1 running job')
	kill -USR2 "$CROND_PID"
	took_over "$before"
}

begin_waiting()
{
	put_system <<-END
	@reboot alice touch $OUT/alice; until [ -e $OUT/go ]; do sleep .1; done
	END
	start_crond
	wait_job alice
	must_wait 20 in_a_state '^session 1'
}

closed_once()
{
	touch "$OUT/go"
	must_wait 20 has_recorded close alice 1
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	[ -z "${CROND_PID:-}" ] || stop_crond
	same "opened and closed" "$(recorded open alice) $(recorded close alice)" "1 1"
	same "with its variable" "$(grep -c '^close.* NAME=value' "$OUT/record")" 1
}

over_crash()
{
	recording
	begin_waiting
	kill_crond
	start_again
	kill_crond
	start_again
	closed_once
}

over_restart()
{
	recording
	begin_waiting
	stop_crond
	start_again
	closed_once
}

over_upgrade()
{
	recording
	begin_waiting
	upgrade
	upgrade
	closed_once
}

# The process that stays behind does it alone.
over_stop()
{
	recording
	begin_waiting
	stop_crond
	closed_once
}

# An upgrade waits until a job is through PAM: only we would hear of it.
upgrade_while_opening()
{
	begin_opening
	upgrade
	wait_job alice
	closed_once
}

# And a stop, though it starts nothing more.
stop_while_opening()
{
	begin_opening
	stop_crond
	wait_job alice
	closed_once
}

begin_opening()
{
	stack <<-END
	session required PROBE on=open putenv=NAME=value sleep=2
	session required PROBE record=$OUT/record
	END
	put_system <<-END
	@reboot alice touch $OUT/alice; until [ -e $OUT/go ]; do sleep .1; done
	END
	start_crond
	must_wait 20 compgen -G "$TREE/run/evcron/runs/*/*.state" >/dev/null
}

# A job whose session is kept by a FIFO, and a logind that sees when nobody has
# that open any more.
begin_kept() # NAME
{
	KEEPER=/run/systemd/sessions/$1.ref
	mkdir -p "${KEEPER%/*}"
	mkfifo "$KEEPER"
	stack <<-END
	session required PROBE on=open keep=$KEEPER
	session required PROBE record=$OUT/record
	END
	{ cat <"$KEEPER"; : >"$OUT/ended"; } &
	begin_waiting
	must_wait 10 holds "$CROND_PID"
}

is_kept_by() # PID WHO
{
	holds "$1" || fail "$2 does not have it"
	[ ! -e "$OUT/ended" ] || fail "the session has ended before $2 had it"
}

# What keeps a session is open all the time, though by others, and they may look
# into no other process.
kept_over()
{
	local left

	begin_kept 18
	upgrade
	is_kept_by "$CROND_PID" "who is upgraded"
	for _ in 1 2 3; do
		stop_crond
		left=$(cat "$TREE/run/evcron/runs.lock")
		is_kept_by "$left" "who stays behind"
		start_again
		is_kept_by "$CROND_PID" "the next crond"
	done
	no_log 'what kept the login session'
	touch "$OUT/go"
	must_wait 20 has_recorded close alice 1
	must_wait 10 does_not_hold "$CROND_PID"
	wait_file "$OUT/ended"
}

# A crash is its end, which is said.
lost_by_crash()
{
	local pid

	begin_kept 19
	pid=$(sed -n 's/^pid 0*//p' "$TREE"/run/evcron/runs/*/*.state)
	kill_crond
	wait_file "$OUT/ended"
	start_again
	wait_log "\(alice\) HANDOVER \(what kept the login session of job $pid is lost"
	touch "$OUT/go"
	must_wait 20 has_recorded close alice 1
}

each_personality killed failed_start many crash_at_close refusal_at_close \
    hang_at_close daemon_ends keeper over_crash over_restart over_upgrade \
    over_stop upgrade_while_opening stop_while_opening kept_over \
    lost_by_crash
