#!/bin/bash
# crontab(1) asks PAM about its caller where cronie does, and nowhere else.
. "$(dirname "$0")/lib.sh"
PROBE=$abs_top_builddir/tests/lib/pam_probe.so
[ -e "$PROBE" ] || skip "built without PAM"
. "$(dirname "$0")/crontab_lib.sh"
REFUSAL='You (alice) are not allowed to access to (crontab) because of pam configuration.'

stack()
{
	sed "s,PROBE,$PROBE," | pam_stack crond
}

good()
{
	echo '0 0 1 1 * true' >"$TREE/table"
	chmod 0644 "$TREE/table"
}

# refused_or_debian ARGUMENT...
refused_or_debian()
{
	if is debian; then
		ct 0 "$@"
		return
	fi
	ct 1 "$@"
	err_is "$REFUSAL"
}

WITH=()

account()
{
	begin
	good
	stack <<-END
	account required PROBE user=alice fail
	END
	refused_or_debian "$TREE/table"
	is debian || wait_log 'crontab\[[0-9]+\]: \(alice\) PAM ERROR \(Permission denied\)$'
	is debian || [ ! -e "$SPOOL/alice" ] || fail "a table was installed"
	is debian || refused_or_debian -l
	# root is not asked about, nor is bob refused
	stack <<-END
	account required PROBE record=$OUT/record
	account required PROBE fail
	END
	rm -f "$OUT/record"
	said 0 "${ROOT[@]}" "$BIN" -u bob "$TREE/table"
	[ ! -e "$OUT/record" ] || fail "PAM was asked about root"
}

credentials()
{
	begin
	good
	stack <<-END
	auth required PROBE on=establish fail
	END
	refused_or_debian "$TREE/table"
}

# What PAM sees: the service, the user, no variable of the caller's.
admitted()
{
	begin
	good
	stack <<-END
	account required PROBE record=$OUT/record
	auth required PROBE record=$OUT/record
	session required PROBE record=$OUT/record
	END
	rm -f "$OUT/record"
	ct 0 "$TREE/table"
	[ -e "$SPOOL/alice" ] || fail "no table was installed"
	if is debian; then
		[ ! -e "$OUT/record" ] || fail "PAM was asked"
		return
	fi
	same calls "$(cut -d ' ' -f 1-4 "$OUT/record" | tr '\n' ,)" \
	    'acct alice crond cron,establish alice crond cron,'
}

# A module that crashes or ends the process admits nobody.
crash()
{
	local how

	begin
	good
	for how in crash exit; do
		stack <<-END
		account required PROBE $how
		END
		# An exit with 0 in the middle is no consent. A sanitizer has
		# something to say of the crash, too.
		if is debian; then
			ct 0 "$TREE/table"
		else
			ct 1 "$TREE/table"
			grep -qxF "$REFUSAL" "$TREE/e" || fail "$(cat "$TREE/e")"
			wait_log 'crontab\[[0-9]+\]: \(alice\) PAM ERROR \(a module (crashed, signal|ended the process, status) [0-9]+\)$'
		fi
	done
}

says()
{
	begin
	good
	stack <<-END
	account required PROBE say=beware
	END
	ct 0 "$TREE/table"
	is debian || wait_log '\(CRON\) pam_message \(beware\)'
}

each_personality account credentials admitted crash says
