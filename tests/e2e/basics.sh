#!/bin/bash
# A job of each kind of table: its environment, ids, directory, stdin, output,
# and the letter that comes of it. Jobs are @reboot entries: no clock is needed.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

# What a job can tell of itself, into files of its own.
write_probe()
{
	put "$TREE/probe" 0755 <<END
#!/bin/sh
o=$OUT/\$1
/usr/bin/env >\$o.env
{ id -un; id -gn; id -Gn; } >\$o.id
pwd >\$o.pwd
umask >\$o.umask
cat >\$o.stdin
ls /proc/self/fd >\$o.fds
cut -d ' ' -f 1,4,5,6,7 /proc/\$\$/stat >\$o.stat
grep -E '^Sig(Ign|Blk)' /proc/self/status >\$o.signals
: >\$o
END
}

system_job()
{
	write_probe
	printf '%s\n' 'FIRST=one' '@reboot root exec '"$TREE"'/probe sys' \
	    'LATER=two' | put_system
	start_crond
	wait_job sys
	grep -qx FIRST=one "$OUT/sys.env" || fail "a setting above the entry"
	! grep -q LATER "$OUT/sys.env" || fail "a setting below the entry"
	grep -qx SHELL=/bin/sh "$OUT/sys.env"
	grep -qx HOME=/root "$OUT/sys.env"
	grep -qx LOGNAME=root "$OUT/sys.env"
	if is debian; then
		grep -qx PATH=/usr/bin:/bin "$OUT/sys.env"
		! grep -q ^USER= "$OUT/sys.env" || fail "USER is set"
	else
		grep -qx PATH=/usr/bin:/bin:/usr/sbin:/sbin "$OUT/sys.env"
		grep -qx USER=root "$OUT/sys.env"
	fi
	same user "$(head -n 1 "$OUT/sys.id")" root
	same cwd "$(cat "$OUT/sys.pwd")" /root
	same stdin "$(cat "$OUT/sys.stdin")" ''
	wait_log "(CRON|CROND)\[[0-9]+\]: \(root\) CMD \(exec $TREE/probe sys\)"
}

# A session and process group of its own, no tty, nothing ignored or blocked.
session()
{
	write_probe
	echo "@reboot root exec $TREE/probe s" | put_system
	start_crond
	wait_job s
	read -r pid ppid pgrp sid tty <"$OUT/s.stat"
	same "process group" "$pgrp" "$pid"
	same session "$sid" "$pid"
	same tty "$tty" 0
	# But 32 and 33: they are glibc's, and who starts the tests may ignore them.
	while read -r what mask; do
		same "$what" "$((0x$mask & ~0x180000000))" 0
	done <"$OUT/s.signals"
	wait_log "\[$pid\]: \(root\) CMD " # the line bears the job's pid
}

user_job()
{
	write_probe
	printf '%s\n' 'A = "  x y"' "@reboot $TREE/probe mine" | put_user alice
	start_crond
	wait_job mine
	same ids "$(tr '\n' ' ' <"$OUT/mine.id")" 'alice alice alice tapes '
	same cwd "$(cat "$OUT/mine.pwd")" "$TREE/home/alice"
	grep -qx 'A=  x y' "$OUT/mine.env"
	grep -qx LOGNAME=alice "$OUT/mine.env"
	grep -qx "HOME=$TREE/home/alice" "$OUT/mine.env"
	wait_log "\(alice\) CMD \($TREE/probe mine\)"
}

dropin_job()
{
	write_probe
	printf 'HOME=/\nSHELL=/bin/bash\n@reboot bob\texec %s/probe d $BASH\n' \
	    "$TREE" | put_dropin some-job
	echo '@reboot root : >'"$OUT/hidden" | put_dropin .hidden
	echo '@reboot root : >'"$OUT/backup" | put_dropin 'backup~'
	start_crond
	wait_job d
	same ids "$(tr '\n' ' ' <"$OUT/d.id")" 'bob bob bob '
	same cwd "$(cat "$OUT/d.pwd")" /
	grep -qx SHELL=/bin/bash "$OUT/d.env"
	[ ! -e "$OUT/hidden" ] || fail "a name with a dot in front"
	[ ! -e "$OUT/backup" ] || fail "an editor's backup"
}

percent()
{
	write_probe
	printf '%s\n' "@reboot root $TREE/probe p a\\%b%first%second \\% \\x\\" |
	    put_system
	start_crond
	wait_job p
	same stdin "$(cat "$OUT/p.stdin")" "$(printf 'first\nsecond %% \\x\\')"
	wait_log "CMD \($TREE/probe p a%b\)"
}

# All of a run's output in one letter, with the incumbent's headers.
letter()
{
	printf '%s\n' 'MAILTO=carol@example.org' \
	    '@reboot alice echo hello; echo bad >&2; echo last' | put_system
	start_crond
	wait_mail '^To: carol@example.org$'
	letter_has '^Subject: Cron <alice@[^ .>]+> echo hello; echo bad >&2' \
	    '^MIME-Version: 1.0$' '^Content-Transfer-Encoding: 8bit$' \
	    '^Content-Type: text/plain; charset=' \
	    '^X-Cron-Env: <SHELL=/bin/sh>$' '^X-Cron-Env: <LOGNAME=alice>$' \
	    '^X-Cron-Env: <MAILTO=carol@example.org>$'
	same body "$(letter_body)" "$(printf 'hello\nbad\nlast')"
	if is debian; then
		letter_has '^From: root \(Cron Daemon\)$'
		! grep -q '^Auto-Submitted' "$LETTER"
	else
		letter_has '^From: "\(Cron Daemon\)" <alice>$' \
		    '^Auto-Submitted: auto-generated$' '^Precedence: bulk$'
	fi
	same "mailer's user" "$(head -n 1 "${LETTER%.eml}.id")" 70001
	same "letters" "$(mail_count)" 1
}

no_output_no_mail()
{
	printf '%s\n' '@reboot root exit 3' '@reboot root echo barrier' |
	    put_system
	start_crond
	wait_mail '^barrier$'
	same letters "$(mail_count)" 1
}

each_personality system_job session user_job dropin_job percent letter \
    no_output_no_mail
