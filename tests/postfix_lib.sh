# shellcheck shell=bash
# A real postfix for tests: its package and those it depends on, unpacked aside
# and laid over /usr in the test's own mount namespace. Nothing is installed, and
# it listens on no port. To be sourced after tests/e2e/lib.sh.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/evcron-check/postfix
PF=$TREE/postfix

postfix_unpack()
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

postfix_users()
{
	sed -i '/^postfix:/d' "$TREE/etc/passwd"
	sed -i '/^\(postfix\|postdrop\):/d' "$TREE/etc/group"
	echo "postfix:x:70100:70100::$PF/queue:/usr/sbin/nologin" \
	    >>"$TREE/etc/passwd"
	printf '%s\n' postfix:x:70100: postdrop:x:70101: >>"$TREE/etc/group"
	chgrp postdrop "$PF"/root/usr/sbin/post{drop,queue}
	chmod 2755 "$PF"/root/usr/sbin/post{drop,queue}
}

postfix_configure() # its main.cf's last lines from stdin
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
	END
	cat >>"$TREE/etc/postfix/main.cf"
}

postfix_start()
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
