#!/bin/bash
# Which files are tables, which lines run, and what the log says of the others,
# under each personality.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

touches() # NAME: a line of a system table that leaves a file
{
	echo "@reboot root : > $OUT/$1"
}

not_run()
{
	local n

	for n; do
		[ ! -e "$OUT/$n" ] || fail "$n ran"
	done
}

# A bad line costs the line (cronie) or the table (Debian); other tables run.
bad_line()
{
	{ touches before; echo '61 * * * * root true'; touches after; } |
	    put_dropin bad
	touches other | put_dropin other
	start_crond
	wait_job other
	if is debian; then
		wait_log 'bad minute'
		wait_log '\(\*system\*bad\) ERROR \(Syntax error, this crontab file will be ignored\)'
		not_run before after
	else
		wait_log "\(CRON\) bad minute \(.*etc/cron\.d/bad"
		wait_job before
		wait_job after
	fi
}

# Those for which cronie has an event of their own, at info.
cronie_words()
{
	is redhat || return 0
	{ echo '-@reboot true'; touches alice | sed 's/ root / /'; } |
	    put_user alice
	printf '%s\n' 'RANDOM_DELAY=9999' "$(touches delayed)" | put_dropin delay
	start_crond
	wait_job delayed
	wait_job alice
	wait_log 'cron\.info [0-9]+ crond\[[0-9]+\]: \(CRON\) ERROR \(Only privileged user can disable logging\)$'
	wait_log '\(CRON\) bad option \(.*/alice\)'
	wait_log 'cron\.info [0-9]+ crond\[[0-9]+\]: \(CRON\) ERROR \(bad value of RANDOM_DELAY\)'
}

no_newline()
{
	touches zfirst | put_dropin first
	printf '%s\n%s' "$(touches complete)" "$(touches cut)" | put_dropin cut
	start_crond
	wait_job zfirst
	if is debian; then
		wait_log '\(\*system\*cut\) ERROR \(Missing newline before EOF'
		not_run complete cut
	else
		wait_job complete
		wait_log '\(CRON\) missing newline before EOF \('
		not_run cut
	fi
	# A comment may end without one.
	printf '%s\n# the end' "$(touches comment)" | put_dropin commented
	stop_crond
	rm -f "$TREE"/run/cron*.reboot
	start_crond
	wait_job comment
}

unknown_user()
{
	{ touches known; echo '@reboot nosuchuser true'; } | put_dropin users
	touches other | put_dropin other
	start_crond
	wait_job other
	if is debian; then
		wait_log 'bad username'
		not_run known
	else
		wait_job known
		wait_log '\(nosuchuser\) ERROR \(getpwnam\(\) failed - user unknown\)'
	fi
}

names()
{
	local n

	for n in plain UPPER_under-1 a.b x.dpkg-old; do
		touches "$n" | put_dropin "$n"
	done
	for n in .dot 'tilde~' '#hash' x.rpmsave x.rpmnew x.rpmorig; do
		touches "${n//[#]/h}" | put_dropin "$n"
	done
	touches zlast | put_dropin zlast
	start_crond
	wait_job zlast
	wait_job plain
	wait_job UPPER_under-1
	not_run .dot 'tilde~' hhash x.rpmsave x.rpmnew x.rpmorig
	if is debian; then
		not_run a.b x.dpkg-old
	else
		wait_job a.b
		wait_job x.dpkg-old
	fi
}

# Owner, mode, links.
refused()
{
	local f

	touches zlast | put_dropin zlast
	touches group | put_dropin group
	chmod 0664 "$TREE/etc/cron.d/group"
	touches owner | put_dropin owner
	chown alice "$TREE/etc/cron.d/owner"
	touches exec | put_dropin exec
	chmod 0755 "$TREE/etc/cron.d/exec"
	touches hard | put_dropin hard
	ln "$TREE/etc/cron.d/hard" "$TREE/etc/cron.d-hard"
	mkdir "$TREE/etc/cron.d/directory"
	echo "@reboot : >$OUT/mode" | put_user alice
	chmod 0644 "$SPOOL/alice"
	echo "@reboot : >$OUT/foreign" | put_user bob
	chown alice "$SPOOL/bob"
	start_crond
	wait_job zlast
	not_run group owner foreign
	if is debian; then
		wait_log '\(\*system\*group\) INSECURE MODE \(group/other writable\) \('
		wait_log '\(\*system\*owner\) WRONG FILE OWNER \('
		wait_log '\(\*system\*hard\) NUMBER OF HARD LINKS > 1 \('
		wait_log '\(alice\) INSECURE MODE \(mode 0600 expected\) \(crontabs/alice\)'
		wait_log '\(bob\) WRONG FILE OWNER \(crontabs/bob\)'
		not_run hard mode
		wait_job exec
	else
		wait_log '\(root\) BAD FILE MODE \(.*/etc/cron.d/group\)'
		wait_log '\(root\) WRONG FILE OWNER \(.*/etc/cron.d/owner\)'
		wait_log '\(root\) BAD FILE MODE \(.*/etc/cron.d/exec\)'
		wait_log '\(bob\) WRONG FILE OWNER \('
		not_run exec
		wait_job hard
		wait_job mode
	fi
	rm -f "$TREE/etc/cron.d-hard"
}

symlinks()
{
	touches zlast | put_dropin zlast
	touches linked | put "$TREE/etc/linked"
	ln -s "$TREE/etc/linked" "$TREE/etc/cron.d/linked"
	ln -s "$TREE/etc/nowhere" "$TREE/etc/cron.d/dangling"
	echo "@reboot : >$OUT/spool" | put "$TREE/etc/alices" 0600 alice
	ln -s "$TREE/etc/alices" "$SPOOL/alice"
	start_crond
	wait_job zlast
	wait_job linked
	if is debian; then
		wait_log "\(alice\) CAN'T OPEN \(crontabs/alice\)"
		not_run spool
	else
		wait_job spool
	fi
	wait_log "CAN'T OPEN.*dangling"
	rm -f "$TREE/etc/linked" "$TREE/etc/alices"
}

orphan()
{
	touches zlast | put_dropin zlast
	echo "@reboot : >$OUT/orphan" | put "$SPOOL/nobodysname" 0600
	start_crond
	wait_job zlast
	wait_log '\(nobodysname\) ORPHAN \(no passwd entry\)'
	not_run orphan
}

backslashes()
{
	touches zlast | put_dropin zlast
	# shellcheck disable=SC2016
	echo '@reboot printf "\%s" '"'a\\\\\\\\b'"' >'"$OUT/b" | put_user alice
	start_crond
	wait_job b
	must_wait 10 test -s "$OUT/b"
	if is debian; then
		same text "$(cat "$OUT/b")" 'a\\b'
	else
		same text "$(cat "$OUT/b")" 'a\\\\b'
	fi
}

home_missing()
{
	touches zlast | put_dropin zlast
	printf 'HOME=/no/such/home\n@reboot pwd > %s\n' "$OUT/home" |
	    put_user alice
	start_crond
	wait_job zlast
	if is debian; then
		wait_job home
		must_wait 10 test -s "$OUT/home"
		grep -q '/var/spool/cron$' "$OUT/home" || fail "$(cat "$OUT/home")"
	else
		wait_log '\(CRON\) ERROR chdir failed \(/no/such/home\): No such file'
		not_run home
	fi
}

quoted()
{
	printf "%s\n" 'A="  x  "' "B='it\"s'" 'C = b # c' 'D=""' 'E=b=c' \
	    "@reboot root env > $OUT/env; mv $OUT/env $OUT/quoted" | put_system
	start_crond
	wait_job quoted
	if is debian; then
		grep -qx 'A=  x' "$OUT/quoted"
	else
		grep -qx 'A=  x  ' "$OUT/quoted"
	fi
	grep -qx 'B=it"s' "$OUT/quoted"
	grep -qx 'C=b # c' "$OUT/quoted"
	grep -qx 'D=' "$OUT/quoted"
	grep -qx 'E=b=c' "$OUT/quoted"
}

each_personality bad_line cronie_words no_newline unknown_user names refused \
    symlinks orphan backslashes home_missing quoted
