#!/bin/bash
# Every way of changing a table, with real file system events.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/reload_lib.sh"
need_root
make_tree

new_and_renamed()
{
	begin
	every one | put_dropin t
	runs one
	every two | put_dropin t
	runs two
	rests one
	wait_log '\(\*system\*t?\) RELOAD \('
	mv "$D/t" "$D/t2"
	runs two
	mv "$D/t2" "$D/.hidden"
	rests two
	mv "$D/.hidden" "$TREE/etc/elsewhere"
	mv "$TREE/etc/elsewhere" "$D/t3"
	runs two
	rm "$D/t3"
	rests two
}

in_place()
{
	begin
	every one >"$D/t"
	runs one
	every two >"$D/t"
	runs two
	rests one
	every three >>"$D/t"
	runs two three
	sed -i 's/three/four/' "$D/t"
	runs two four
	rests three
	: >"$D/t"
	rests two four
}

system_table()
{
	begin
	{ every beat; every one; } | put_system
	runs one
	rm "$TREE/etc/crontab"
	# The beat is gone too: a user's table counts the minutes.
	echo "* * * * * echo x >> $OUT/beat2" | put_user bob
	rests_by beat2 one
	{ every beat; every two; } >"$TREE/etc/crontab"
	runs two
}

user_table()
{
	begin
	echo "* * * * * echo x >> $OUT/one" | put_user alice
	runs one
	# fs.protected_regular has the shell's O_CREAT refused there
	echo "* * * * * echo x >> $OUT/two" |
	    dd of="$SPOOL/alice" conv=nocreat status=none
	runs two
	rests one
	wait_log '\(alice\) RELOAD \('
	rm "$SPOOL/alice"
	rests two
}

# An editor that keeps a backup: rename away, write anew, unlink the backup.
editor()
{
	begin
	every one | put_dropin t
	runs one
	mv "$D/t" "$D/t~"
	every two >"$D/t"
	rm "$D/t~"
	runs two
	rests one
}

mode_and_owner()
{
	begin
	every one | put_dropin t
	runs one
	chmod 0666 "$D/t"
	rests one
	chmod 0644 "$D/t"
	runs one
	chown alice "$D/t"
	rests one
	chown root "$D/t"
	runs one
}

# The second edit in one second, of the same size, is not missed.
same_second()
{
	begin
	every one | put_dropin t
	runs one
	every two | put_dropin t
	every six | put_dropin t
	runs six
	rests one two
}

signals()
{
	begin -i # nothing is watched: a sweep a minute, or a signal
	no_log "can't be watched"
	every one | put_dropin t
	runs one
	every two | put_dropin t
	runs two
	rests one
	kill -HUP "$CROND_PID"
	kill -URG "$CROND_PID"
	beats 1
	runs two
}

# What is wrong is told once, not each minute.
not_again()
{
	echo '61 * * * * root true' | put_dropin bad
	every mode | put_dropin mode
	chmod 0666 "$D/mode"
	printf '%s\n' '~ 1 * * * root true' '1 1 1 1 * nosuchuser true' |
	    put_dropin who
	begin
	beats 1
	touch /etc/passwd # is there such a user now?
	beats 2
	[ "$(log_count 'bad minute')" -le 1 ] || fail "bad minute, again"
	# By a clock that runs fast a lookup may take too long: then the table is read
	# once more.
	! is debian || same "lines about the ~" "$(log_count 'who:1:1.*~')" \
	    $((1 + $(log_count "who.*can't be looked up now, will be tried again")))
	same "lines about the mode" "$(log_count 'MODE.*mode\)')" 1
}

# What runs otherwise than it seems to is logged at a load; hints are not.
notes()
{
	printf '%s\n' 'A=root # c' '0 0 30 2 * root x' \
	    '* 3 * * * root x' | put_dropin noted
	start_crond
	wait_log '\(CRON\) WARNING \(.*etc/cron\.d/noted:1:8: .*; write A=root\)$'
	wait_log '\(CRON\) WARNING \(.*etc/cron\.d/noted:2:5: .*never runs'
	! grep -q 'noted:3' "$LOG" || fail "a hint was logged"
}

PERSONALITIES=${PERSONALITIES:-debian redhat} each_personality \
    new_and_renamed in_place system_table user_table editor mode_and_owner \
    same_second signals not_again notes
