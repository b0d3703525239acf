#!/bin/bash
# Letters by the default command lines of both incumbents through a real postfix
# into a mailbox. Its package and those it depends on are unpacked aside and laid
# over /usr in the test's own mount namespace; nothing is installed, and it
# listens on no port. Run by `make check-postfix`, as root.
# Limit: 1800 seconds
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
need_root
need apt-get dpkg

. "$srcdir/tests/postfix_lib.sh"

has_mail() # USER REGEX
{
	LETTER=$PF/mail/$1
	grep -Eqs -- "$2" "$LETTER"
}

arrives()
{
	printf '%s\n' MAILTO=alice@example.org,bob MAILFROM=cron@example.org \
	    "@reboot printf 'over $PERSONALITY\n.\nFrom me\n\303\244\n'; exit 3" |
	    put_user alice
	start_crond
	must_wait 60 has_mail alice "^over $PERSONALITY\$"
	must_wait 60 has_mail bob "^over $PERSONALITY\$"
	# A dot alone ends nothing; bytes stay what they are.
	letter_has '^\.$' '^>?From me$' $'^\303\244$' \
	    '^To: alice@example.org, *bob' '^Subject: Cron <alice@' \
	    '^X-Cron-Status: exit status 3$' '^Content-Transfer-Encoding: 8bit$'
	if is debian; then
		letter_has '^From alice@' '^From: cron@example.org'
	else
		letter_has '^From cron@example.org' \
		    '^From: "\(Cron Daemon\)" <cron@example.org>' \
		    '^Auto-Submitted: auto-generated$'
	fi
	must_wait 20 eval '[ -z "$(ls "$TREE/var/spool/evcron/outbox")" ]'
	no_log ' MAIL '
	rm -f "$PF"/mail/*
}

# What it refuses stays with us, and its own words are in the log.
refused()
{
	printf '%s\n' MAILTO=alice '@reboot head -c 300000 /dev/zero | tr "\0" "x\n"' |
	    put_user alice
	sed -i '/^message_size_limit/d' /etc/postfix/main.cf
	echo 'message_size_limit = 100000' >>/etc/postfix/main.cf
	start_crond
	wait_log '\(alice\) MAIL \(mailed 300000 bytes of output but got status 0x00[0-9a-f]{2}( from MTA)?\): .*; kept in '
	sed -i '/^message_size_limit/d' /etc/postfix/main.cf
}

make_tree
mkdir -p "$PF"
postfix_unpack
postfix_users
postfix_configure <<END
default_transport = error:no way out of this test
END
postfix_start
each_personality arrives refused
