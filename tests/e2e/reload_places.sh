#!/bin/bash
# Tables reached through links, directories and mounts that change; floods of
# events; jobs under way; bad tables; users who come late.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/reload_lib.sh"
need_root
make_tree

link_and_target()
{
	begin
	mkdir "$TREE/etc/far"
	every one | put "$TREE/etc/far/t"
	every other | put "$TREE/etc/far/u"
	ln -s ../far/t "$D/t"
	runs one
	every two | put "$TREE/etc/far/t" # the target replaced
	runs two
	rests one
	every three >"$TREE/etc/far/t" # and written
	runs three
	ln -sfn ../far/u "$D/t" # the link points elsewhere
	runs other
	rests three
	rm "$D/t"
	rests other
	rm -r "$TREE/etc/far"
}

directory_replaced()
{
	begin
	every one | put_dropin t
	runs one
	mkdir "$TREE/etc/cron.new"
	every two | put "$TREE/etc/cron.new/t"
	mv "$D" "$TREE/etc/cron.old"
	mv "$TREE/etc/cron.new" "$D"
	runs two
	rests one
	# Changes in the old one do not count, in the new one they do.
	every one | put "$TREE/etc/cron.old/t"
	every three | put_dropin u
	runs three
	rests one
	rm -r "$TREE/etc/cron.old"
}

mounted_over()
{
	begin
	every one | put_dropin t
	runs one
	mount -t tmpfs none "$D"
	chmod 0755 "$D"
	every two | put_dropin t
	runs two
	rests one
	unmount "$D"
	runs one
	rests two
}

missing_at_start()
{
	rmdir "$D"
	rm -rf "$SPOOL"
	begin
	mkdir -m 0755 "$D"
	every one | put_dropin t
	runs one
}

flood()
{
	begin
	every one | put_dropin t
	runs one
	(
		cd "$D"
		# Twice what the kernel's queue holds.
		for ((i = 0; i < 20000; i++)); do
			: >".f$((i % 100))"
		done
		rm -f .f*
	)
	every two | put_dropin t
	runs two
	rests one
}

# A running job and its mail don't notice.
undisturbed()
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	begin
	echo "* * * * * root [ -e $OUT/once ] || { : > $OUT/once; echo before; read x < $TREE/tmp/gate; echo after; }" |
	    put_dropin long
	wait_file "$OUT/once"
	every two | put_dropin long
	runs two
	rm "$D/long"
	rests two
	open_gate "$TREE/tmp/gate"
	wait_mail '^after$'
	same body "$(letter_body)" "$(printf 'before\nafter')"
	rm "$TREE/tmp/gate"
}

# A table gone bad: Debian goes on with the last good one, cronie with its good
# lines. Mended, it counts.
gone_bad()
{
	begin
	every one | put_dropin t
	runs one
	{ every two; echo '* * * nonsense'; } | put_dropin t
	if is debian; then
		wait_log 'while reading|Syntax error'
		runs one
		[ ! -e "$OUT/two" ] || fail "a line of the bad table ran"
	else
		runs two
		rests one
	fi
	every three | put_dropin t
	runs three
	rests one two
}

late_user()
{
	begin
	echo "* * * * * echo x >> $OUT/late" |
	    put "$SPOOL/carol" 0600
	beats 2
	wait_log '\(carol\) ORPHAN \(no passwd entry\)'
	same "lines about it" "$(log_count 'carol.*ORPHAN')" 1
	add_user carol 70003 "$TREE/home/carol"
	chown carol "$SPOOL/carol"
	runs late
	stop_crond
	sed -i '/^carol:/d' "$TREE/etc/passwd" "$TREE/etc/group"
}

PERSONALITIES=${PERSONALITIES:-debian redhat} each_personality \
    link_and_target directory_replaced mounted_over missing_at_start flood \
    undisturbed gone_bad late_user
