#!/bin/bash
# The ways out of the house: -m with and without placeholders, -m off, -s, mail on
# failure, mailers that fail or hang, no mailer at all.
. "$(dirname "$0")/lib.sh"
need_root
make_tree
mkdir -m 0755 "$TREE/bin"

OUTBOX=$TREE/var/spool/evcron/outbox

letters_kept()
{
	find "$OUTBOX" -type f -not -name ".*" 2>/dev/null | wc -l
}

kept() # HOW MANY
{
	[ "$(letters_kept)" -eq "$1" ]
}

# The whole message, as to sendmail -t.
command()
{
	write_mailer "$TREE/bin/mymailer"
	echo '@reboot echo out' | put_user alice
	start_crond -m "$TREE/bin/mymailer -a 'two words' \"\" b"
	wait_mail '^out$'
	letter_has '^To: alice$' '^Subject: Cron <alice@'
	same arguments "$(cat "${LETTER%.eml}.args")" "$(printf '%s\n' -a \
	    'two words' '' b)"
	must_wait 10 kept 0
}

# The body alone; each value is one argument, whatever is in it, but for the
# recipients: a word for each.
placeholders()
{
	write_mailer "$TREE/bin/mymailer"
	# shellcheck disable=SC2016
	printf '%s\n' MAILTO=a@x.org,b@y.org '@reboot echo "x  $HOME; rm"' |
	    put_user alice
	start_crond -m "$TREE/bin/mymailer -s %s -r=%f 100%% %t"
	wait_mail '^x  '
	same letter "$(cat "$LETTER")" "x  $TREE/home/alice; rm"
	same argument "$(sed -n 1p "${LETTER%.eml}.args")" -s
	sed -n 2p "${LETTER%.eml}.args" |
	    grep -q '^Cron <alice@.*> echo "x  $HOME; rm"$'
	sed -n 3p "${LETTER%.eml}.args" | grep '^-r=.' >/dev/null
	same argument "$(sed -n 4p "${LETTER%.eml}.args")" 100%
	same argument "$(sed -n 5p "${LETTER%.eml}.args")" a@x.org
	same argument "$(sed -n 6p "${LETTER%.eml}.args")" b@y.org
	must_wait 10 kept 0
}

off()
{
	echo "@reboot echo out; : >$OUT/done" | put_user alice
	start_crond -m off
	wait_job done
	wait_log '\(alice\) CMD '
	is debian || wait_log '\(alice\) CMDEND '
	stop_crond
	same letters "$(mail_count)" 0
	same "letters kept" "$(letters_kept)" 0
}

to_syslog()
{
	printf '%s\n' 'MAILTO=""' '@reboot printf "one\\n\\ntwo"' |
	    put_user alice
	start_crond -s
	wait_log '\(alice\) CMDOUT \(one\)'
	wait_log '\(alice\) CMDOUT \(\)'
	wait_log '\(alice\) CMDOUT \(two\)'
	same letters "$(mail_count)" 0
}

# Output waits for syslog: no line is lost, whatever the speed.
much_to_syslog()
{
	is redhat suse || return 0
	echo '@reboot seq 1 20000' | put_user alice
	start_crond -s
	wait_log '\(alice\) CMDEND \(seq 1 20000\)' 60
	same lines "$(log_count '\(alice\) CMDOUT \([0-9]+\)$')" 20000
	no_log 'were lost'
}

on_failure()
{
	printf '%s\n' '@reboot -n echo good' '@reboot -n echo bad; exit 3' \
	    '@reboot -n kill -9 $$; echo never' \
	    '@reboot -n echo killed; kill -9 $$' | put_user alice
	echo '@reboot echo barrier' | put_user bob
	start_crond
	wait_mail '^bad$'
	letter_has '^X-Cron-Status: .*3'
	wait_mail '^killed$'
	letter_has '^X-Cron-Status: .*9'
	wait_mail '^barrier$'
	! grep -q '^X-Cron-Status' "$LETTER" || fail "a good run has a status"
	# A mailer has written its letter a moment before it ends.
	must_wait 10 kept 0
	stop_crond
	same letters "$(mail_count)" 3
}

# The letter stays, and the log says where.
mailer_fails()
{
	echo 75 >"$MAIL/status"
	chmod 0644 "$MAIL/status"
	echo '@reboot echo precious' | put_user alice
	start_crond
	wait_log '\(alice\) MAIL \(mailed [0-9]+ bytes? of output but got status 0x004b( from MTA)?\); kept in [^ ]*outbox/[^ ]+$'
	wait_log 'outbox/'
	must_wait 10 kept 1
	grep -rqx precious "$OUTBOX" || fail "the letter does not hold it"
	grep -rqx 'To: alice' "$OUTBOX"
	same mode "$(stat -c %a.%u "$OUTBOX")" 700.0
	same modes "$(find "$OUTBOX" -type f -not -name ".*" -printf '%m.%U\n')" 600.0
}

no_mailer()
{
	rm "$TREE/usr/sbin/sendmail"
	echo '@reboot echo precious' | put_user alice
	start_crond
	must_wait 20 kept 1
	wait_log 'outbox/'
	grep -rqx precious "$OUTBOX"
	is debian || wait_log '\(alice\) CMDOUT \(precious\)'
	write_mailer "$TREE/usr/sbin/sendmail"
}

not_startable()
{
	echo '@reboot echo precious' | put_user alice
	start_crond -m /no/such/mailer
	must_wait 20 kept 1
	wait_log 'outbox/'
}

# One that reads nothing is ended, and the letter stays.
hangs()
{
	put "$TREE/bin/hang" 0755 <<-END
	#!/bin/sh
	: >$OUT/hung.\$\$
	exec /bin/sleep 1000
	END
	# More than a pipe or a file could hide.
	echo '@reboot head -c 3000000 /dev/zero' | put_user alice
	start_crond -m "$TREE/bin/hang" --stall=1
	wait_log 'outbox/' 40
	must_wait 10 kept 1
}

# No more than so many at once; all arrive in the end.
bounded()
{
	local i

	mkdir -m 1777 "$OUT/now"
	put "$TREE/bin/slow" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	: >$OUT/now/\$\$
	ls $OUT/now | wc -l >>$OUT/seen
	cat >$MAIL/\$\$.\$(date +%N).tmp
	sleep 0.1
	rm $OUT/now/\$\$
	mv $MAIL/\$\$.*.tmp $MAIL/\$\$.eml
	END
	: >"$OUT/seen"
	chmod 0666 "$OUT/seen"
	for ((i = 0; i < 12; i++)); do
		echo "@reboot echo job $i"
	done | put_user alice
	start_crond -m "$TREE/bin/slow" --mailers=2
	must_wait 40 eval '[ "$(mail_count)" -eq 12 ]'
	[ "$(sort -n "$OUT/seen" | tail -n 1)" -le 2 ] ||
	    fail "$(sort -n "$OUT/seen" | tail -n 1) mailers at once"
	for ((i = 0; i < 12; i++)); do
		grep -qx "job $i" "$MAIL"/*.eml || fail "job $i is missing"
	done
}

# Mailers that never end: a user has half of them at most.
shared_out()
{
	local i

	put "$TREE/bin/mymailer" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	case \$(id -u) in
	70001)	: >$OUT/hangs.\$\$; exec sleep 300 ;;
	*)	cat >$OUT/new; mv $OUT/new $OUT/letter ;;
	esac
	END
	for ((i = 0; i < 8; i++)); do
		echo "@reboot echo x; : >$OUT/ran.$i"
	done | put_user alice
	echo "@reboot while [ ! -e $OUT/go ]; do sleep .1; done; echo bob" |
	    put_user bob
	start_crond --mailers=4 -m "$TREE/bin/mymailer"
	for ((i = 0; i < 8; i++)); do
		wait_job "ran.$i"
	done
	must_wait 20 hanging 2
	: >"$OUT/go"
	wait_job letter
	grep -qx bob "$OUT/letter"
	hanging 2 || fail "alice has more than half of them"
}

hanging() # HOW MANY
{
	[ "$(find "$OUT" -name 'hangs.*' | wc -l)" -eq "$1" ]
}

# Without an outbox jobs run all the same; it is tried again with each letter.
no_outbox()
{
	local dir=${OUTBOX%/*}

	mkdir -p "$dir"
	chown alice "$dir"
	# More than a pipe holds: when it ran, the daemon has lost of it.
	echo "@reboot head -c 100000 /dev/zero; : >$OUT/ran; while [ ! -e $OUT/go ]; do sleep .1; done" |
	    put_user alice
	echo "@reboot while [ ! -e $OUT/go ]; do sleep .1; done; echo kept" |
	    put_user bob
	start_crond
	wait_log "cron\.err .*\(CRON\) MAIL \(can't use $OUTBOX, .*: Operation not permitted"
	wait_job ran
	chown root "$dir"
	: >"$OUT/go"
	wait_mail '^kept$'
	wait_log '\(alice\) MAIL \(100000 bytes of output were discarded: Operation not permitted'
	same letters "$(mail_count)" 1
}

# The same of a file system that nobody can write to.
read_only()
{
	local dir=${OUTBOX%/*}

	mkdir -p "$dir"
	mount -t tmpfs -o ro,mode=0700 evcron-test "$dir"
	echo "@reboot echo lost; : >$OUT/ran" | put_user alice
	start_crond
	wait_log "cron\.err .*\(CRON\) MAIL \(can't use $OUTBOX, .*: Read-only file system"
	wait_job ran
	wait_log '\(alice\) MAIL \(5 bytes of output were discarded: Read-only file system'
	stop_crond
	unmount "$dir"
}

each_personality command placeholders off to_syslog much_to_syslog \
    on_failure mailer_fails \
    no_mailer not_startable hangs bounded \
    shared_out no_outbox read_only
