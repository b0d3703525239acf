#!/bin/bash
# A table that is written in pieces is not judged half-way. By the real clock:
# nothing runs, the log tells.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

line='30 4 31 12 * root true'

reloads()
{
	log_count 'RELOAD \(.*etc/cron.d/t\)'
}

reloads_are() # AT LEAST
{
	[ "$(reloads)" -ge "$1" ]
}

# What is loaded again was loaded before: the start is over.
is_loaded()
{
	echo "$line # $RANDOM" | put_dropin early
	nap .1
	log_has 'RELOAD \(.*etc/cron.d/early\)'
}

# False: it took so long that it was judged by right; the test proves nothing.
half_way()
{
	local began judged

	echo "$line" | put_dropin t
	start_crond
	must_wait 20 is_loaded
	began=${EPOCHREALTIME/./}
	exec 3>"$TREE/etc/cron.d/t" # cut to nothing, then written slowly
	printf '30 4 31' >&3
	# Something else happens meanwhile, and is seen.
	echo "$line" | put_dropin other
	echo "$line #" | put_dropin other
	wait_log 'RELOAD \(.*etc/cron.d/other\)'
	judged=$(log_count 'bad|EOF|RELOAD \(.*etc/cron.d/t\)')
	printf ' 12 * root true\n' >&3
	exec 3>&-
	[ $((${EPOCHREALTIME/./} - began)) -lt 900000 ] || return 1
	same "times it was judged half-way" "$judged" 0
	must_wait 20 reloads_are 1
	no_log 'bad|EOF'
}

# A second is all the time that somebody has who writes a table in pieces.
in_pieces()
{
	local i

	for ((i = 0; i < 20; i++)); do
		if half_way; then
			return
		fi
		fresh_tree
	done
	skip "nothing is written within a second on this machine"
}

each_personality in_pieces
