#!/bin/bash
# Mailers as Debian ships them: msmtp with login over TLS to a real SMTP server
# (TLS from the start, as on port 465, and STARTTLS; its certificate verified),
# s-nail, bsd-mailx.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/smtp_lib.sh"
need_root
need_smtp
make_tree
mkdir -m 0755 "$TREE/bin"

# The three lines of the README, as a system's settings.
over_tls()
{
	local account

	need msmtp
	for account in tls starttls; do
		fresh_tree
		printf '%s\n' MAILTO=bob@x.org,ann@y.org \
		    "@reboot echo by $account; exit 3" | put_user alice
		start_crond -m "/usr/bin/msmtp -C $TREE/msmtprc -a $account -t"
		wait_mail "^by $account\$"
		letter_has '^X-Login: alice$' '^X-From: alice@example.org$' \
		    '^X-To: bob@x.org,ann@y.org$' '^To: bob@x.org,ann@y.org$' \
		    '^Subject: Cron <alice@.*> echo by' '^X-Cron-Status: .*3'
		stop_crond
	done
}

# The README's recipe to the letter: its lines for /etc/msmtprc, but for the name
# and port of the relay and whom to trust, and its option; as a job's user.
recipe()
{
	local readme=$srcdir/README option tls

	need msmtp
	read -r tls _ <"$TREE/ports"
	awk '/^\tdefaults$/ { on = 1 } on { print } /^\taccount default$/ { exit }' \
	    "$readme" | sed -e 's/^\t//' -e 's/^host .*/host localhost/' \
	    -e "s/^port .*/port $tls/" -e 's/^user .*/user alice/' \
	    -e "/^account/i tls_trust_file $TREE/tls/good/ca.pem" |
	    put /etc/msmtprc 0640 root:tapes # alice's group
	grep -q '^passwordeval ' /etc/msmtprc
	echo secret | put /etc/msmtp.secret 0640 root:tapes
	echo 'default: bob@x.org' | put /etc/msmtp.aliases
	option=$(sed -n "s/^\tEXTRA_OPTS='-m \"\(.*\)\"'.*/\1/p" "$readme")
	[ -n "$option" ] || fail "no option in the README"
	echo '@reboot echo by recipe; exit 3' | put_user alice
	CROND_ENV=(HOME=/root)
	start_crond -m "$option"
	CROND_ENV=()
	wait_mail '^by recipe$'
	letter_has '^X-Login: alice$' '^X-From: cron@example.net$' \
	    '^X-To: bob@x.org$' '^X-Cron-Status: exit status 3$'
	no_log ' MAIL '
}

by_placeholders()
{
	need msmtp
	printf '%s\n' MAILTO=bob@x.org,ann@y.org '@reboot echo bare' |
	    put_user alice
	start_crond -m "/usr/bin/msmtp -C $TREE/msmtprc -a tls -- %t"
	wait_mail '^bare$'
	letter_has '^X-To: bob@x.org,ann@y.org$'
}

# Whom it does not trust, and who does not trust it: the letter stays, and the
# log has msmtp's own words.
refused()
{
	local account

	need msmtp
	for account in stranger locked; do
		fresh_tree
		echo '@reboot echo precious' | put_user alice
		start_crond -m "/usr/bin/msmtp -C $TREE/msmtprc -a $account -t"
		wait_log '\(alice\) MAIL \(mailed 9 bytes of output but got status 0x00[0-9a-f]{2}( from MTA)?\): msmtp: .*; kept in .*outbox/'
		same letters "$(mail_count)" 0
		stop_crond
	done
}

snail()
{
	need s-nail
	write_mailer "$TREE/bin/mta"
	printf '%s\n' MAILTO=bob@x.org "@reboot echo nailed" | put_user alice
	start_crond -m "/usr/bin/s-nail -:/ -Smta=$TREE/bin/mta -t"
	wait_mail '^nailed$'
	letter_has '^To: bob@x.org$' '^Subject: Cron <alice@.*> echo nailed$'
	stop_crond
	fresh_tree
	write_mailer "$TREE/bin/mta"
	printf '%s\n' MAILTO=bob@x.org,ann@y.org \
	    "@reboot echo 'by name'" | put_user alice
	start_crond -m "/usr/bin/s-nail -:/ -Smta=$TREE/bin/mta -s %s %t"
	wait_mail '^by name$'
	letter_has '^To: bob@x.org, *ann@y.org$' \
	    "^Subject: Cron <alice@.*> echo 'by name'\$"
}

bsd_mailx()
{
	need bsd-mailx
	is redhat suse || return 0 # Debian's mailers don't get the job's HOME
	write_mailer "$TREE/bin/mta"
	echo "set sendmail=$TREE/bin/mta" | put "$TREE/home/alice/.mailrc"
	printf '%s\n' MAILTO=bob@x.org,ann@y.org "@reboot echo 'by mailx'" |
	    put_user alice
	start_crond -m "/usr/bin/bsd-mailx -s %s %t"
	wait_mail '^by mailx$'
	letter_has '^To: .*bob@x.org' '^To: .*ann@y.org' \
	    "^Subject: Cron <alice@.*> echo 'by mailx'\$"
}

start_server
each_personality over_tls recipe by_placeholders refused snail bsd_mailx
kill "$SERVER_PID"
