#!/bin/bash
# Letters by the default command lines of both incumbents through a real postfix
# into a mailbox. Its package and those it depends on are unpacked aside and laid
# over /usr in the test's own mount namespace; nothing is installed, and it
# listens on no port. Run by `make check-postfix`, as root.
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
need_root
need apt-get dpkg

cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/postfix
PF=$TREE/postfix

unpack()
{
	local deb names

	mkdir -p "$cache"
	if ! ls "$cache"/postfix_*.deb >/dev/null 2>&1; then
		# What its libraries need beyond that, every machine has.
		names=$(apt-cache depends --important postfix |
		    sed -n 's/.* Depends: \(lib[^ ]*\)$/\1/p' | grep -vx libc6)
		# shellcheck disable=SC2086
		(cd "$cache" && apt-get -qq -o APT::Sandbox::User=root \
		    download postfix $names libtirpc3) >"$TREE/notes" 2>&1 ||
		    skip "postfix can't be fetched: $(tail -n 1 "$TREE/notes")"
	fi
	mkdir -p "$PF/root"
	for deb in "$cache"/*.deb; do
		dpkg -x "$deb" "$PF/root"
	done
	if [ -d "$PF/root/lib" ] && [ -L /lib ]; then
		cp -a "$PF/root/lib/." "$PF/root/usr/lib/"
	fi
}

users()
{
	sed -i '/^postfix:/d' "$TREE/etc/passwd"
	sed -i '/^\(postfix\|postdrop\):/d' "$TREE/etc/group"
	echo "postfix:x:70100:70100::$PF/queue:/usr/sbin/nologin" \
	    >>"$TREE/etc/passwd"
	printf '%s\n' postfix:x:70100: postdrop:x:70101: >>"$TREE/etc/group"
	chgrp postdrop "$PF"/root/usr/sbin/post{drop,queue}
	chmod 2755 "$PF"/root/usr/sbin/post{drop,queue}
}

configure()
{
	mkdir -p "$TREE/etc/postfix"
	cp -a "$PF/root/etc/postfix/." "$TREE/etc/postfix/"
	mkdir -m 0755 "$PF/queue" "$PF/data"
	mkdir -m 1777 "$PF/mail"
	chown postfix "$PF/data"
	grep -v '^smtp  *inet\|^[0-9a-z:]*  *inet' \
	    "$PF/root/usr/share/postfix/master.cf.dist" |
	    sed 's/^\([a-z].*  *[-n]  *[-yn]  *\)y /\1n /' \
	    >"$TREE/etc/postfix/master.cf"
	: >"$TREE/etc/postfix/dynamicmaps.cf"
	cat >"$TREE/etc/postfix/main.cf" <<-END
	compatibility_level = 3.6
	queue_directory = $PF/queue
	data_directory = $PF/data
	mail_spool_directory = $PF/mail
	maillog_file = $PF/log
	maillog_file_prefixes = $TREE
	myhostname = host.example.org
	mydestination = example.org, host.example.org, localhost
	inet_interfaces = loopback-only
	inet_protocols = ipv4
	alias_maps =
	alias_database =
	biff = no
	enable_long_queue_ids = yes
	default_transport = error:no way out of this test
	END
}

start_postfix()
{
	mount -t overlay -o "lowerdir=$PF/root/usr:/usr" evcron-postfix /usr \
	    2>>"$TREE/notes" || skip "no overlay can be mounted over /usr"
	ldd /usr/sbin/postdrop | grep 'not found' &&
	    skip "libraries of postfix are missing"
	ip link set lo up 2>/dev/null || true
	/usr/sbin/postfix -c /etc/postfix start >>"$TREE/notes" 2>&1 ||
	    { cat "$TREE/notes" "$PF/log"; fail "postfix does not start"; }
	ln -sf /usr/sbin/sendmail "$TREE/usr/sbin/sendmail"
}

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
unpack
users
configure
start_postfix
each_personality arrives refused
