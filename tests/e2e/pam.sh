#!/bin/bash
# PAM on a job's way to its start: who may, what the modules give to the job,
# what they must not leave behind, and what the log says. Each case has a
# configuration of its own in a private /etc/pam.d.
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

# stack: stdin is the configuration of the daemon's service
stack()
{
	sed "s,PROBE,$PROBE," | pam_stack "$(service)"
}

job_ident()
{
	if is redhat; then echo CROND; else echo CRON; fi
}

way_ident() # of lines on the way to the job
{
	if is redhat; then echo crond; elif is suse; then echo cron; else echo CRON; fi
}

# refused USER TEXT WHAT: the log says so, and there is no CMD
refused()
{
	if is debian; then
		wait_log "CRON\[[0-9]+\]: $2\$"
	else
		wait_log "$(way_ident)\[[0-9]+\]: \($1\) PAM ERROR \($2\)"
		wait_log "$(way_ident)\[[0-9]+\]: \($1\) $3 \($2\)"
	fi
	no_log "\($1\) CMD"
}

NOT_AUTHORIZED='FAILED to authorize user with PAM'
NOT_OPENED='FAILED to open PAM security session'

expired_account()
{
	sed -i 's/^alice:.*/alice:*:19000:0:99999:7::1:/' "$TREE/etc/shadow"
	stack <<-END
	account required pam_unix.so
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	@reboot bob touch $OUT/bob
	END
	start_crond
	wait_job bob
	refused alice 'User account has expired' "$NOT_AUTHORIZED"
	wait_log '\(bob\) CMD \(touch'
	[ ! -e "$OUT/alice" ] || fail "the job of an expired account has run"
	sed -i 's/^alice:.*/alice:*:19000:0:99999:7:::/' "$TREE/etc/shadow"
}

denied_by_access()
{
	echo '-:alice:ALL' >"$TREE/etc/access"
	stack <<-END
	account required pam_access.so accessfile=/etc/access
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	@reboot bob touch $OUT/bob
	END
	start_crond
	wait_job bob
	refused alice 'Permission denied' "$NOT_AUTHORIZED"
	[ ! -e "$OUT/alice" ] || fail "the job of a denied user has run"
}

session_refused()
{
	stack <<-END
	session required PROBE record=$OUT/record
	session required PROBE on=open user=alice fail
	auth required PROBE record=$OUT/record
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	@reboot bob sh -c 'echo hello; touch $OUT/bob'
	END
	start_crond
	wait_job bob
	refused alice 'Permission denied' "$NOT_OPENED"
	wait_mail '^hello'
	# Nothing was opened for alice, so nothing is closed; her credentials go.
	must_wait 10 grep -q '^close bob' "$OUT/record"
	! grep -q '^close alice' "$OUT/record" || fail "closed: not opened"
	grep -q '^delete alice' "$OUT/record" || fail "credentials are left"
}

# The order of calls, with what each must see.
calls()
{
	stack <<-END
	auth required PROBE record=$OUT/record
	account required PROBE record=$OUT/record
	session required PROBE record=$OUT/record
	session required PROBE on=open putenv=FROM=open
	auth required PROBE on=reinitialize putenv=LATE=yes
	END
	put_system <<-END
	@reboot alice env >$OUT/env; mv $OUT/env $OUT/alice
	END
	start_crond
	wait_job alice
	must_wait 10 grep -q '^close' "$OUT/record"
	same calls "$(cut -d ' ' -f 1-4 "$OUT/record" | tr '\n' ,)" \
	    "$(for p in acct establish open reinitialize delete close; do
		printf '%s alice %s cron,' "$p" "$(service)"
	    done)"
	grep -q "^close .* FROM=open LATE=yes\$" "$OUT/record" ||
	    fail "the closing did not have the environment"
	grep -q '^LATE=yes$' "$OUT/alice" || fail "the job has not all of it"
	# The job was the process that opened it; the closer is another.
	wait_log "\[$(sed -n 's/^open .* cron \([0-9]*\).*/\1/p' "$OUT/record")\]: \(alice\) CMD"
}

environment()
{
	printf 'GREETING=hello world\nSHELL=/bin/false\n' >"$TREE/etc/env"
	stack <<-END
	session required pam_env.so readenv=1 envfile=/etc/env
	END
	put_system <<-END
	MINE=1
	@reboot alice env >$OUT/env; mv $OUT/env $OUT/alice; echo output
	END
	start_crond
	wait_job alice
	grep -q '^GREETING=hello world$' "$OUT/alice" || fail "no pam_env"
	grep -q '^SHELL=/bin/sh$' "$OUT/alice" || fail "the entry does not win"
	grep -q '^MINE=1$' "$OUT/alice" || fail "the table is lost"
	wait_mail '^output'
	if is debian; then
		! grep -q GREETING "$LETTER" || fail "PAM's are in the letter"
		return
	fi
	# cronie: PAM's places, the entry's values
	same order "$(sed -n 's/^X-Cron-Env: <\([A-Z]*\)=.*/\1/p' "$LETTER" |
	    head -n 3 | tr '\n' ' ')" "GREETING SHELL MINE "
	grep -q '^GREETING=hello world$' "${LETTER%.eml}.env" ||
	    fail "the mailer does not have it"
}

# cronie: pam_systemd takes the class of the session from the table.
session_class()
{
	stack <<-END
	auth required PROBE record=$OUT/record
	session required PROBE record=$OUT/record
	END
	put_system <<-END
	XDG_SESSION_CLASS=background-light
	@reboot alice env >$OUT/env; mv $OUT/env $OUT/alice
	END
	start_crond
	wait_job alice
	grep -q '^XDG_SESSION_CLASS=background-light$' "$OUT/alice" ||
	    fail "the job does not have it"
	must_wait 10 grep -q '^close alice' "$OUT/record"
	if is debian; then
		! grep -q XDG "$OUT/record" || fail "the modules have it"
		return
	fi
	same calls "$(sed -n 's/ .* XDG_SESSION_CLASS=background-light$//p' \
	    "$OUT/record" | tr '\n' ,)" 'open,reinitialize,delete,close,'
}

limits()
{
	echo 'alice hard nofile 321' >"$TREE/etc/limits"
	echo 'alice soft nofile 123' >>"$TREE/etc/limits"
	echo 'alice hard fsize 4444' >>"$TREE/etc/limits"
	stack <<-END
	session required pam_limits.so conf=/etc/limits
	END
	put_system <<-END
	@reboot alice (ulimit -Sn; ulimit -Hn; cat /proc/self/limits) >$OUT/l; mv $OUT/l $OUT/alice
	@reboot bob (ulimit -Hn) >$OUT/l2; mv $OUT/l2 $OUT/bob
	END
	start_crond
	wait_job alice
	wait_job bob
	same limits "$(head -n 2 "$OUT/alice" | tr '\n' ' ')" '123 321 '
	grep -q '^Max file size .* 4550656 ' "$OUT/alice" || fail "fsize"
	same "bob's" "$(cat "$OUT/bob")" "$(ulimit -Hn)"
}

loginuid()
{
	local now

	now=$(cat /proc/self/loginuid 2>/dev/null) || now=none
	if [ "$now" != 4294967295 ]; then
		echo "left out: this kernel's loginuid is $now"
		return
	fi
	stack <<-END
	session required pam_loginuid.so
	END
	put_system <<-END
	@reboot alice cat /proc/self/loginuid >$OUT/l; mv $OUT/l $OUT/alice
	END
	start_crond
	wait_job alice
	same loginuid "$(cat "$OUT/alice")" 70001
	same "the daemon's" "$(cat "/proc/$CROND_PID/loginuid")" 4294967295
}

# Membership by setcred after the groups were set.
groups()
{
	grep -q '^extra:' "$TREE/etc/group" ||
	    echo 'extra:x:72010:' >>"$TREE/etc/group"
	mkdir -p "$TREE/etc/security"
	echo '*;*;alice;Al0000-2400;extra' >"$TREE/etc/security/group.conf"
	stack <<-END
	auth required pam_group.so
	END
	put_system <<-END
	@reboot alice id -G >$OUT/g; mv $OUT/g $OUT/alice
	@reboot bob id -G >$OUT/g2; mv $OUT/g2 $OUT/bob
	END
	start_crond
	wait_job alice
	wait_job bob
	same groups "$(tr ' ' '\n' <"$OUT/alice" | sort | tr '\n' ' ')" \
	    '70001 72000 72010 '
	same "bob's" "$(cat "$OUT/bob")" 70002
}

session_keyring() # of a process that reads it itself
{
	sed -n 's/^\([0-9a-f]*\) .*keyring *_ses.*/\1/p' /proc/keys
}

keyring()
{
	if [ ! -r /proc/keys ]; then
		echo "left out: this kernel has no keys"
		return
	fi
	stack <<-END
	session required pam_keyinit.so force revoke
	END
	put_system <<-END
	@reboot alice cat /proc/keys >$OUT/k1; mv $OUT/k1 $OUT/alice
	@reboot bob cat /proc/keys >$OUT/k2; mv $OUT/k2 $OUT/bob
	END
	start_crond
	wait_job alice
	wait_job bob
	# What a process shows as its own: alice's is hers, and not bob's.
	grep -Eq ' 70001 +70001 keyring +_ses' "$OUT/alice" ||
	    fail "alice has no session keyring: $(cat "$OUT/alice")"
	grep -Eq ' 70002 +70002 keyring +_ses' "$OUT/bob" ||
	    fail "bob has no session keyring: $(cat "$OUT/bob")"
}

# A module that takes its time holds up its own jobs and nothing else, however
# many there are.
slow()
{
	local i

	stack <<-END
	session required PROBE on=open user=alice record=$OUT/slow gate=$OUT/go record=$OUT/awake
	END
	for i in {1..100}; do
		echo "@reboot alice touch $OUT/alice # $i"
	done >"$OUT/table"
	echo "@reboot bob touch $OUT/bob" >>"$OUT/table"
	put_system <"$OUT/table"
	start_crond
	must_wait 20 test -s "$OUT/slow"
	wait_job bob
	put_dropin late <<-END
	0 0 1 1 * bob true
	END
	wait_log 'RELOAD \('
	no_log '\(alice\) CMD'
	[ ! -e "$OUT/awake" ] || fail "the module did not wait"
	: >"$OUT/go"
	wait_job alice
	wait_log '\(alice\) CMD'
	[ -e "$OUT/awake" ] || fail "the job did not wait"
}

# cronie leaves out a job of each minute that PAM held up beyond its minute.
too_late()
{
	stack <<-END
	session required PROBE on=open sleep=70
	session required PROBE record=$OUT/record
	END
	put_system <<-END
	* * * * * alice touch $OUT/alice
	END
	fake_clock '2024-05-05 10:00:40' 20
	start_crond
	CROND_ENV=()
	if is debian; then
		wait_job alice 40
	else
		wait_log "$(way_ident)\[[0-9]+\]: \(alice\) INFO \(Job execution of per-minute job scheduled for 10:01 delayed into subsequent minute 10:0[2-9]. Skipping job run.\)" 40
		[ ! -e "$OUT/alice" ] || fail "it has run"
		no_log '\(alice\) CMD'
		must_wait 40 grep -q '^close alice' "$OUT/record"
	fi
}

# died WHAT: alice's job did not start, bob's did, the daemon is well
died()
{
	put_system <<-END
	@reboot alice touch $OUT/alice
	@reboot bob touch $OUT/bob
	END
	start_crond
	wait_job bob
	wait_log "$(job_ident)\[[0-9]+\]: \(alice\) PAM ERROR \(the job's process ended before its start: $1"
	no_log '\(alice\) CMD'
	[ ! -e "$OUT/alice" ] || fail "it has run"
	kill -0 "$CROND_PID" || fail "the daemon is gone"
	same letters "$(mail_count)" 0
}

crashes_at_account()
{
	stack <<-END
	account required PROBE user=alice crash
	END
	died 'signal 11'
}

crashes_at_open()
{
	stack <<-END
	session required PROBE on=open user=alice crash
	END
	died 'signal 11'
}

# As if all had gone well.
exits()
{
	stack <<-END
	session required PROBE on=open user=alice exit
	END
	died 'status 0'
}

messy()
{
	stack <<-END
	auth required PROBE on=reinitialize mess
	session required PROBE on=open mess
	END
	put_user alice <<-END
	@reboot (ls /proc/self/fd; grep ^Sig /proc/self/status; ulimit -Sn; ulimit -Hn; pwd) >$OUT/m; sleep 3; mv $OUT/m $OUT/alice
	END
	start_crond
	wait_job alice
	# 3 is ls's own
	same descriptors "$(grep -E '^[0-9]+$' "$OUT/alice" | head -n 4 |
	    tr '\n' ' ')" '0 1 2 3 '
	# 32 and 33 are glibc's, and as they were when the test was called
	same signals "$(grep -c -E '^Sig(Blk|Ign):.0+(1?80{7})?$' "$OUT/alice")" 2
	same "limits, directory" "$(tail -n 3 "$OUT/alice" | tr '\n' ' ')" \
	    "333 444 $TREE/home/alice "
}

says()
{
	stack <<-END
	session required PROBE on=open say=welcome
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	END
	start_crond
	wait_job alice
	wait_log '\(alice\) CMD'
	if is debian; then
		no_log welcome
	else
		wait_log "$(way_ident)\[[0-9]+\]: \(CRON\) pam_message \(welcome\)"
	fi
}

# cronie's own rule for root's tables of the system.
system_jobs_of_root()
{
	stack <<-END
	session required PROBE record=$OUT/record
	END
	put_system <<-END
	@reboot root touch $OUT/system
	END
	put_user root <<-END
	@reboot touch $OUT/user
	END
	start_crond
	wait_job system
	wait_job user
	must_wait 10 grep -q '^close root' "$OUT/record"
	if is debian; then
		closed_twice() { [ "$(grep -c '^close' "$OUT/record")" -eq 2 ]; }
		must_wait 10 closed_twice
	else
		same sessions "$(grep -c '^open' "$OUT/record")" 1
	fi
}

# Lines that modules write themselves carry the incumbent's name (logcheck).
modules_log()
{
	stack <<-END
	account required pam_unix.so
	session required pam_unix.so
	END
	put_system <<-END
	@reboot alice touch $OUT/alice
	END
	start_crond
	wait_job alice
	wait_log "$(way_ident)\[[0-9]+\]: pam_unix\($(service):session\): session opened for user alice"
	wait_log "$(job_ident)\[[0-9]+\]: pam_unix\($(service):session\): session closed for user alice"
}

# No file of the service: what Debian's or RHEL's "other" says. The log must
# lead to it.
no_configuration()
{
	rm "$TREE/etc/pam.d/$(service)"
	start_crond
	wait_log "\(CRON\) WARNING \(there is no /etc/pam.d/$(service)"
}

# RHEL's mailer has what PAM gave to the job, also when its letter comes back:
# another daemon has that from the letter's label.
letter_again()
{
	is redhat || return 0
	stack <<-END
	session required PROBE on=open putenv=FROM=pam
	END
	echo 75 >"$MAIL/status"
	echo '@reboot echo out' | put_user alice
	start_crond --retry=1h
	must_wait 20 eval 'grep -qsa "^tries 1\$" "$TREE"/var/spool/evcron/outbox/*/*'
	stop_crond
	find "$MAIL" -mindepth 1 -delete
	start_crond --retry=1s
	wait_mail '^out$'
	letter_has '^Date: ' '^X-Cron-Env: <FROM=pam>$'
	grep -qx FROM=pam "${LETTER%.eml}.env" || fail "the mailer has not PAM's"
}

each_personality expired_account denied_by_access session_refused calls \
    environment session_class limits loginuid groups keyring slow too_late crashes_at_account \
    crashes_at_open exits messy says system_jobs_of_root modules_log \
    no_configuration letter_again
