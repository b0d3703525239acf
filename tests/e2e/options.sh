#!/bin/bash
# Options of both incumbents: what each does, what is refused, exit codes.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

run() # STATUS ARGUMENT...: in $TREE/o and $TREE/e
{
	local want=$1 status=0

	shift
	"$CROND" --personality="$PERSONALITY" "$@" </dev/null \
	    >"$TREE/o" 2>"$TREE/e" || status=$?
	same "status of $*" "$status" "$want"
}

asked()
{
	run 0 --version
	grep -q '^evcron [0-9]' "$TREE/o"
	same stderr "$(cat "$TREE/e")" ''
	run 0 -V
	run 0 --help
	grep -qi usage "$TREE/o"
	same stderr "$(cat "$TREE/e")" ''
	run 1 -h
	same stdout "$(cat "$TREE/o")" ''
	grep -qi usage "$TREE/e"
}

refused()
{
	run 1 -q
	grep -q "invalid option -- 'q'" "$TREE/e"
	run 1 --no-such-option
	run 1 --personality=vms
	run 1 --mailers=0
	run 1 --mailers=many
	run 1 --letter-max=12Q
	run 1 -x nonsense
	run 1 -m '"unclosed'
	run 1 -f -m ''
	run 1 -f -m ' "" -t'
	run 1 -f -m '%t'
	run 1 -f -m "$(seq -s ' ' 2000)"
	run 1 --check -m "msmtp 't"
	grep -q '^[a-z]*: -m: a quote has no end$' "$TREE/e"
	run 1 -m
}

# -n is the foreground everywhere but under Debian.
n_means()
{
	echo "@reboot root echo out" | put_system
	if is debian; then
		hostname a.b.example 2>/dev/null || true
		start_crond -n
		wait_mail '^out$'
		letter_has "^Subject: Cron <root@$(hostname)> "
	else
		: >"$LOG"
		launch "$CROND" -n --root="$TREE" --personality="$PERSONALITY" \
		    "$WITH_COLLECTOR"
		must_wait 20 crond_ready
		same pid "$(cat "$TREE/run/crond.pid")" "$CROND_PID"
		wait_mail '^out$'
		! grep -q '^Subject: Cron <root@[^>]*\.' "$LETTER" ||
		    fail "a full host name"
	fi
}

log_levels()
{
	printf '%s\n' "@reboot root exit 3" "@reboot root : >$OUT/done" |
	    put_system
	start_crond -L 0
	wait_job done
	stop_crond
	no_log ' CMD | CMDEND | END |grandchild'
	rm -f "$TREE"/run/cron*.reboot "$OUT/done"
	start_crond -L 15
	if is debian; then
		wait_log '\(root\) CMD \(\[[0-9]+\] exit 3\)'
		wait_log '\(root\) END \(\[[0-9]+\] exit 3\)'
		log_has '\(CRON\) error \(grandchild #[0-9]+ failed with exit status 3\)' ||
		    fail "END stands before the failure"
	else
		wait_log '\(root\) CMD '
		wait_log '\(root\) CMDEND \(exit 3\)'
	fi
}

# Failed runs only.
log_failures()
{
	printf '%s\n' "@reboot root exit 3" "@reboot root : >$OUT/done" \
	    "@reboot root sleep 1; exit 4" | put_system
	start_crond -L 4
	wait_job done
	if is debian; then
		wait_log '\(CRON\) error \(grandchild #[0-9]+ failed with exit status 3\)'
		wait_log '\(CRON\) error \(grandchild #[0-9]+ failed with exit status 4\)'
	else
		wait_log 'cron\.warning .*\(root\) CMDEND \(exit 3\) status 3'
		wait_log 'cron\.warning .*\(root\) CMDEND \(sleep 1; exit 4\) status 4'
	fi
	no_log ' CMD | END |CMDEND \(: '
}

# While syslog is away lines wait; they come when it is back, though nothing
# else happens then.
syslog_away()
{
	echo "@reboot root read x <$TREE/tmp/gate; : >$OUT/done" | put_system
	mkfifo -m 0666 "$TREE/tmp/gate"
	start_crond -L 3
	wait_log ' CMD '
	kill "$SINK_PID"
	must_wait 20 eval "! kill -0 $SINK_PID 2>/dev/null"
	rm -f "$TREE/dev/log"
	open_gate "$TREE/tmp/gate"
	rm "$TREE/tmp/gate"
	wait_job done
	"$(sink_program)" "$TREE/dev/log" "$LOG" {NAP}<&- &
	SINK_PID=$!
	disown
	wait_log ' (CMD)?END '
}

# By default; the Subject does not change by that.
failure_logged()
{
	printf '%s\n' "@reboot root echo out; exit 3" \
	    "@reboot root kill -9 \$\$" | put_system
	start_crond
	if is debian; then
		wait_log 'cron\.warning .*\(CRON\) error \(grandchild #[0-9]+ failed with exit status 3\)'
		wait_log 'cron\.warning .*\(CRON\) error \(grandchild #[0-9]+ terminated by signal 9'
	else
		wait_log 'cron\.warning .*\(root\) CMDEND \(echo out; exit 3\).*3'
		wait_log 'cron\.warning .*\(root\) CMDEND \(kill -9 \$\$\).*9'
	fi
	wait_mail '^out$'
	letter_has '^Subject: Cron <root@.*> echo out; exit 3$'
}

permit_all()
{
	echo "@reboot root : >$OUT/loose" | put_dropin loose
	chmod 0666 "$TREE/etc/cron.d/loose"
	echo "@reboot : >$OUT/linked" | put "$TREE/tmp/linked" 0644 bob
	ln -s "$TREE/tmp/linked" "$SPOOL/alice"
	start_crond -p
	wait_job loose
	wait_job linked
	no_log "MODE|CAN'T OPEN"
}

inherit_path()
{
	echo "@reboot root echo \"\$PATH\" >$OUT/new; mv $OUT/new $OUT/path" |
	    put_system
	CROND_ENV=(PATH=/opt/x:/usr/bin:/bin)
	start_crond -P
	CROND_ENV=()
	wait_job path
	same PATH "$(cat "$OUT/path")" /opt/x:/usr/bin:/bin
}

lsb_names()
{
	echo "@reboot root : >$OUT/lsb" | put_dropin org.example-job
	echo "@reboot root : >$OUT/upper" | put_dropin UPPER
	echo "@reboot root : >$OUT/zlast" | put_dropin zlast
	start_crond -l
	wait_job zlast
	wait_job lsb
	! is debian || [ ! -e "$OUT/upper" ] || fail "UPPER is no LSB name"
}

dry()
{
	echo "@reboot root : >$OUT/ran" | put_system
	start_crond -x test
	wait_log '\(root\) CMD '
	stop_crond
	[ ! -e "$OUT/ran" ] || fail "it was run"
}

foreground_stderr()
{
	start_crond --log=both
	grep -Eq 'STARTUP|pidfile' "$TREE/stderr" || fail "nothing on stderr"
	stop_crond
	run 1 --log=stderr
}

each_personality asked refused n_means log_levels log_failures \
    syslog_away failure_logged permit_all \
    inherit_path lsb_names dry foreground_stderr
