#!/bin/bash
# A cluster: crond -c runs users' tables only on the host that SPOOL's
# .cron.hostname names; crontab -n and -c set and tell it, in cronie's words.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crontab_lib.sh"
. "$(dirname "$0")/reload_lib.sh" # its begin replaces the other's
need unshare

FILE=.cron.hostname
HERE=$(uname -n)
# -n is Debian's dry run there.
set_host()
{
	if is debian; then
		ct_root 0 --set-host "$@"
	else
		ct_root 0 -n "$@"
	fi
}

users_job()
{
	echo "* * * * * echo x >> $OUT/user" | put_user alice
}

# Words, files, log lines and exit codes of crontab.
tool()
{
	install_crontab
	ct 1 -c
	err_is "File $(readlink -f /var/spool)/${SPOOL#"$TREE/var/spool/"}/$FILE not found"
	set_host
	out_is ''
	err_is ''
	same file "$(cat "$SPOOL/$FILE")" "$HERE"
	wait_log "crontab\[[0-9]+\]: \(root\) SET HOST \($HERE\)"
	if is debian; then
		same rights "$(stat -c %a%U%G "$SPOOL/$FILE")" 640rootcrontab
	else
		same rights "$(stat -c %a%U%G "$SPOOL/$FILE")" 600rootroot
	fi
	# everybody may ask
	ct 0 -c
	out_is "$HERE"
	wait_log "crontab\[[0-9]+\]: \(alice\) GET HOST \($HERE\)"
	set_host other.example
	ct 0 --get-host
	out_is other.example
	set_host '' # nobody
	ct 0 -c
	same answer "$(od -An -c "$TREE/o" | tr -d ' ')" '\n'
	same file "$(od -An -c "$SPOOL/$FILE" | tr -d ' ')" '\n'
	printf half >"$SPOOL/$FILE"
	ct 1 -c
	err_has "^Error reading from .*/$FILE\$"
	rm "$SPOOL/$FILE"
	spool_is_clean
	# it is no table, and no listing's
	ct 1 -l
	# a link of somebody's does not make crontab tell what it leads to
	echo secret >"$TREE/home/root/secret"
	chmod 0600 "$TREE/home/root/secret"
	ln -s "$TREE/home/root/secret" "$SPOOL/$FILE"
	ct 1 -c
	out_is ''
	err_lacks secret
	rm "$SPOOL/$FILE"
}

misuse()
{
	local bad

	install_crontab
	ct 1 --set-host x
	err_is 'must be privileged to set host with -n'
	ct_root 1 --set-host -l
	err_has '^crontab: usage error: only one operation permitted$'
	ct_root 1 -c -l
	err_has '^crontab: usage error: only one operation permitted$'
	ct_root 1 -u alice -c
	err_is 'cannot use -u with -n or -c'
	ct_root 1 -u alice --set-host x
	err_is 'cannot use -u with -n or -c'
	ct_root 1 -c -u alice
	err_is 'cannot use -u with -n, -c or -T'
	ct_root 1 --set-host "$(printf '%064d' 0)"
	err_has '^crontab: usage error: hostname too long$'
	for bad in ' ' 'a b' ' a' $'a\t' $'two\nlines' $'\e[31m' $'a\x7f'; do
		ct_root 1 --set-host "$bad"
		err_has '^crontab: usage error: hostname must be one word$'
		is debian || ct_root 1 -n "$bad"
	done
	ct_root 1 --set-host one two
	err_has '^crontab: usage error: no arguments permitted after this option$'
	ct_root 1 -c one
	err_has '^crontab: usage error: no arguments permitted after this option$'
	if ! is debian; then
		ct 1 -n
		err_is 'must be privileged to set host with -n'
	fi
	# who may not use crontab may not ask either
	echo alice >/etc/cron.deny
	ct 1 -c
	err_has '^You \(alice\) are not allowed to use this program'
	[ ! -e "$SPOOL/$FILE" ] || fail 'a file was made'
}

# The file counts at once; cron.d and /etc/crontab are each host's own.
one_host()
{
	install_crontab
	users_job
	begin -c
	wait_log "\(CRON\) INFO \(cluster: the tables in $SPOOL are not run here: $FILE\): No such file or directory"
	every dropin | put_dropin own
	runs dropin
	rests user
	set_host
	wait_log "\(CRON\) INFO \(cluster: the tables in $SPOOL are run here\)"
	runs user
	set_host elsewhere
	wait_log "\(CRON\) INFO \(cluster: the tables in $SPOOL are not run here: $FILE names elsewhere\)"
	rests user
	runs dropin
	# what changes meanwhile counts when it is this host's turn
	echo "* * * * * echo x >> $OUT/second" | put_user bob
	rests second
	set_host
	runs user second
	# a changed table needs no new look at the file
	echo "* * * * * echo x >> $OUT/third" | put_user bob
	runs third
	rests second
	# a line without its end names nobody, and neither does no file
	printf %s "$HERE" | put "$SPOOL/$FILE" 0600
	wait_log "names no host"
	rests user third
	set_host
	runs user
	rm "$SPOOL/$FILE"
	rests user
	# by hand, in place
	echo "$HERE" >"$SPOOL/$FILE"
	runs user
	rests_said
}

# News is said once.
rests_said()
{
	local n

	n=$(log_count 'cluster: ')
	kill -HUP "$CROND_PID"
	beats 2
	same 'lines about the cluster' "$(log_count 'cluster: ')" "$n"
}

# Without -c the file is nothing.
no_cluster()
{
	install_crontab
	users_job
	set_host elsewhere
	begin
	runs user
	no_log cluster
}

# The file is a link: a change of its target makes no event in the spool.
linked_file()
{
	install_crontab
	users_job
	echo elsewhere >"$TREE/etc/host-of-cron"
	ln -s "$TREE/etc/host-of-cron" "$SPOOL/$FILE"
	begin -c
	rests user
	echo "$HERE" >"$TREE/etc/host-of-cron"
	# a sweep a minute, of real time or of the driven clock's
	wait_for 90 more_lines "$OUT/user" 0 || fail 'the link is not followed'
}

# Two hosts with one spool: each table runs on the one that is named.
two_hosts()
{
	local second=$TREE/second first_pid

	install_crontab
	echo "* * * * * uname -n >> $OUT/user" | put_user alice
	set_host
	begin -c
	first_pid=$CROND_PID
	wait_for 20 more_lines "$OUT/user" 1 || fail 'not run on the first host'
	same hosts "$(sort -u "$OUT/user")" "$HERE"
	mkdir -p "$second"/{dev,etc/cron.d,run,usr/sbin,var/spool}
	ln -s "$LOG.none" "$second/dev/log"
	every beat2 >"$second/etc/crontab"
	mount --bind "$TREE/var/spool" "$second/var/spool"
	mkdir -p "$second/var/spool/evcron"
	mount -t tmpfs none "$second/var/spool/evcron"
	launch unshare --uts sh -c 'hostname second-host; exec "$@"' sh \
	    "$CROND" -f -c --root="$second" --personality="$PERSONALITY" \
	    "$WITH_COLLECTOR"
	wait_for 20 more_lines "$OUT/beat2" 2 || fail 'no second host'
	! grep -q second-host "$OUT/user" || fail 'it runs on both'
	set_host second-host
	wait_for 20 grep -q second-host "$OUT/user" ||
	    fail 'not run on the second host'
	rests user # in this host's log
	stop_crond
	unmount "$second/var/spool/evcron"
	unmount "$second/var/spool"
	rm -rf "$second"
	CROND_PID=$first_pid
}

each_personality tool misuse one_host no_cluster linked_file two_hosts
