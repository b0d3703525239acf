#!/bin/bash
# Debian's personality: what ran before a table went bad goes on running, over
# a restart of the daemon too, until the table is good or gone. Under the others
# a table counts line by line and nothing is kept.
. "$(dirname "$0")/lib.sh"
need_root
make_tree
. "$(dirname "$0")/reload_lib.sh"

K=$TREE/run/evcron/tables

restart()
{
	stop_crond
	# shellcheck disable=SC2119
	start_crond
	beats 1
}

kept() # FILE...: these are there, no others
{
	same "copies in $K" "$(ls -A "$K" 2>/dev/null)" \
	    "$(printf '%s\n' "$@")"
}

not_kept()
{
	[ -z "$(ls -A "$K" 2>/dev/null)" ]
}

# Settings, '~', a user and stdin come back as they were.
restarted()
{
	begin
	{
		echo 'CRON_TZ=Asia/Tokyo'
		echo 'WORD="as it was"'
		echo "* 0~23,* * * * alice echo \"\$WORD \$(id -un) \$(cat)\" >> $OUT/good%on stdin"
	} | put_dropin table
	runs good
	{ every new; echo '61 * * * * root true'; } | put_dropin table
	wait_log 'bad minute'
	if ! is debian; then
		runs new
		beats 1
		not_kept || fail "copies are kept: $(ls -A "$K")"
		restart
		runs new
		rests good
		return
	fi
	must_wait 20 test -e "$K/dropin.table"
	kept dropin.table
	same "mode of $K" "$(stat -c '%a %u' "$K" "$K/dropin.table" |
	    tr '\n' ' ')" "700 0 600 0 "
	restart
	wait_log '\(\*system\*table\) WARNING \(.*its last good version, of .* is in force from a copy'
	runs good
	same "what the job says" "$(tail -n 1 "$OUT/good")" \
	    'as it was alice on stdin'
	[ ! -e "$OUT/new" ] || fail "a line of a refused table ran"
	# and once more, as the copy is all there is
	restart
	runs good
	every new | put_dropin table
	runs new
	rests good
	not_kept || fail "a good table's copy stays: $(ls -A "$K")"
}

# Bad while the daemon is there, then removed: by day and by night.
gone()
{
	local n

	is debian || return 0
	begin
	for n in day night; do
		every "$n" | put_dropin "$n"
		runs "$n"
		echo bad | put_dropin "$n"
		must_wait 20 test -e "$K/dropin.$n"
		restart
		runs "$n"
	done
	rm "$D/day"
	must_wait 20 test ! -e "$K/dropin.day"
	stop_crond
	rm "$D/night"
	start_crond
	rests day night
	same "runs since" "$(starts day) $(starts night)" "0 0"
	not_kept || fail "copies of no table: $(ls -A "$K")"
}

# Whose mode became wrong is out at once, and its copy too.
wrong_mode()
{
	is debian || return 0
	begin
	every job | put_dropin job
	runs job
	echo bad | put_dropin job
	must_wait 20 test -e "$K/dropin.job"
	chmod 666 "$D/job"
	must_wait 20 test ! -e "$K/dropin.job"
	rests job
	chmod 644 "$D/job"
	restart
	rests job
	same "runs since" "$(starts job)" 0
}

# Not a copy that we wrote: no job comes of it.
hostile()
{
	local how

	is debian || return 0
	for how in 'chmod 666' 'truncate -s 100' 'truncate -s +1' \
	    'chown alice' 'cp /etc/passwd'; do
		fresh_tree
		begin
		every job | put_dropin job
		runs job
		echo bad | put_dropin job
		must_wait 20 test -e "$K/dropin.job"
		stop_crond
		$how "$K/dropin.job"
		start_crond
		wait_log "CAN'T KEEP \(.*dropin.job"
		rests job
		same "runs since" "$(starts job)" 0
		stop_crond
	done
}

each_personality restarted gone wrong_mode hostile
