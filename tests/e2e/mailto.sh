#!/bin/bash
# Who gets the mail, from whom: MAILTO, MAILFROM, CONTENT_TYPE, and what is unsafe.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

barrier() # a letter that comes after the others of this start
{
	echo '@reboot echo barrier' | put_user bob
}

to_the_user()
{
	echo '@reboot echo out' | put_user alice
	start_crond
	wait_mail '^out$'
	letter_has '^To: alice$'
}

nobody()
{
	printf 'MAILTO=""\n@reboot echo unwanted\n' | put_user alice
	barrier
	start_crond
	wait_mail '^barrier$'
	same letters "$(mail_count)" 1
	no_log UNSAFE
}

several()
{
	printf 'MAILTO=a@x.org,b@y.org\n@reboot echo out\n' | put_user alice
	start_crond
	wait_mail '^out$'
	letter_has '^To: a@x.org,b@y.org$'
	if is debian; then
		grep -qx 'a@x.org,b@y.org' "${LETTER%.eml}.args"
	else
		grep -qxe '-t' "${LETTER%.eml}.args"
	fi
}

# said REGEX: in the log, in the job's name. The incumbents have the pid of a
# process beside the job there.
said()
{
	local pid='[0-9]+'

	if [ -z "$INCUMBENT" ]; then
		wait_log ' CROND?\[[0-9]+\]: \(alice\) CMD '
		pid=$(sed -En 's/.* CROND?\[([0-9]+)\]: \(alice\) CMD .*/\1/p' "$LOG")
	fi
	wait_log " $(is redhat && echo CROND || echo CRON)\[$pid\]: \(alice\) $1"
}

unsafe()
{
	local bad

	# shellcheck disable=SC2016
	for bad in '-oQ/tmp' 'a b' 'a;b' 'a`id`' '|sh'; do
		fresh_tree
		printf 'MAILTO=%s\n@reboot echo unwanted\n' "$bad" |
		    put_user alice
		barrier
		start_crond
		wait_mail '^barrier$'
		same "letters for $bad" "$(mail_count)" 1
		if is debian; then
			said 'UNSAFE MAIL \('
		else
			said 'UNSAFE \('
		fi
		same "lines for $bad" "$(log_count UNSAFE)" 1
	done
}

# Nothing to mail, nothing to say.
unsafe_silent()
{
	printf '%s\n' 'MAILTO=a b' 'MAILFROM=c d' "@reboot : >$OUT/ran" |
	    put_user alice
	barrier
	start_crond
	wait_mail '^barrier$'
	wait_job ran
	no_log UNSAFE
}

# Whose mail it is that a mailer does not take.
refused()
{
	echo 9 >"$MAIL/status"
	echo '@reboot echo out' | put_user alice
	start_crond
	said 'MAIL \(mailed [0-9]+ bytes of output but got status 0x0009'
}

sender()
{
	printf 'MAILFROM=boss@x.org\n@reboot echo out\n' | put_user alice
	start_crond
	wait_mail '^out$'
	if is debian; then
		letter_has '^From: boss@x.org$'
	else
		letter_has '^From: "\(Cron Daemon\)" <boss@x.org>$'
		grep -qx 'boss@x.org' "${LETTER%.eml}.args"
	fi
}

unsafe_sender()
{
	printf 'MAILFROM=a b\n@reboot echo out\n' | put_user alice
	start_crond
	wait_mail '^out$'
	if is debian; then
		letter_has '^From: root \(Cron Daemon\)$'
		said 'UNSAFE MAIL \(a b\)'
	else
		letter_has '^From: "\(Cron Daemon\)" <alice>$'
		said 'UNSAFE \(a b\)'
	fi
}

content()
{
	printf '%s\n' 'CONTENT_TYPE=text/html; charset=x' \
	    'CONTENT_TRANSFER_ENCODING=7bit' '@reboot echo out' |
	    put_user alice
	start_crond
	wait_mail '^out$'
	letter_has '^Content-Type: text/html; charset=x$' \
	    '^Content-Transfer-Encoding: 7bit$'
}

# From settings above the line only.
sections()
{
	printf '%s\n' '@reboot echo one' 'MAILTO=second' '@reboot echo two' \
	    'MAILTO=third' '@reboot echo three' | put_user alice
	start_crond
	wait_mail '^one$'
	letter_has '^To: alice$'
	wait_mail '^two$'
	letter_has '^To: second$'
	wait_mail '^three$'
	letter_has '^To: third$'
	same letters "$(mail_count)" 3
}

# Bytes arrive as they were written.
bytes()
{
	printf '%s\n' '@reboot printf "a\\tb\\000c\\377d\\n.\\n..\\nFrom x\\n"' |
	    put_user alice
	start_crond
	wait_mail '^To: alice$'
	printf 'a\tb\000c\377d\n.\n..\nFrom x\n' >"$TREE/tmp/want"
	sed '1,/^$/d' "$LETTER" | cmp - "$TREE/tmp/want" ||
	    fail "the body is another one"
}

each_personality to_the_user nobody several unsafe unsafe_silent \
    refused sender unsafe_sender \
    content sections bytes
