#!/bin/bash
# The incident that evcron was written after, played again: a script fails, its
# mail is accepted by a real postfix whose way out is blocked, the queue stands
# still, and nobody hears. What evcron says of it, and the way out. Run by `make
# check-faults`, as root.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/postfix_lib.sh"
. "$srcdir/tests/e2e/smtp_lib.sh"
need_root
need msmtp
need_smtp

OUTBOX=$TREE/var/spool/evcron/outbox

crond_says() # REGEX OPTION...
{
	local regex=$1

	shift
	"$CROND" --root="$TREE" --personality="$PERSONALITY" "$@" \
	    >"$TREE/shown" 2>&1
	grep -Eq -- "$regex" "$TREE/shown"
}

queue_stands_still()
{
	postqueue -c /etc/postfix -p >"$TREE/queue" 2>>"$TREE/notes"
	grep -q 'Connection refused' "$TREE/queue"
}

table()
{
	printf '%s\n' MAILTO=admin@example.net \
	    "@reboot echo 'the backup is broken'; exit 3" | put_user alice
}

# sendmail exits with 0, so for cron all is well: every other trace must be ours.
incident()
{
	local id

	table
	start_crond
	must_wait 60 queue_stands_still
	grep -q 'admin@example.net' "$TREE/queue"
	# The log tells of it, whatever becomes of the mail.
	if is debian; then
		wait_log 'cron\.warning .*\(CRON\) error \(grandchild #[0-9]+ failed with exit status 3\)'
	else
		wait_log 'cron.warning .*\(alice\) CMDEND \(.*\) status 3,'
	fi
	no_log ' MAIL '
	# To the mailer's word nothing waits; but what it was given is there.
	must_wait 20 crond_says '^no letters wait$' --outbox
	crond_says 'alice .*the backup is broken.* exit 3 ' --outbox --sent ||
	    fail "$(cat "$TREE/shown")"
	id=$(ls "$TREE/var/spool/evcron/sent")
	crond_says '^the backup is broken$' --sent "$id"
	crond_says '^To: admin@example.net$' --sent "$id"
	crond_says '^X-Cron-Status: exit status 3$' --sent "$id"
	stop_crond
	postsuper -c /etc/postfix -d ALL >>"$TREE/notes" 2>&1
}

# Port 25 is blocked, 465 is not.
way_out()
{
	table
	start_crond -m "/usr/bin/msmtp -C $TREE/msmtprc -a tls -t"
	wait_mail '^the backup is broken$'
	letter_has '^X-Login: alice$' '^X-To: admin@example.net$' \
	    '^X-Cron-Status: exit status 3$'
	must_wait 20 crond_says '^no letters wait$' --outbox
	no_log ' MAIL '
	queue_stands_still && fail "it went to postfix"
	return 0
}

make_tree
mkdir -p "$PF"
postfix_unpack
postfix_users
postfix_configure <<END
relayhost = [127.0.0.1]:1
END
postfix_start
start_server
each_personality incident way_out
kill "$SERVER_PID"
