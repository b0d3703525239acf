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
			wait_log '\(alice\) UNSAFE MAIL \('
		else
			wait_log '\(alice\) UNSAFE \('
		fi
	done
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
	else
		letter_has '^From: "\(Cron Daemon\)" <alice>$'
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

each_personality to_the_user nobody several unsafe sender unsafe_sender \
    content sections bytes
