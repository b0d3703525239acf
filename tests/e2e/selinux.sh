#!/bin/bash
# SELinux: the contexts of tables and jobs, and what becomes of those that have
# none, permissive and enforcing. The kernel, the policy and the audit are the
# test's own (tests/lib/fake_selinux.c, fake_audit.c).
: "${abs_top_builddir:=$PWD}"
export CROND="$abs_top_builddir/tests/lib/crond_selinux"
[ -x "$CROND" ] || { echo "skip: built without SELinux"; exit 77; }
. "$(dirname "$0")/lib.sh"
need_root
make_tree
tree_mounts
PROBE=$abs_top_builddir/tests/lib/pam_probe.so
POLICY=$TREE/tmp/policy
RECORD=$POLICY.record
AUDIT=$TREE/tmp/audit

policy() # stdin: the lines of the fake
{
	cat >"$POLICY"
	rm -f "$RECORD" "$AUDIT"
	CROND_ENV=("FAKE_SELINUX=$POLICY" "FAKE_AUDIT=$AUDIT")
}

ident() # of lines on the way to the job
{
	if is debian; then echo CRON; elif is suse; then echo cron; else echo crond; fi
}

# set_for USER CONTEXT: the process that became the job set it, as root
set_for()
{
	local pid

	wait_log "\[[0-9]+\]: \($1\) CMD"
	pid=$(sed -n "s/.*\[\([0-9]*\)\]: ($1) CMD .*/\1/p" "$LOG" | head -n 1)
	grep -qFx "setexeccon $pid 0 $2" "$RECORD" ||
	    fail "$1's job $pid has no context $2: $(cat "$RECORD")"
}

two_tables()
{
	put_user alice <<-END
	@reboot touch $OUT/alice
	END
	put_system <<-END
	@reboot bob touch $OUT/bob
	END
}

contexts()
{
	policy <<-END
	enforcing
	seuser alice staff_u s0-s0:c1
	END
	two_tables
	start_crond
	wait_job alice
	wait_job bob
	set_for alice staff_u:user_r:cronjob_t:s0-s0:c1
	if is debian; then
		set_for bob system_u:user_r:cronjob_t:s0
	else
		set_for bob system_u:system_r:system_cronjob_t:s0
	fi
	no_log 'SELinux|getcon|ENTRYPOINT'
	# What counts is what holds when the table is loaded again.
	sed -i 's/staff_u/sysadm_u/' "$POLICY"
	put_user alice <<-END
	* * * * * true
	END
	wait_log '\(alice\) RELOAD'
}

# PAM's calls and the context, in each incumbent's order.
order()
{
	local service=crond

	if [ ! -e "$PROBE" ]; then
		echo "left out: built without PAM"
		return
	fi
	! is debian || service=cron
	policy <<-END
	enforcing
	END
	chmod 1777 "$TREE/tmp"
	pam_stack "$service" <<-END
	auth required $PROBE record=$RECORD
	account required $PROBE record=$RECORD
	session required $PROBE record=$RECORD
	END
	put_user alice <<-END
	@reboot touch $OUT/alice
	END
	start_crond
	wait_job alice
	must_wait 10 grep -q '^close' "$RECORD"
	if is debian; then
		same calls "$(cut -d ' ' -f 1 "$RECORD" | tr '\n' ' ')" \
		    'acct establish open reinitialize setexeccon delete close '
	else
		same calls "$(cut -d ' ' -f 1 "$RECORD" | tr '\n' ' ')" \
		    'acct establish setexeccon open reinitialize delete close '
	fi
	pam_stack "$service" </dev/null
}

spool_shown()
{
	if is debian; then echo crontabs/alice; else echo "$SPOOL/alice"; fi
}

entrypoint_words()
{
	if is debian; then
		echo 'ENTRYPOINT FAILED'
	else
		echo 'Unauthorized SELinux context=user_u:user_r:cronjob_t:s0 file_context=bad_t'
	fi
}

unauthorized()
{
	policy <<-END
	enforcing
	deny * bad_t file entrypoint
	END
	two_tables
	start_crond
	wait_job alice
	# Another label: a change of the file, not of its text.
	echo 'label */alice bad_t' >>"$POLICY"
	chmod 0600 "$SPOOL/alice"
	wait_log "\(alice\) $(entrypoint_words) \($(spool_shown)\): SELinux does not let its jobs run"
	kill -HUP "$CROND_PID"
	put_dropin other <<-END
	@hourly bob true
	END
	wait_log 'RELOAD \(.*other\)'
	same "lines" "$(log_count "$(entrypoint_words)")" 1
	no_log '\(alice\) RELOAD'
	sed -i '/^label/d' "$POLICY"
	chmod 0600 "$SPOOL/alice"
	wait_log '\(alice\) RELOAD'
}

# A pipe that a job's domain may not write to would be /dev/null to it: such a job
# has one without a name.
pipes()
{
	policy <<-END
	enforcing
	label */evcron/runs/*/* var_run_t
	deny user_u:* var_run_t fifo_file write
	END
	put_user alice <<-END
	@reboot readlink /proc/self/fd/1; echo by alice
	END
	put_system <<-END
	@reboot bob readlink /proc/self/fd/1; echo by bob
	END
	start_crond
	wait_mail '^by alice$'
	letter_has '^pipe:'
	wait_mail '^by bob$'
	letter_has "^$TREE/run/evcron/runs/"
	same "lines about it" "$(log_count "HANDOVER \\(can't make state files and pipes in .*Permission denied")" 1
	nothing_left # or the next one sends it again
	# Where it is permissive the kernel lets it.
	sed -i '/^enforcing/d' "$POLICY"
	stop_crond
	booted
	: >"$LOG"
	start_crond
	must_wait 20 eval '[ "$(mail_count)" -eq 4 ]'
	no_log "can't make state files"
}

unauthorized_at_start()
{
	policy <<-END
	enforcing
	label */alice bad_t
	deny * bad_t file entrypoint
	END
	two_tables
	start_crond
	wait_log "\(alice\) $(entrypoint_words) \($(spool_shown)\): SELinux does not let its jobs run"
	wait_job bob
	no_log '\(alice\) CMD'
	[ ! -e "$OUT/alice" ] || fail "its job has run"
}

checked()
{
	policy <<-END
	enforcing
	label */alice bad_t
	deny * bad_t file entrypoint
	END
	two_tables
	! env "${CROND_ENV[@]}" "$CROND" --check "--root=$TREE" \
	    "--personality=$PERSONALITY" >"$TREE/o" || fail "--check likes it"
	grep -q "alice: refused: $(entrypoint_words)" "$TREE/o" ||
	    fail "--check does not tell: $(cat "$TREE/o")"
	sed -i '/^enforcing/d' "$POLICY"
	env "${CROND_ENV[@]}" "$CROND" --check "--root=$TREE" \
	    "--personality=$PERSONALITY" >"$TREE/o" || fail "--check: permissive"
	grep -q "alice: warning: $(entrypoint_words)" "$TREE/o" ||
	    fail "--check does not warn: $(cat "$TREE/o")"
}

permissive()
{
	policy <<-END
	label */alice bad_t
	deny * bad_t file entrypoint
	END
	two_tables
	start_crond
	wait_job alice
	wait_log '\(alice\) CMD'
	if is debian; then
		wait_log '\(alice\) ENTRYPOINT FAILED but SELinux in permissive mode, continuing \(crontabs/alice\)'
		set_for alice user_u:user_r:cronjob_t:s0
	else
		wait_log "\(alice\) $(entrypoint_words) \("
		wait_log '\(alice\) SELinux in permissive mode, continuing \('
		wait_log "$(ident)\[[0-9]+\]: \(alice\) NULL security context for user, but SELinux in permissive mode, continuing \(\)"
	fi
}

# fails_with CALL EVENT: at the load of alice's table. Those that system tables
# need too leave bob without his.
fails_with()
{
	fresh_tree
	policy <<-END
	enforcing
	fail $1
	END
	two_tables
	start_crond
	wait_log "\(alice\) $2 \($(spool_shown)\): SELinux does not let its jobs run"
	no_log '\(alice\) CMD'
	stop_crond
	# Debian refuses that one whatever the mode is.
	! { is debian && [ "$1" = getcon ]; } || return 0
	sed -i /enforcing/d "$POLICY"
	booted
	start_crond
	wait_job alice
	wait_log "\(alice\) $3 \($(spool_shown)\)"
}

failing_calls()
{
	local permissive='but SELinux in permissive mode, continuing'

	if is debian; then
		fails_with getcon "Can't get current context"
		fails_with get_ordered_context_list_with_level \
		    'No SELinux security context' "No security context $permissive"
	else
		fails_with getcon 'getcon FAILED' 'getcon FAILED'
		fails_with get_default_context_with_level \
		    'No SELinux security context' "No security context $permissive"
	fi
	fails_with getseuserbyname 'getseuserbyname FAILED' \
	    'getseuserbyname FAILED'
	fails_with fgetfilecon 'getfilecon FAILED' \
	    "getfilecon FAILED $permissive"
	fails_with string_to_av_perm 'Failed to translate av perm entrypoint' \
	    'Failed to translate av perm entrypoint'
}

setexeccon_fails()
{
	policy <<-END
	enforcing
	fail setexeccon
	END
	put_user alice <<-END
	@reboot touch $OUT/alice
	END
	start_crond
	if is debian; then
		wait_mail '^Could not set exec context to user_u:user_r:cronjob_t:s0 for user  alice$'
		wait_log "CRON\[[0-9]+\]: \(alice\) ERROR \(Could not set exec context"
	else
		wait_log "$(ident)\[[0-9]+\]: \(alice\) ERROR \(Could not set exec or keycreate context to user_u:user_r:cronjob_t:s0 for user\)"
		wait_log "$(ident)\[[0-9]+\]: \(alice\) ERROR \(failed to change SELinux context\)"
		no_log '\(alice\) CMD'
	fi
	[ ! -e "$OUT/alice" ] || fail "it has run"
	stop_crond
	sed -i /enforcing/d "$POLICY"
	booted
	start_crond
	wait_job alice
	is debian ||
	    wait_log '\(alice\) WARNING \(Could not set exec context to user_u:user_r:cronjob_t:s0 for user, but SELinux in permissive mode, continuing\)'
}

levels()
{
	policy <<-END
	enforcing
	seuser alice user_u s0-s3
	deny * *:s9 context contains
	END
	put_user alice <<-END
	@reboot touch $OUT/own
	MLS_LEVEL=s1
	@reboot touch $OUT/inside
	MLS_LEVEL=s9
	@reboot touch $OUT/outside
	END
	start_crond
	wait_job own
	wait_job inside
	if is debian; then # a variable like others
		wait_job outside
		! grep -q ':s9$' "$RECORD" || fail "MLS_LEVEL counts"
		return
	fi
	grep -q ' user_u:user_r:cronjob_t:s0-s3$' "$RECORD" || fail "own level"
	grep -q ' user_u:user_r:cronjob_t:s1$' "$RECORD" || fail "level s1"
	wait_log "$(ident)\[[0-9]+\]: \(alice\) ERROR \(Unauthorized range in user_u:user_r:cronjob_t:s9 for user range in user_u:user_r:cronjob_t:s0-s3\)"
	wait_log '\(alice\) ERROR \(failed to change SELinux context\)'
	[ ! -e "$OUT/outside" ] || fail "it has run"
	if "$CROND" --version | grep 'with audit' >/dev/null; then
		# AUDIT_USER_ROLE_CHANGE, failed
		grep -qFx '2300 0 cron: Unauthorized MLS range acct=alice new_scontext=user_u:user_r:cronjob_t:s9 old_scontext=user_u:user_r:cronjob_t:s0-s3' \
		    "$AUDIT" || fail "the audit has '$(cat "$AUDIT")'"
	fi
	stop_crond
	sed -i /enforcing/d "$POLICY"
	booted
	start_crond
	wait_job outside
	wait_log '\(alice\) WARNING \(Unauthorized range in .*, but SELinux in permissive mode, continuing\)'
	stop_crond
	echo 'fail context_range_set' >>"$POLICY"
	booted
	rm -rf "$OUT/"*
	start_crond
	wait_job own
	wait_log '\(alice\) context_range_set FAILED for MLS_LEVEL \(s1\)'
	wait_log '\(alice\) ERROR \(failed to get SELinux context\)'
	[ ! -e "$OUT/inside" ] || fail "it has run"
}

# Debian takes the first context of the user's that may.
ordered_list()
{
	is debian || return 0
	policy <<-END
	enforcing
	contexts user_u first_t second_t
	deny first_t * file entrypoint
	END
	put_user alice <<-END
	@reboot touch $OUT/alice
	END
	start_crond
	wait_job alice
	set_for alice second_t
}

# A mailer that may not read letters gets them through a pipe.
mailer()
{
	policy <<-END
	enforcing
	label */outbox/* letter_t
	label */sendmail sendmail_exec_t
	domain sendmail_exec_t mail_t
	END
	cat >"$TREE/usr/sbin/sendmail" <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	readlink /proc/self/fd/0 >$MAIL/stdin.\$\$
	cat >$MAIL/letter.\$\$
	mv $MAIL/stdin.\$\$ $MAIL/stdin
	mv $MAIL/letter.\$\$ $MAIL/letter
	END
	put_user alice <<-END
	@reboot echo first
	END
	start_crond
	wait_file "$MAIL/letter"
	grep -q '^pipe:' "$MAIL/stdin" || fail "no pipe: $(cat "$MAIL/stdin")"
	nothing_left
	stop_crond
	rm "$MAIL"/*
	echo 'deny mail_t letter_t file read' >>"$POLICY"
	booted
	start_crond
	wait_file "$MAIL/letter"
	grep -q '^pipe:' "$MAIL/stdin" || fail "no pipe: $(cat "$MAIL/stdin")"
	same letter "$(sed '1,/^$/d' "$MAIL/letter")" first
	nothing_left
	stop_crond
	# More than a pipe holds.
	rm "$MAIL"/*
	put_user alice <<-END
	@reboot seq 1000000
	END
	booted
	start_crond
	wait_file "$MAIL/letter"
	sed '1,/^$/d' "$MAIL/letter" | cmp - <(seq 1000000) ||
	    fail "the large letter is another"
	none_waits() { [ -z "$(ls "$TREE"/var/spool/evcron/outbox/*)" ]; }
	must_wait 10 none_waits
	write_mailer "$TREE/usr/sbin/sendmail"
}

crontab_s()
{
	local crontab=$abs_top_builddir/tests/lib/crontab_selinux
	local run=(env "FAKE_SELINUX=$POLICY" "FAKE_AUDIT=$AUDIT" PATH=/usr/bin:/bin)

	is redhat || return 0
	policy <<-END
	enforcing
	END
	: >/etc/cron.deny
	echo '0 0 * * * true' >"$TREE/tmp/table"
	"${run[@]}" "$crontab" -s "$TREE/tmp/table"
	same table "$(cat "$SPOOL/root")" "SELINUX_ROLE_TYPE=staff_u:staff_r:staff_t:s1-s2:c0
0 0 * * * true"
	"${run[@]}" "$crontab" -s "$SPOOL/root"
	same "lines" "$(wc -l <"$SPOOL/root")" 2
	"${run[@]}" "$crontab" "$TREE/tmp/table"
	"${run[@]}" "EDITOR=sed -i s/true/false/" "$crontab" -es 2>"$TREE/e"
	same table "$(cat "$SPOOL/root")" "MLS_LEVEL=s1-s2:c0
0 0 * * * false"
	echo 'fail getprevcon' >>"$POLICY"
	! "${run[@]}" "$crontab" -s "$TREE/tmp/table" 2>"$TREE/e" || fail "-s"
	same message "$(cat "$TREE/e")" 'Cannot obtain SELinux process context'
	# -u asks the policy
	sed -i /getprevcon/d "$POLICY"
	"${run[@]}" "$crontab" -u alice "$TREE/tmp/table"
	echo 'deny staff_u:* staff_u:* passwd crontab' >>"$POLICY"
	! "${run[@]}" "$crontab" -u alice -l 2>"$TREE/e" || fail "-u"
	same message "$(cat "$TREE/e")" \
	    'Access denied by SELinux, must be privileged to use -u'
	sed -i /enforcing/d "$POLICY"
	"${run[@]}" "$crontab" -u alice -l >"$TREE/o"
	same table "$(cat "$TREE/o")" '0 0 * * * true'
}

# cronie tells the audit of who is refused.
crontab_audit()
{
	is redhat || return 0
	need setpriv
	"$CROND" --version | grep 'with audit' >/dev/null || return 0
	policy </dev/null
	cp "$abs_top_builddir/tests/lib/crontab_selinux" "$TREE/usr/sbin/crontab"
	chmod 4755 "$TREE/usr/sbin/crontab"
	echo alice >/etc/cron.deny
	! setpriv --reuid=70001 --regid=70001 --init-groups \
	    env "FAKE_AUDIT=$AUDIT" "$TREE/usr/sbin/crontab" -l 2>"$TREE/e" ||
	    fail "alice may"
	grep -q 'not allowed to use this program' "$TREE/e" || fail "no message"
	# AUDIT_USER_START, failed; written with root's rights
	same audit "$(cat "$AUDIT") $(stat -c %U "$AUDIT")" '1105 0 cron deny root'
	# An audit that can't be told is told to the log.
	! setpriv --reuid=70001 --regid=70001 --init-groups \
	    env FAKE_AUDIT=/nonexistent/audit "$TREE/usr/sbin/crontab" -l \
	    2>"$TREE/e" || fail "alice may"
	wait_log "crontab\[[0-9]+\]: \(CRON\) ERROR \(can't tell the audit\)"
	: >/etc/cron.deny
}

# One who is looked up for ever holds up no other.
hangs()
{
	is redhat || return 0
	policy <<-END
	enforcing
	hang alice
	END
	two_tables
	put_user root <<-END
	@reboot touch $OUT/root
	END
	start_crond
	wait_job bob
	wait_job root
	wait_log '\(alice\) .*: its file system or the user database does not answer'
	no_log '\(alice\) CMD'
}

# Without SELinux in the kernel all is as in a build without it.
disabled()
{
	CROND_ENV=()
	two_tables
	start_crond
	wait_job alice
	wait_job bob
	no_log 'SELinux|context'
}

each_personality contexts order pipes unauthorized unauthorized_at_start checked permissive failing_calls \
    setexeccon_fails levels ordered_list mailer crontab_s crontab_audit hangs disabled
