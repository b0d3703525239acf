#!/bin/bash
# Letters that no mailer takes: tried again, over restarts and crashes, put into
# the user's mailbox, in the end dropped; shown, flushed, kept as sent.
. "$(dirname "$0")/lib.sh"
need_root
make_tree
mkdir -m 0755 "$TREE/bin"

OUTBOX=$TREE/var/spool/evcron/outbox
SENT=$TREE/var/spool/evcron/sent
MAILER=$TREE/bin/mailer

# One that does what the file OUT/how says, if there is one, and else takes the
# letter: before it takes it, or after it has read that many bytes.
write_mailer "$TREE/bin/takes"
put "$MAILER" 0755 <<END
#!/bin/sh
PATH=/usr/bin:/bin
: >$OUT/attempt.\$\$
if [ -f $OUT/how ]; then . $OUT/how; fi
exec $TREE/bin/takes "\$@"
END

how() # COMMANDS: what the mailer does from now on; none: take letters
{
	if [ -n "$1" ]; then
		echo "$1" | put "$OUT/how"
	else
		rm -f "$OUT/how"
	fi
}

mailboxes() # the directory of them, as a package of Debian or RHEL makes it
{
	BOXES=$TREE/var/mail
	is debian || BOXES=$TREE/var/spool/mail
	rm -rf "$BOXES"
	mkdir -p -m 2775 "$BOXES"
	chgrp mail "$BOXES"
	chmod 2775 "$BOXES"
}

letters() # [DIRECTORY]
{
	find "${1:-$OUTBOX}" -type f -not -name '.*' 2>/dev/null | wc -l
}

kept() # HOW MANY
{
	[ "$(letters)" -eq "$1" ]
}

attempts()
{
	find "$OUT" -name 'attempt.*' | wc -l
}

tried() # HOW OFTEN AT LEAST
{
	[ "$(attempts)" -ge "$1" ]
}

in_outbox() # REGEX
{
	grep -aqsr -- "$1" "$OUTBOX"
}

outbox_says() # REGEX OPTION...
{
	local regex=$1

	shift
	"$CROND" --root="$TREE" --personality="$PERSONALITY" "$@" \
	    >"$TREE/notes" 2>&1 || true
	grep -Eq -- "$regex" "$TREE/notes"
}

show() # OPTION...: into notes
{
	"$CROND" --root="$TREE" --personality="$PERSONALITY" "$@" \
	    >"$TREE/notes" 2>&1
}

# Two attempts fail, the third is taken: with the Date of its run, which a first
# delivery does not have; the log has the complaint once.
again()
{
	local started

	how 'echo "no route" >&2; exit 75'
	started=$(date +%s)
	echo "@reboot date +\\%s >$OUT/ran; echo precious" | put_user alice
	start_crond -m "$MAILER" --retry=1s
	must_wait 20 tried 3
	how ''
	wait_mail '^precious$'
	letter_has '^Subject: Cron <alice@' '^To: alice$'
	same Date "$(grep -c '^Date: ' "$LETTER")" 1
	[ "$(date -d "$(sed -n 's/^Date: //p' "$LETTER")" +%s)" -le \
	    "$(cat "$OUT/ran")" ] || fail "it is not the run's Date"
	[ "$(date -d "$(sed -n 's/^Date: //p' "$LETTER")" +%s)" -ge "$started" ]
	must_wait 20 kept 0
	wait_log '\(alice\) MAIL \(sent letter [^ ]+ at attempt [0-9]+, after [0-9]+ s\)'
	same "complaints in the log" "$(log_count 'got status 0x004b')" 1
	echo '@reboot echo second' | put_user bob
	stop_crond
	rm "$TREE"/run/cron*.reboot
	start_crond -m "$MAILER"
	wait_mail '^second$'
	! grep -q '^Date: ' "$LETTER" || fail "a first delivery has a Date"
}

# Signals, missing mailers, and what sysexits does not call final.
all_is_retried()
{
	local what

	echo '@reboot echo precious' | put_user alice
	# shellcheck disable=SC2016
	for what in 'kill -9 $$' 'exit 68' 'exit 1'; do
		rm -f "$TREE"/run/cron*.reboot "$MAIL"/* "$OUT"/attempt.*
		how "$what"
		start_crond -m "$MAILER" --retry=1s
		must_wait 20 tried 2
		how ''
		wait_mail '^precious$'
		must_wait 20 kept 0
		stop_crond
	done
	rm -f "$TREE"/run/cron*.reboot "$MAIL"/*
	start_crond -m "$TREE/bin/comes-later" --retry=1s
	wait_log 'EXEC FAILED'
	write_mailer "$TREE/bin/comes-later"
	wait_mail '^precious$'
	rm "$TREE/bin/comes-later"
}

in_mailbox() # USER REGEX
{
	LETTER=$BOXES/$1
	grep -Eqs -- "$2" "$LETTER"
}

# The mailer's last word: into the mailbox, as that of a mail system, and never
# to the mailer again.
final()
{
	local status

	mailboxes
	printf '%s\n' "Welcome" >"$BOXES/alice" # no newline missing, no mail
	printf 'From x\n\nlast' >"$BOXES/alice"
	chown alice:mail "$BOXES/alice"
	chmod 0660 "$BOXES/alice"
	# shellcheck disable=SC2016
	echo '@reboot printf "From me\nlast line"' | put_user alice
	echo '@reboot echo to bob; exit 1' | put_user bob
	for status in 64 65 67; do
		rm -f "$TREE"/run/cron*.reboot "$OUT"/attempt.*
		how "echo 'who is that?' >&2; exit $status"
		start_crond -m "$MAILER" --retry=1s
		wait_log '\(alice\) MAIL \(.*who is that\?; [0-9]+ bytes of output put into .*/mail/alice\)'
		wait_log '\(bob\) MAIL \(.*put into .*/mail/bob\)'
		must_wait 20 kept 0
		stop_crond
		same attempts "$(attempts)" 2
	done
	in_mailbox bob '^to bob$' || fail "bob's has no letter"
	letter_has '^From bob ' '^Date: ' '^Subject: Cron <bob@' \
	    '^\[Not sent, but put here .*who is that' '^X-Cron-Status: exit status 1$'
	same "bob's mailbox" "$(stat -c %U:%G:%a "$BOXES/bob")" bob:mail:660
	in_mailbox alice '^>From me$' || fail "a line is not quoted"
	same "mails" "$(grep -c '^From ' "$BOXES/alice")" 4
	same "the line before" "$(sed -n 3p "$BOXES/alice")" last
	same "the line between" "$(sed -n 4p "$BOXES/alice")" ''
	same "last line" "$(tail -c 11 "$BOXES/alice" | od -An -c | tr -d ' ')" \
	    'lastline\n\n'
	[ ! -e "$BOXES/alice.lock" ] || fail "the lock was left"
}

too_old()
{
	mailboxes
	how 'exit 75'
	echo '@reboot echo precious' | put_user alice
	start_crond -m "$MAILER" --retry=1s --retry-for=2s
	must_wait 30 in_mailbox alice '^precious$'
	letter_has '^\[Not sent, .*exit status 75' '^Date: '
	must_wait 20 kept 0
	same attempts "$(attempts)" 3
}

# No mailer at all: at once. Without a mailbox it stays until there is one or the
# other.
no_mailer()
{
	mailboxes
	rm "$TREE/usr/sbin/sendmail"
	echo '@reboot echo precious' | put_user alice
	start_crond
	must_wait 20 in_mailbox alice '^precious$'
	letter_has '^\[Not sent, .*there is no mailer at .*/usr/sbin/sendmail'
	must_wait 20 kept 0
	if is debian; then
		wait_log '\(CRON\) info \(No MTA installed, output is in .*/mail/alice\)'
	else
		wait_log '\(alice\) MAIL \(no mailer at .*sendmail; 9 bytes of output put into .*/mail/alice\)'
	fi
	stop_crond
	rm -rf "$BOXES" "$TREE"/run/cron*.reboot
	start_crond --retry=1s
	wait_log "\(alice\) MAIL \(can't be put into .*/mail/alice: No such file or directory; kept in "
	kept 1
	write_mailer "$TREE/usr/sbin/sendmail"
	wait_mail '^precious$'
	must_wait 20 kept 0
}

# Whatever a user puts where his mailbox should be: the letter waits, nothing
# else is touched, nobody waits for it.
strange_mailboxes()
{
	local kind why

	mailboxes
	how 'exit 67'
	: >"$OUT/target"
	echo '@reboot echo precious' | put_user alice
	for kind in symlink fifo hardlink directory others closed; do
		why='it is no file that is the user.s alone'
		rm -rf "$BOXES/alice" "$TREE"/run/cron*.reboot
		rm -f "$OUTBOX"/*/*
		case $kind in
		symlink) ln -s "$OUT/target" "$BOXES/alice" ;;
		fifo) mkfifo -m 0660 "$BOXES/alice" ;;
		hardlink)
			ln "$OUT/target" "$BOXES/alice"
			chown alice "$BOXES/alice" ;;
		directory) mkdir "$BOXES/alice" ;;
		others)
			: >"$BOXES/alice"
			chown bob:mail "$BOXES/alice"
			chmod 0660 "$BOXES/alice" ;;
		closed) # to root it would not be
			: >"$BOXES/alice"
			chown alice:mail "$BOXES/alice"
			chmod 0 "$BOXES/alice"
			why='Permission denied' ;;
		esac
		start_crond -m "$MAILER"
		wait_log "\(alice\) MAIL \(can't be put into .*/mail/alice: $why; kept in "
		kept 1
		stop_crond
	done
	[ ! -s "$OUT/target" ] || fail "it was written through a link"
	chown root "$OUT/target"
	! is debian || locked_mailbox
}

# A lock that nobody takes away is waited for a while; one that is old does not
# count. A mailbox at its limit gets no more.
locked_mailbox()
{
	rm -rf "$BOXES/alice" "$TREE"/run/cron*.reboot
	rm -f "$OUTBOX"/*/*
	: >"$BOXES/alice.lock"
	: >"$BOXES/bob.lock"
	touch -d '10 minutes ago' "$BOXES/bob.lock"
	echo '@reboot echo to bob' | put_user bob
	head -c 70000 /dev/zero >"$BOXES/root"
	echo '@reboot root echo to root' | put_system
	start_crond -m "$MAILER" --mailbox-max=64K
	must_wait 20 in_mailbox bob '^to bob$'
	wait_log "\(root\) MAIL \(can't be put into .*/root: it would be larger than --mailbox-max; kept in "
	wait_log "\(alice\) MAIL \(can't be put into .*: somebody else holds its lock; kept in " 60
	[ -e "$BOXES/alice.lock" ] || fail "it was not our lock"
	kept 2
	stop_crond
	rm "$BOXES"/*
}

# Mailboxes on a disk that is read-only, then one that is full: the letter waits,
# and is there in the end, once.
unwritable_mailboxes()
{
	mailboxes
	mount -t tmpfs -o "ro,mode=2775,gid=$(getent group mail | cut -d : -f 3)" \
	    evcron-test "$BOXES"
	how 'exit 67'
	echo '@reboot seq 1 20000' | put_user alice
	start_crond -m "$MAILER" --retry=1h
	wait_log "\(alice\) MAIL \(can't be put into .*/mail/alice: Read-only file system; kept in "
	mount -o remount,rw,size=64K "$BOXES"
	show --flush
	wait_log "\(alice\) MAIL \(can't be put into .*/mail/alice: No space left on device; kept in "
	[ ! -s "$BOXES/alice" ] || fail "a part of it was left"
	kept 1
	mount -o remount,size=1M "$BOXES"
	show --flush
	must_wait 20 kept 0
	in_mailbox alice '^20000$' || fail "it is not there"
	same "mails" "$(grep -c '^From ' "$BOXES/alice")" 1
	same "attempts by the mailer" "$(attempts)" 1
	stop_crond
	umount "$BOXES"
}

# A crash, a boot: the next attempt is not forgotten, and not made sooner.
restart()
{
	how 'exit 75'
	echo '@reboot echo precious' | put_user alice
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 in_outbox '^tries 1$'
	kill -KILL "$CROND_PID"
	wait "$CROND_PID" || true
	how ''
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 outbox_says 'alice .* 1 +in (59|60) min .*exit status 75' --outbox
	same attempts "$(attempts)" 1
	stop_crond
	as_after_a_boot # but @reboot jobs stay done
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 outbox_says 'alice .* 1 +in (59|60) min .*exit status 75' --outbox
	same attempts "$(attempts)" 1
	stop_crond
	# What the file says is believed up to the wait that was planned.
	sed -i 's/^next [0-9]*$/next 99999999999/' "$OUTBOX"/*/*
	start_crond -m "$MAILER" --retry=2s
	wait_mail '^precious$'
	must_wait 20 kept 0
}

# One uid, two names, two letters: the next crond finds the uid's letters and
# has one name for it. The other one is asked for.
two_names()
{
	add_user ally 70001 "$TREE/home/alice"
	how 'exit 75'
	echo '@reboot echo of alice' | put_user alice
	echo '@reboot echo of ally' | put_user ally
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 eval '[ "$(cat "$OUTBOX"/*/* | grep -ac "^tries 1$")" -eq 2 ]'
	stop_crond
	how ''
	start_crond -m "$MAILER" --retry=1h
	show --flush
	wait_mail '^of alice$'
	wait_mail '^of ally$'
	letter_has '^To: ally'
	must_wait 20 kept 0
	no_log 'set aside'
}

# The daemon goes down with the job: the letter is sent, and says so.
cut_off()
{
	how ''
	printf '%s\n' "@reboot echo first; echo \$\$ >$OUT/pid; exec sleep 300" \
	    "@reboot -n echo only; echo \$\$ >$OUT/pid2; exec sleep 300" |
	    put_user alice
	start_crond -m "$MAILER"
	wait_file "$OUT/pid"
	wait_file "$OUT/pid2"
	must_wait 20 in_outbox 'first$'
	must_wait 20 in_outbox 'only$'
	kill -KILL "$CROND_PID"
	wait "$CROND_PID" || true
	kill -KILL "$(cat "$OUT/pid")" "$(cat "$OUT/pid2")"
	as_after_a_boot
	echo 'not ours' >"$OUTBOX/70001/strange"
	start_crond -m "$MAILER"
	wait_mail '^first$'
	letter_has '^\[The end of this run is not known: ' \
	    '^X-Cron-Status: unknown$' '^Date: '
	wait_mail '^only$'
	wait_log "outbox/[0-9]+/strange is no letter that can be read"
	must_wait 20 kept 0
	[ "$(cat "$OUTBOX/70001/.aside.strange")" = 'not ours' ] ||
	    fail "the strange letter is gone"
}

# A mailer that is its user's: keeps the letter open over the attempts, moves its
# offset, tries to write to it, to cut it off, to give it a name of his own.
hostile_mailer()
{
	# shellcheck disable=SC2016
	how '{ : </proc/self/fd/0; sleep 300; } <&0 &
{ echo evil >/proc/$$/fd/0; : >/proc/$$/fd/0; } 2>/dev/null && : >'"$OUT/written"'
ln -L /proc/$$/fd/0 '"$OUT/link"' 2>/dev/null && : >'"$OUT/linked"'
tail -n 1 >/dev/null
exit 75'
	echo '@reboot echo precious' | put_user alice
	start_crond -m "$MAILER" --retry=1s
	must_wait 20 tried 3
	how ''
	wait_mail '^precious$'
	letter_has '^To: alice$'
	same "the body" "$(letter_body)" precious
	[ ! -e "$OUT/written" ] || fail "the letter could be written to"
	[ ! -e "$OUT/linked" ] || fail "the letter has a name of alice's"
	must_wait 20 kept 0
}

# An ordinary user's own crond: his own outbox, his own mailbox.
own()
{
	local as=(setpriv --reuid=alice --regid=alice --clear-groups env
	    "HOME=$TREE/home/alice" "XDG_RUNTIME_DIR=$TREE/home/alice/run")

	need setpriv
	is debian || return 0 # one is enough
	rm -rf "$TREE/home/alice/.local" "$TREE/home/alice/run"
	"${as[@]}" mkdir -p "$TREE/home/alice/run"
	printf '%s\n' "HOME=$TREE/home/alice" '@reboot echo precious' |
	    put "$TREE/own" 0644 alice:
	how 'exit 75'
	: >"$TREE/stderr"
	chmod 0666 "$TREE/stderr"
	launch "${as[@]}" "$CROND" -f --log=stderr --personality=debian \
	    "$WITH_COLLECTOR" -m "$MAILER" --retry=1h "$TREE/own"
	OUTBOX=$TREE/home/alice/.local/state/evcron/outbox
	must_wait 20 in_outbox '^tries 1$'
	"${as[@]}" "$CROND" --personality=debian --outbox >"$TREE/notes"
	grep -Eq ' alice .* 1 +in (59|60) min .*exit status 75' "$TREE/notes"
	how ''
	"${as[@]}" "$CROND" --personality=debian --flush
	wait_mail '^precious$'
	must_wait 20 kept 0
	OUTBOX=$TREE/var/spool/evcron/outbox
	stop_crond
}

# What is kept outlives a power cut; the loop waits for no disk.
synced()
{
	need strace
	is debian || return 0
	how 'exit 75'
	echo '@reboot echo precious' | put_user alice
	: >"$LOG"
	# LeakSanitizer and strace can't both trace.
	CROND_ENV=("ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")
	# shellcheck disable=SC2046
	launch strace -D -f -qq -o "$TREE/strace" -e trace=fdatasync,fsync \
	    "$CROND" $(crond_arguments) -m "$MAILER"
	CROND_ENV=()
	# A call that another thread's comes between stands on two lines.
	must_wait 20 grep -Eqs ' fdatasync(\(| resumed>).*= 0$' "$TREE/strace"
	must_wait 20 grep -Eqs ' fsync(\(| resumed>).*= 0$' "$TREE/strace"
	! grep -q "^$CROND_PID .*sync" "$TREE/strace" || fail "the loop waited"
	stop_crond
	rm "$TREE/strace"
}

# A mailer that breaks off while the job goes on: what is left is sent again, and
# says what is not.
broken_stream()
{
	local gone

	how 'head -c 5500000 >/dev/null; exit 75'
	echo '@reboot seq 1 1000000; echo end' | put_user alice
	start_crond -m "$MAILER" --letter-max=2M --retry=2s
	wait_log 'got status 0x004b'
	how ''
	wait_mail '^\[This was being mailed while the job ran'
	letter_has '^\[The first [0-9]+ bytes of output are not in it' '^Date: '
	gone=$(sed -n 's/^\[The first \([0-9]*\) bytes.*/\1/p' "$LETTER")
	# Notes, an empty line, then all the output from there on: a second
	# mailer would have had it all, so nothing was discarded.
	no_log discarded
	same "what is left" "$(letter_body | sed '1,/^$/d' | sha256sum)" \
	    "$({ seq 1 1000000; echo end; } | tail -c +$((gone + 1)) | sha256sum)"
	must_wait 20 kept 0
}

# All that waits is tried at once, and the times planned before still hold.
flush()
{
	how 'exit 75'
	printf '%s\n' '@reboot echo one' '@reboot echo two' | put_user alice
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 eval '[ "$(cat "$OUTBOX"/*/* | grep -ac "^tries 1$")" -eq 2 ]'
	show --flush
	grep -qx 'all letters are tried now' "$TREE/notes"
	must_wait 20 tried 4
	must_wait 20 eval '[ "$(cat "$OUTBOX"/*/* | grep -ac "^tries 2$")" -eq 2 ]'
	must_wait 20 outbox_says ' 2 +in (59|60) min' --outbox
	how ''
	show --flush
	wait_mail '^one$'
	wait_mail '^two$'
	must_wait 20 kept 0
	show --flush
	grep -qx 'no letters wait' "$TREE/notes"
	stop_crond
	# Without a daemon the next one does it.
	how 'exit 75'
	rm -f "$TREE"/run/cron*.reboot "$MAIL"/*
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 eval '[ "$(cat "$OUTBOX"/*/* | grep -ac "^tries 1$")" -eq 2 ]'
	stop_crond
	! show --flush || fail "--flush succeeded without a daemon"
	grep -q 'no daemon runs' "$TREE/notes"
	how ''
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 kept 0
	wait_mail '^one$'
}

# What waits, and why: safe on a terminal.
listed()
{
	how 'printf "bad \033[31mword\n" >&2; exit 75'
	printf '%s\n' $'@reboot printf "a\\tb \\033[31m\\303\\244\\302\\233\\n"; : \e[5mx' |
	    put_user alice
	show --outbox
	grep -qx 'no letters wait' "$TREE/notes"
	start_crond -m "$MAILER" --retry=1h
	must_wait 20 outbox_says '1 +in (59|60) min' --outbox
	sed -n 1p "$TREE/notes" | grep -E >/dev/null \
	    '^WHEN +USER +COMMAND +BYTES +TRIES +NEXT +ID +WHY$'
	sed -n 2p "$TREE/notes" | grep -E >/dev/null \
	    '^20[0-9-]+ [0-9:]+ +alice +printf .*\.\.\. +[0-9]+ +1 +in [0-9]+ min +[^ ]+ +.*mailer: exit status 75: bad \^\[\[31mword$' ||
	    fail "$(cat "$TREE/notes")"
	! grep -q $'\e' "$TREE/notes" || fail "control characters"
	show --outbox "$(ls "$OUTBOX"/*)"
	! grep -q $'\e' "$TREE/notes" || fail "control characters"
	grep -q '^Subject: Cron <alice@' "$TREE/notes"
	grep -qxF $'a\tb ^[[31m\303\244\\302\\233' "$TREE/notes"
	! show --outbox no-such-letter || fail "no such letter"
	! show --outbox ../outbox/x || fail "a path"
	stop_crond
}

# Letters of failed runs stay for a while when they were taken.
sent()
{
	how ''
	printf '%s\n' '@reboot echo good' '@reboot echo bad; exit 3' | put_user alice
	start_crond -m "$MAILER"
	wait_mail '^good$'
	wait_mail '^bad$'
	must_wait 20 kept 0
	must_wait 20 eval '[ "$(letters "$SENT")" -eq 1 ]'
	same mode "$(stat -c %a:%U "$SENT")" 700:root
	show --outbox --sent
	sed -n 2p "$TREE/notes" | grep -E >/dev/null 'alice +echo bad; exit 3 +4 +exit 3 +20'
	show --sent "$(ls "$SENT"/*)"
	grep -qx bad "$TREE/notes"
	grep -qx 'To: alice' "$TREE/notes"
	stop_crond
	# No longer than that, and no more than that.
	start_crond -m "$MAILER" --sent-age=1s
	must_wait 30 eval '[ "$(letters "$SENT")" -eq 0 ]'
	stop_crond
	rm "$TREE"/run/cron*.reboot
	for i in 1 2 3 4 5; do
		echo "@reboot head -c 20000 /dev/zero; echo; echo bad $i; exit 1"
	done | put_user alice
	start_crond -m "$MAILER" --sent-max=64K --mailers=1
	wait_log 'no room for more letters of failed runs: dropped the oldest that was sent'
	must_wait 20 kept 0
	[ "$(du -sk "$SENT" | cut -f 1)" -le 68 ] || fail "$(du -sk "$SENT")"
}

# Said once, and once when it is over; what nobody takes goes in the end.
outage()
{
	how 'exit 75'
	echo '@reboot echo precious' | put_user alice
	start_crond -m "$MAILER" --retry=1s --warn-after=2s
	wait_log "cron.warning .*\(CRON\) MAIL \(no mail could be sent for 2 s; letters wait in .*outbox/70001; last: .*exit status 75\)"
	must_wait 20 tried 5
	same "warnings" "$(log_count 'no mail could be sent')" 1
	how ''
	wait_log 'cron.warning .*\(CRON\) MAIL \(mail can be sent again\)'
	stop_crond
	how 'exit 75'
	rm "$TREE"/run/cron*.reboot
	start_crond -m "$MAILER" --retry=1s --outbox-age=2s
	wait_log '\(alice\) MAIL \(dropped letter [^ ]+, 9 bytes, which nobody took in 2 s: .*exit status 75'
	must_wait 20 kept 0
}

# SUSE's is RHEL's in all of this.
: "${PERSONALITIES:=debian redhat}"
each_personality again all_is_retried final too_old no_mailer \
    strange_mailboxes unwritable_mailboxes restart two_names cut_off \
    hostile_mailer own synced broken_stream flush listed sent outage
