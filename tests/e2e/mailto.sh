#!/bin/bash
# Who gets the mail, from whom: MAILTO, MAILFROM, CONTENT_TYPE, and what is unsafe.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

ours() # what follows is evcron's alone
{
	[ -z "$INCUMBENT" ]
}

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

UNSAFE=('-oQ/tmp' 'a b' 'a;b' 'a`id`' '|sh' 'a@x.org, b@y.org' 'Ops <ops@x.org>'
    '<ops@x.org>' 'a@x.org;b@y.org' 'a@x.org,-b' '@x.org' 'jÃ¶rg' 'a@x # me'
    '$(id)' '${A')

# What cron and cronie mail to nobody the job's user gets, of failed runs too.
unsafe()
{
	local bad

	for bad in "${UNSAFE[@]}"; do
		fresh_tree
		printf 'MAILTO=%b\n@reboot echo kept; exit 3\n' "$bad" |
		    put_user alice
		barrier
		start_crond
		wait_mail '^barrier$'
		if [ -n "$INCUMBENT" ]; then
			said 'UNSAFE MAIL \('
			same "letters for $bad" "$(mail_count)" 1
			continue
		fi
		wait_mail '^kept$'
		letter_has '^To: alice$' '^X-Cron-Status: exit status 3$'
		same "letters for $bad" "$(mail_count)" 2
		if is debian; then
			said 'UNSAFE MAIL \(.*\): mail goes to alice$'
		else
			said 'UNSAFE \(.*\): mail goes to alice$'
		fi
		same "lines for $bad" "$(log_count UNSAFE)" 1
		# Nothing of it reached the mailer.
		! grep -hqF -- "$(printf %b "$bad")" "$MAIL"/*.args ||
		    fail "a mailer was given $bad"
	done
}

# With the line and the column, and what would be right; once for each load.
unsafe_at_load()
{
	ours || return 0
	printf '%s\n' '0 4 * * * true' 'MAILTO=a@x.org, b@y.org' \
	    'MAILFROM=Ops <ops@x.org>' '@reboot echo out' | put_user alice
	printf '%s\n' 'MAILTO=a@x.org,b@y.org' 'MAILFROM=ops@x.org' \
	    '0 4 * * * root true' | put_dropin good
	start_crond
	wait_mail '^out$'
	wait_log 'WARNING \(.*alice:2:16: .*write MAILTO=a@x.org,b@y.org; .*user\)$'
	wait_log 'WARNING \(.*alice:3:13: .*write MAILFROM=ops@x.org; .*sender'
	same warnings "$(log_count 'WARNING \(.*MAIL')" 2
	echo '0 4 * * * true' | put_user alice
	wait_log '\(alice\) RELOAD '
	printf 'MAILTO=c, d\n0 4 * * * true\n' | put_user alice
	wait_log 'alice:1:10: .*write MAILTO=c,d; '
}

# --check shows the same, and takes the table.
unsafe_at_check()
{
	ours || return 0
	printf '%s\n' 'MAILTO=a@x.org, b@y.org' '* * * * * root true' |
	    put_dropin bad
	printf '%s\n' 'MAILTO=a@x.org,b@y.org' '* * * * * root true' |
	    put_dropin good
	"$CROND" --root="$TREE" --personality="$PERSONALITY" --check \
	    >"$TREE/o" 2>&1 || fail "--check refuses it: $(cat "$TREE/o")"
	grep -q 'bad:1:16: warning: unsafe mail: .*write MAILTO=a@x.org,b@y.org;' \
	    "$TREE/o" || fail "--check does not warn: $(cat "$TREE/o")"
	same warnings "$(grep -c 'warning:' "$TREE/o")" 1
}

# RHEL's variables are the daemon's. One that is not there is no mail to cronie,
# and not even a line.
variables()
{
	ours || return 0
	CROND_ENV=(ADMIN=a@x.org BLANK= TWO='a@x.org, b@y.org')
	# shellcheck disable=SC2016
	{
		printf 'MAILTO=$ADMIN\n@reboot echo set\n'
		printf 'MAILTO=$NONE\n@reboot echo none; exit 1\n'
		printf 'MAILTO=${BLANK}$NONE\nMAILFROM=$NONE\n@reboot echo blank\n'
		printf 'MAILTO=$TWO\nMAILFROM=$ADMIN\n@reboot echo two\n'
	} | put_user alice
	start_crond
	CROND_ENV=()
	wait_mail '^none$'
	letter_has '^To: alice$'
	wait_mail '^blank$'
	letter_has '^To: alice$'
	wait_mail '^two$'
	letter_has '^To: alice$'
	wait_mail '^set$'
	if is debian; then
		letter_has '^To: alice$'
		wait_log 'UNSAFE MAIL \(\$ADMIN\): mail goes to alice$'
		same lines "$(log_count 'UNSAFE MAIL .* mail goes to alice$')" 4
		return
	fi
	letter_has '^To: a@x.org$'
	wait_log 'UNSAFE \(\$NONE\): MAILTO comes out empty, mail goes to alice$'
	wait_log 'UNSAFE \(\$\{BLANK\}\$NONE\): MAILTO comes out empty, mail goes to alice$'
	wait_log 'UNSAFE \(\$NONE\): MAILFROM comes out empty, the default sender is used$'
	wait_log 'UNSAFE \(a@x.org, b@y.org\): mail goes to alice$'
	same lines "$(log_count UNSAFE)" 4
	wait_log 'alice:3:8: \$NONE in MAILTO comes out empty'
	no_log 'alice:1:'
}

# A user of a domain: no mailer is given such a name, the mailbox has it.
odd_user()
{
	local boxes=$TREE/var/mail

	ours || return 0
	is debian || boxes=$TREE/var/spool/mail
	add_user 'dom+joe$' 70003 "$TREE/home/joe"
	mkdir -p "$boxes"
	chgrp mail "$boxes"
	chmod 2775 "$boxes"
	echo '@reboot dom+joe$ echo odd; exit 1' | put_system
	start_crond
	wait_log '\(dom\+joe\$\) UNSAFE.*: no mailer is given this user'
	wait_for 20 grep -qx odd "$boxes/dom+joe\$" || fail 'not in the mailbox'
	same letters "$(mail_count)" 0
	wait_log 'no mailer can be given the name of this user; 4 bytes of output put into'
	sed -i '/^dom+joe/d' "$TREE/etc/passwd" "$TREE/etc/group"
	rm -r "$boxes"
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
	! ours || said 'UNSAFE.* \(a b\): the default sender is used$'
}

# What all tables inherit under RHEL.
inherited_sender()
{
	ours && ! is debian || return 0
	CROND_ENV=('MAILFROM=Cron <cron@x.org>')
	echo '@reboot echo out' | put_user alice
	start_crond
	CROND_ENV=()
	wait_log 'WARNING \(MAILFROM in the environment .* write MAILFROM=cron@x.org;'
	wait_mail '^out$'
	letter_has '^From: "\(Cron Daemon\)" <alice>$'
	said 'UNSAFE \(Cron <cron@x.org>\): the default sender is used$'
	same lines "$(log_count 'in the environment of this daemon')" 1
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
    unsafe_at_load unsafe_at_check variables odd_user \
    refused sender unsafe_sender inherited_sender \
    content sections bytes
