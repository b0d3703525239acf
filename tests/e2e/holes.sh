#!/bin/bash
# Holes that cron daemons have had, by the numbers they were given, against ours.
# crontab(1)'s are in crontab_rights.sh; tests/README has the whole list.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

D=$TREE/etc/cron.d

starts() # NAME: how often that job was started
{
	log_count "CMD \(: $1\)"
}

more_starts() # NAME THAN
{
	[ "$(starts "$1")" -gt "$2" ]
}

minutes() # N: go by
{
	local i

	for ((i = 0; i < $1; i++)); do
		wait_for 30 more_starts beat "$(starts beat)" ||
		    fail 'no minute goes by'
	done
}

# CVE-2012-6097: the daemon's descriptors reach no job.
descriptors()
{
	local u

	# what is open while these run: tables, the outputs of others, the log
	for u in 1 2 3; do
		echo "@reboot root sleep 3" | put_dropin "sleep$u"
	done
	for u in root alice; do
		echo "@reboot $u ls /proc/self/fd >$OUT/$u.new; mv $OUT/$u.new $OUT/$u"
	done | put_dropin fds
	start_crond
	for u in root alice; do
		wait_job "$u"
		# 3 is ls's own, of the directory
		same "descriptors of $u" "$(tr '\n' ' ' <"$OUT/$u")" '0 1 2 3 '
	done
}

# CVE-2019-9704: a table of a million entries, and no memory for them.
no_memory()
{
	ldd "$CROND" | grep libasan >/dev/null && return
	seq -f '0 4 1 1 * root true %.0f' 1000000 | put_dropin million
	echo "@reboot root : >$OUT/other" | put_dropin other
	: >"$LOG"
	# shellcheck disable=SC2046,SC2016
	launch sh -c 'ulimit -v 60000; exec "$@"' sh "$CROND" $(crond_arguments)
	must_wait 60 crond_ready
	wait_job other
	if is debian; then # which stops counting
		wait_log '\*million\) ERROR \(crontab must not be longer'
	else
		wait_log 'million.*annot allocate memory|annot allocate memory.*million'
	fi
	kill -0 "$CROND_PID" || fail 'the daemon ended'
	rm "$D/million"
	echo "* * * * * root : >$OUT/after" | put_dropin after
	wait_log 'RELOAD \(.*after\)'
}

# CVE-2019-9706: a table that is good, bad, another's and open to all by turns.
flips()
{
	local i

	fake_clock '2024-01-01 12:00:10' 180
	echo '* * * * * root : beat' | put_dropin beat
	echo '* * * * * : mine' | put_user alice
	start_crond
	minutes 1
	for ((i = 0; i < 6; i++)); do
		echo '* * * * * : mine' >"$SPOOL/alice"
		echo '99 * * * * bad' >>"$SPOOL/alice"
		minutes 1
		chown bob "$SPOOL/alice"
		[ $((i % 2)) -eq 0 ] || minutes 1
		chown alice "$SPOOL/alice"
		chmod 0666 "$SPOOL/alice"
		[ $((i % 3)) -eq 0 ] || minutes 1
		printf '* * * * * : min' >"$SPOOL/alice"
		chmod 0600 "$SPOOL/alice"
		mv "$SPOOL/alice" "$SPOOL/alice~"
		[ $((i % 2)) -eq 1 ] || minutes 1
		echo '* * * * * : mine' >"$SPOOL/alice~"
		mv "$SPOOL/alice~" "$SPOOL/alice"
	done
	i=$(starts mine)
	wait_for 30 more_starts mine "$i" || fail 'the good table does not run'
	stop_crond # with status 0, so no sanitizer has complained
	CROND_ENV=()
}

# CVE-1999-0768, 0769, 0872 and Debian's limit of arguments: endless recipients.
recipients()
{
	{ printf 'MAILTO='; head -c 65536 /dev/zero | tr '\0' a; echo
	echo '@reboot echo long'; } | put_user alice
	{ printf 'MAILTO='; seq -s, 5000; echo '@reboot echo many'; } | put_user bob
	printf 'MAILTO=-oQ/tmp\n@reboot root echo option\n' | put_dropin option
	printf '@reboot root echo well\n' | put_dropin well
	start_crond
	wait_mail '^well$'
	wait_log 'UNSAFE.*-oQ/tmp.*: mail goes to root'
	wait_mail '^option$'
	letter_has '^To: root$'
	kill -0 "$CROND_PID" || fail 'the daemon ended'
	# whatever was made of them is no option and no header of its own
	! grep -hE '^-' "$MAIL"/*.args | grep -vE '^-(FCronDaemon|i|B8BITMIME|odi|oem|oi|t|f)$' ||
	    fail 'an option'
}

# The table of a user who is gone does not run for another of his name.
reused_name()
{
	echo "* * * * * : old" | put_user alice
	chown 71234 "$SPOOL/alice"
	fake_clock '2024-01-01 12:00:10' 180
	echo '* * * * * root : beat' | put_dropin beat
	start_crond
	wait_log '\(alice\) WRONG FILE OWNER \('
	minutes 2
	same 'runs of another'"'"'s table' "$(starts old)" 0
	CROND_ENV=()
}

# Lines of the log and of the head of a mail that a user would like to write.
injection()
{
	local e=$'\033[2J'

	printf 'MAILTO=a\vb\n@reboot : one %s\n' "$e" | put_user alice
	printf 'MAILFROM=x y\n@reboot printf "mine\\n"; : %s\n' "$e" | put_user bob
	start_crond
	wait_mail '^mine$'
	wait_log '\(alice\) CMD \(: one \^\[\[2J'
	! grep -q "$e" "$LOG" || fail 'an escape in the log'
	! sed '/^$/q' "$LETTER" | grep '^Subject' | grep "$e" >/dev/null ||
	    fail 'an escape in the Subject'
}

each_personality descriptors no_memory flips recipients reused_name injection
