#!/bin/bash
# Outliving the daemon: whatever becomes of it, jobs go on, every byte of them
# is mailed, their ends are logged with their status, and no minute is lost or
# done twice.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

# A job that writes lines from 1 on until there is a gate, then ends with 7.
writer() # NAME
{
	put "$TREE/tmp/$1" 0755 <<-END
	#!/bin/bash
	trap 'echo PIPE >$OUT/$1.pipe' PIPE
	i=0
	while [ ! -e $OUT/$1.gate ]; do
		i=\$((i + 1))
		echo "line \$i of $1, and some more to make it long" || break
		[ \$i -ne 1 ] || : >$OUT/$1.began
		[ \$((i % 50)) -ne 0 ] || read -t .01 <> <(:) || :
	done
	echo "\$i" >$OUT/$1.new
	mv $OUT/$1.new $OUT/$1.count
	exit 7
	END
}

begin_writer() # NAME: it is begun when its first line is written
{
	writer "$1"
	echo "@reboot $TREE/tmp/$1" | put_user alice
}

# How a job that ends with STATUS is seen to end when it is no child any more.
adopted() # STATUS
{
	if kernel_is 6.15; then echo "$1"; else echo unknown; fi
}

written() # STATUS: the letter's body, without the note that "unknown" has
{
	if [ "$1" = unknown ]; then letter_body | sed 1,2d; else letter_body; fi
}

is_in_mail() # NAME STATUS: all that it wrote, once
{
	local count

	wait_file "$OUT/$1.count" 60
	count=$(cat "$OUT/$1.count")
	wait_mail "^line $count of $1," 60
	[ ! -e "$OUT/$1.pipe" ] || fail "it got SIGPIPE"
	same "what it wrote" "$(written "$2" | sha256sum)" \
	    "$(seq -f "line %.0f of $1, and some more to make it long" \
		1 "$count" | sha256sum)"
	same "letters" "$(grep -l "^line $count of $1," "$MAIL"/*.eml | wc -l)" 1
}

status_is() # STATUS
{
	if [ "$1" = unknown ]; then
		letter_has '^X-Cron-Status: unknown$' \
		    "^\[How the job ended is not known: .* no child of cron's\.\]\$"
	else
		letter_has "^X-Cron-Status: exit status $1\$"
	fi
	if is debian; then
		wait_log "\(CRON\) error \(grandchild #[0-9]+ failed with exit status $1\)|ended with $1 status"
	else
		wait_log "\(alice\) CMDEND \(.*\) status $1"
	fi
}

# Starts again without forgetting the log.
start_anew()
{
	local before

	before=$(log_count "$READY")
	# shellcheck disable=SC2046
	launch "$CROND" $(crond_arguments) "$@"
	must_wait 20 eval '[ "$(log_count "$READY")" -gt '"$before"' ]'
}

start_again()
{
	start_anew "$@"
	wait_log 'STARTUP \(took over 1 running job'
}

# The daemon has noted whose process it is: until then a crash may cost the end of
# what the job writes (crond(8)).
wait_begun() # NAME
{
	wait_job "$1.began"
	wait_log " CMD \\(.*/tmp/$1\\)"
}

finish() # NAME STATUS
{
	: >"$OUT/$1.gate"
	is_in_mail "$1" "$2"
	status_is "$2"
	nothing_left
}

killed()
{
	begin_writer w
	start_crond
	wait_begun w
	kill_crond KILL
	start_again
	kill_crond ABRT
	start_again
	finish w "$(adopted 7)"
}

has_fifo() # OLD NEW: another one, some thread of which has a run's
{
	[ -n "$2" ] && [ "$1" != "$2" ] && [ -n "$(find "/proc/$2/task" \
	    -path '*/fd/*' -lname '*/runs/*' 2>/dev/null)" ]
}

# Whoever reads it dies, not crond, while a job writes: another one goes on.
collector_killed()
{
	local old

	begin_writer w
	start_crond
	wait_begun w
	old=$(collectors 70001)
	kill -KILL "$old"
	must_wait 20 eval 'has_fifo '"$old"' "$(collectors 70001)"'
	finish w 7
	no_log 'may be lost'
	stop_crond
}

# What is in the pipe when its last writer has ended goes with its reader; the log
# says so.
unread()
{
	local pid

	mkfifo -m 0666 "$TREE/tmp/gate"
	echo "@reboot echo early; read x <$TREE/tmp/gate; echo late" |
	    put_user alice
	start_crond
	must_wait 20 grep -qrs '^early$' "$TREE/var/spool/evcron/outbox"
	pid=$(collectors 70001)
	kill -STOP "$pid"
	open_gate "$TREE/tmp/gate"
	must_wait 20 eval '! pgrep -u 70001 >/dev/null'
	kill -KILL "$pid"
	wait_mail '^early$'
	wait_log 'may be lost'
	nothing_left
	same letters "$(mail_count)" 1
	rm "$TREE/tmp/gate"
	stop_crond
}

# memory_group: a control group of that kind, of either version, in GROUP; LIMIT is
# its file for that
memory_group()
{
	GROUP=/sys/fs/cgroup/memory/evcron-test-$RANDOM$RANDOM
	LIMIT=$GROUP/memory.limit_in_bytes
	if [ ! -d /sys/fs/cgroup/memory ]; then
		GROUP=/sys/fs/cgroup/${GROUP##*/}
		LIMIT=$GROUP/memory.max
	fi
	mkdir "$GROUP" 2>/dev/null || return 1
	[ ! -e "$LIMIT" ] || return 0
	rmdir "$GROUP"
	return 1
}

# The kernel kills it for want of memory: it alone is in a group that has none.
out_of_memory()
{
	local i kills

	memory_group || { echo "left out: no group for memory here"; return; }
	begin_writer w
	start_crond
	wait_begun w
	echo "$CROND_PID" >"$GROUP/cgroup.procs"
	echo 512K >"$LIMIT"
	for ((i = 0; i < 9000; i++)); do
		echo "$((i % 60)) $((i / 60 % 24)) $((i % 28 + 1)) * * true $i"
	done | put_user bob
	wait_for 60 crond_gone || fail "it lives without memory"
	wait_end "$CROND_PID" || true
	kills=$(sed -n 's/^oom_kill //p' "$GROUP/memory.oom_control" \
	    "$GROUP/memory.events" 2>/dev/null || true)
	rmdir "$GROUP"
	[ "$kills" -gt 0 ] || fail "it was not for memory"
	start_again
	finish w "$(adopted 7)"
	same "runs" "$(log_count ' CMD ')" 1
}

restarted()
{
	begin_writer w
	start_crond
	wait_begun w
	stop_crond
	wait_log 'took over 1 running job'
	start_again
	stop_crond INT
	start_again
	finish w "$(adopted 7)"
	same "runs" "$(log_count ' CMD ')" 1
}

# One process stays behind, and goes when all is done.
stopped()
{
	local pid

	begin_writer w
	start_crond
	wait_begun w
	stop_crond
	pid=$(cat "$TREE/run/evcron/runs.lock")
	grep -qz -- --drain "/proc/$pid/cmdline" || fail "who is $pid?"
	finish w "$(adopted 7)"
	must_wait 20 eval "[ ! -e /proc/$pid ]"
}

in_place()
{
	local pid

	begin_writer w
	start_crond
	wait_begun w
	pid=$CROND_PID
	kill -USR2 "$pid"
	wait_log 'took over 1 running job'
	kill -USR2 "$pid"
	must_wait 20 eval '[ "$(log_count "took over 1 running job")" -eq 2 ]'
	same pid "$(cat "$TREE/run/crond.pid")" "$pid"
	must_wait 20 eval '[ "$(pgrep -P '"$pid"' | grep -cvxF "$(collectors)")" -eq 1 ]'
	finish w 7
	stop_crond
}

# A new program that can't start: the old one stays.
bad_program()
{
	cp "$CROND" "$TREE/tmp/crond"
	begin_writer w
	CROND=$TREE/tmp/crond start_crond
	wait_begun w
	printf '#!/bin/sh\nexit 1\n' | put "$TREE/tmp/crond" 0755
	kill -USR2 "$CROND_PID"
	wait_log "HANDOVER .*can't be started, going on as before"
	finish w 7
	stop_crond
}

# One that tells its version and then dies: what it should have taken over is there
# for the next one.
dying_program()
{
	cp "$CROND" "$TREE/tmp/crond"
	begin_writer w
	CROND=$TREE/tmp/crond start_crond
	wait_begun w
	printf '#!/bin/sh\n[ "$1" = --version ]\n' | put "$TREE/tmp/crond" 0755
	kill -USR2 "$CROND_PID"
	must_wait 20 crond_gone
	wait_end "$CROND_PID" || true
	start_again
	finish w "$(adopted 7)"
	same "runs" "$(log_count ' CMD ')" 1
	stop_crond
}

# What background children write later is taken over too.
late_output()
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	echo "@reboot echo first; { read x <$TREE/tmp/gate; echo second; : >$OUT/alive; } & :" |
	    put_user alice
	start_crond
	if is debian; then
		wait_mail '^first$'
	else
		wait_log '\(alice\) CMD '
		must_wait 20 in_a_state '^ended '
	fi
	kill_crond KILL
	if is debian; then
		start_anew # its run is over
	else
		start_again
	fi
	open_gate "$TREE/tmp/gate"
	wait_mail '^second$' 90
	wait_job alive
	wait_log ' CMD '
	rm "$TREE/tmp/gate"
	nothing_left
}

gated_mailer() # a mailer that waits once it has read 3 MB, while there is no file open
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	put "$TREE/tmp/gated" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	b=$MAIL/\$(date +%s%N)
	head -c 3000000 >\$b.new
	[ -e $OUT/open ] || { : >$OUT/waits; read x <$TREE/tmp/gate; }
	cat >>\$b.new
	mv \$b.new \$b.eml
	END
}

# A letter that is mailed while its job goes on does not notice that crond is gone.
streamed()
{
	gated_mailer
	echo "@reboot seq 1 3000000; echo the end" | put_user alice
	start_crond --letter-max=1M -m "$TREE/tmp/gated"
	wait_file "$OUT/waits" 60
	kill_crond KILL
	start_again --letter-max=1M -m "$TREE/tmp/gated"
	open_gate "$TREE/tmp/gate"
	wait_mail '^the end$' 60
	same "the letter" "$(letter_body | sha256sum)" \
	    "$( (seq 1 3000000; echo the end) | sha256sum)"
	rm "$TREE/tmp/gate"
	nothing_left
	same letters "$(mail_count)" 1
}

# One whose collector is gone breaks: all that is still there comes again, and it
# says what is not.
stream_broken()
{
	local first

	gated_mailer
	echo "@reboot seq 1 3000000; echo the end" | put_user alice
	start_crond --letter-max=1M -m "$TREE/tmp/gated"
	wait_file "$OUT/waits" 60
	: >"$OUT/open"
	# shellcheck disable=SC2046
	kill -KILL $(collectors 70001)
	open_gate "$TREE/tmp/gate"
	wait_mail '^\[This was being mailed while the job ran' 60
	letter_has '^the end$'
	first=$(sed -n 's/.*The first \([0-9]*\) bytes of output.*/\1/p' "$LETTER")
	[ "$first" -ge 1000000 ] || fail "only $first bytes were gone"
	same "the rest" "$(letter_body | sed '1,/^$/d' | sha256sum)" \
	    "$( (seq 1 3000000; echo the end) | tail -c "+$((first + 1))" |
		sha256sum)"
	rm "$TREE/tmp/gate"
	nothing_left
}

waiting_mailer() # NAME: it waits before it reads; fails at first if NAME is late
{
	mkfifo -m 0666 "$TREE/tmp/gate"
	put "$TREE/tmp/$1" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	[ \${0##*/} != late ] || { mkdir $OUT/failed 2>/dev/null && exit 75; }
	: >$OUT/waits
	read x <$TREE/tmp/gate
	b=$MAIL/\$(date +%s%N)
	cat >\$b.new
	mv \$b.new \$b.eml
	END
}

# A mailer that runs meanwhile goes on, and its letter is mailed once.
mailing()
{
	waiting_mailer gated
	echo "@reboot echo hello" | put_user alice
	start_crond -m "$TREE/tmp/gated"
	wait_job waits
	wait_log ' CMD '
	kill_crond KILL
	start_anew -m "$TREE/tmp/gated"
	open_gate "$TREE/tmp/gate"
	wait_mail '^hello$'
	nothing_left
	same letters "$(mail_count)" 1
	rm "$TREE/tmp/gate"
}

# Killed while a letter is tried again: its run ended long ago, and is not logged
# anew.
retrying()
{
	waiting_mailer late
	echo "@reboot echo hello; exit 3" | put_user alice
	start_crond -m "$TREE/tmp/late" --retry=1s
	wait_job waits
	kill_crond KILL
	start_anew -m "$TREE/tmp/late" --retry=1s
	open_gate "$TREE/tmp/gate"
	wait_mail '^hello$'
	nothing_left
	same letters "$(mail_count)" 1
	same "lines about its end" "$(log_count ' CMDEND ')" 1
	rm -r "$TREE/tmp/gate" "$OUT/failed"
}

# Whoever began a mailer is killed, by the mailer: it may have sent the letter,
# which comes once more and says so.
mailer_unnoted()
{
	put "$TREE/tmp/deadly" 0755 <<-END
	#!/bin/sh
	PATH=/usr/bin:/bin
	cat >$MAIL/\$\$.eml
	mkdir $OUT/killed 2>/dev/null && kill -KILL \$PPID
	exit 0
	END
	echo '@reboot root echo hello' | put_system
	start_crond -m "$TREE/tmp/deadly"
	wait_file "$OUT/killed" 60
	wait_mail '^\[cron ended while this was being mailed: it may have been'
	letter_has '^hello$'
	nothing_left
	same letters "$(mail_count)" 2
	stop_crond
}

# State files that make no sense cost nothing but themselves.
forge() # LETTER SED: the good one under another id, of the same length as all is
{
	sed -e "$2" -e "s/$id/$1${id:1}/" "$good" >"$runs/$1${id:1}.state"
}

set_aside() # HOW MANY WHY
{
	same "set aside for: $2" "$(log_count "is set aside: .*$2")" "$1"
}

hostile()
{
	local good id runs=$TREE/run/evcron/runs/70001

	begin_writer w
	start_crond
	wait_begun w
	must_wait 20 grep -qs '^pid 0*[1-9]' "$runs"/*.state
	kill_crond KILL
	good=$(compgen -G "$runs/[0-9]*.state")
	id=$(basename "$good" .state)
	echo nonsense >"$runs/a-1.state"
	forge b 's/^evcron state 2$/evcron state 1/'
	forge c '/^boot /s/.$/x/'
	head -c 700 "$good" >"$runs/torn-1.state"
	cp "$good" "$runs/named-1.state"
	ln -s /etc/passwd "$runs/d-1.state"
	mkfifo "$runs/e-1.state" "$runs/f-1"
	forge g ''
	chmod 0600 "$runs"/*.state
	chmod 0666 "$runs/g${id:1}.state"
	start_again
	same "set aside" "$(log_count 'is set aside')" 8
	set_aside 2 "another version's"
	set_aside 1 'of another boot'
	set_aside 1 'is broken'
	set_aside 1 'its name is not its own'
	set_aside 3 'not permitted'
	[ ! -e "$runs/f-1" ] || fail "a FIFO without anybody is left"
	finish_hostile
}

finish_hostile()
{
	: >"$OUT/w.gate"
	is_in_mail w "$(adopted 7)"
	status_is "$(adopted 7)"
}

# No room for state files: jobs run as ever, and it is said once.
full()
{
	mkdir -p "$TREE/run/evcron"
	mount -t tmpfs -o size=16k,mode=0700 none "$TREE/run/evcron"
	head -c 65536 /dev/zero >"$TREE/run/evcron/fill" 2>/dev/null || true
	echo '@reboot echo one' | put_user alice
	echo '@reboot echo two' | put_user bob
	start_crond
	wait_mail '^one$'
	wait_mail '^two$'
	same "lines about it" "$(log_count "can't make state files")" 1
	stop_crond
	umount -l "$TREE/run/evcron"
}

# The same while they run: the next one takes over what it can't note anew.
full_meanwhile()
{
	mkdir -p "$TREE/run/evcron"
	mount -t tmpfs -o size=64k,mode=0700 none "$TREE/run/evcron"
	begin_writer w
	start_crond
	wait_begun w
	! head -c 65536 /dev/zero >"$TREE/run/evcron/fill" || fail "not full"
	kill_crond KILL
	start_again
	stop_crond
	start_again
	finish w "$(adopted 7)"
	same "runs" "$(log_count ' CMD ')" 1
	stop_crond
	umount -l "$TREE/run/evcron"
}

# Minutes: the clock is a false one, and stands at another time at the second
# start.
minutes_table()
{
	put_system <<-END
	* * * * * root echo x >>$OUT/each
	1 12 * * * root echo x >>$OUT/fixed
	END
}

lines() # FILE
{
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# 11:59 comes in half a second, or as much later as SPEED gives the daemon to be
# ready for it.
first_time()
{
	echo "11:58:$((SPEED < 17 ? 60 - 3 * SPEED : 10))"
}

first_life() # SIGNAL: 11:59 is done, then it ends
{
	minutes_table
	fake_clock "2025-03-10 $(first_time)" 5
	start_crond
	wait_file "$OUT/each"
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	kill_crond "$1"
	same "runs in its first life" "$(lines "$OUT/each")" 1
}

second_life() # WHEN EACH FIXED: how often each has run in both lives
{
	fake_clock "2025-03-10 $1" 1
	start_crond
	if [ "$2" -gt 1 ]; then
		must_wait 20 eval "[ \"\$(lines $OUT/each)\" -ge $2 ]"
	fi
	# Nothing is queued behind what has to be there.
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	stop_crond
	CROND_ENV=()
	same "runs of each minute" "$(lines "$OUT/each")" "$2"
	same "runs at the fixed time" "$(lines "$OUT/fixed")" "$3"
}

crash_short()
{
	first_life KILL
	second_life 12:02:05 4 1
	no_log MISSED
}

crash_medium()
{
	first_life KILL
	second_life 12:30:05 2 1
	wait_log 'MISSED \(wildcard jobs of 30 minutes without a daemon are left out\)'
}

crash_long()
{
	first_life KILL
	second_life 16:00:05 2 0
	wait_log 'MISSED \(all jobs of 240 minutes without a daemon are left out\)'
}

stop_short()
{
	first_life TERM
	second_life 12:03:05 5 1
	no_log MISSED
}

stop_long()
{
	first_life TERM
	second_life 12:15:05 1 0
	wait_log 'MISSED \(all jobs of 16 minutes without a daemon are left out\)'
}

# In the same minute again: nothing of it runs twice.
same_minute()
{
	first_life KILL
	second_life 11:59:30 1 0
}

# The clock has passed empty minutes: they count for nothing.
empty_minutes()
{
	echo "1 12 * * * root echo x >>$OUT/fixed" | put_system
	fake_clock '2025-03-10 02:00:10' 1
	start_crond
	must_wait 20 grep -q "^next $(($(date -u -d '2025-03-10 12:01' +%s) / 60))\$" \
	    "$TREE/run/evcron/runs/minutes"
	kill_crond KILL
	fake_clock '2025-03-10 12:02:05' 1
	start_crond
	wait_file "$OUT/fixed"
	stop_crond
	CROND_ENV=()
	no_log MISSED
}

# A user who can't be looked up at the start: what his table has missed is made
# up when he is found, once, also if that start was killed meanwhile.
slow_anna() # SECONDS
{
	echo "anna $1 70011" | slow_users 'files slow'
}

start_with_anna() # WHEN SPEED
{
	fake_clock "2025-03-10 $1" "$2"
	CROND_ENV+=("LD_LIBRARY_PATH=$TREE/usr/nss")
	start_crond
}

first_life_with_anna()
{
	slow_anna 0
	echo "* * * * * echo x >>$OUT/late" | put "$SPOOL/anna" 0600 70011:0
	minutes_table
	start_with_anna "$(first_time)" 5
	wait_file "$OUT/each"
	wait_file "$OUT/late"
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	stop_crond
	same "runs of anna's" "$(lines "$OUT/late")" 1
}

late_life_ends() # all have run, and once
{
	must_wait 30 eval "[ \"\$(lines $OUT/late)\" -ge 4 ]"
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	must_wait 20 grep -q '^wild 29026802$' "$TREE/run/evcron/runs/minutes"
	stop_crond
	quick_users
	same "runs of each minute" "$(lines "$OUT/each")" 4
	same "runs at the fixed time" "$(lines "$OUT/fixed")" 1
	same "runs of anna's" "$(lines "$OUT/late")" 4
	no_log MISSED
}

late_table()
{
	first_life_with_anna
	slow_anna 3
	start_with_anna '12:02:05' 1
	must_wait 20 eval "[ \"\$(lines $OUT/each)\" -ge 4 ]"
	same "runs of anna's, who hangs" "$(lines "$OUT/late")" 1
	late_life_ends
}

# After a boot his @reboot entries are owed too; others do not wait for them
# longer than a lookup may hang.
late_reboot()
{
	slow_anna 60
	echo "@reboot echo x >>$OUT/late" | put "$SPOOL/anna" 0600 70011:0
	echo "@reboot root echo x >>$OUT/each" | put_system
	CROND_ENV=("LD_LIBRARY_PATH=$TREE/usr/nss")
	start_crond
	wait_log "anna.*the user can't be looked up now" 40
	wait_file "$OUT/each"
	slow_anna 0
	wait_file "$OUT/late" 40
	stop_crond
	start_crond
	stop_crond
	quick_users
	same "runs of anna's" "$(lines "$OUT/late")" 1
	same "runs of root's" "$(lines "$OUT/each")" 1
}

# When nobody waits for him any more, they are left out, and that is said.
late_reboot_left_out()
{
	slow_anna 6000
	echo "@reboot echo x >>$OUT/late" | put "$SPOOL/anna" 0600 70011:0
	echo "* * * * * root echo x >>$OUT/each" | put_system
	start_with_anna '11:59:50' 60
	must_wait 40 eval "[ \"\$(lines $OUT/each)\" -ge 7 ]"
	no_log MISSED
	slow_anna 0
	wait_log "MISSED \(.*anna could not be read at the start" 40
	stop_crond
	quick_users
	[ ! -e "$OUT/late" ]
}

late_crash()
{
	first_life_with_anna
	slow_anna 60
	start_with_anna '12:02:05' 1
	must_wait 20 eval "[ \"\$(lines $OUT/each)\" -ge 4 ]"
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*-*" >/dev/null'
	kill_crond KILL
	slow_anna 0
	start_with_anna '12:02:20' 1
	late_life_ends
}

unsure()
{
	log_count 'HANDOVER \(cron ended while it started a job, which did not begin'
}

# Killed while it starts the jobs of a minute: the next one starts the others.
# Of the one that it was about to start nobody knows, so it is not started
# twice, and the log says so. The minute after it has no jobs: they may need
# longer than is left of this one.
half_a_minute()
{
	local i runs unsure

	for i in {1..400}; do
		echo "59 * * * * root echo $i >>$OUT/many"
	done | put_system
	fake_clock "2025-03-10 $(first_time)" 5
	start_crond
	must_wait 20 test -s "$OUT/many"
	kill_crond KILL
	fake_clock '2025-03-10 11:59:30' 1
	start_crond
	must_wait 25 eval '[ $(($(sort -u "$OUT/many" | wc -l) + $(unsure))) -ge 400 ]'
	must_wait 20 eval '! compgen -G "$TREE/run/evcron/runs/*/*.state" >/dev/null'
	stop_crond
	CROND_ENV=()
	runs=$(lines "$OUT/many") unsure=$(unsure)
	same "runs that were repeated" "$(sort "$OUT/many" | uniq -d | wc -l)" 0
	[ "$unsure" -le 1 ] && [ $((runs + unsure)) -ge 400 ] ||
	    fail "$runs runs, and $unsure that may not have begun"
}

each_personality killed restarted stopped in_place bad_program dying_program \
    collector_killed late_output streamed mailing hostile full full_meanwhile
PERSONALITIES=redhat each_personality out_of_memory unread retrying \
    stream_broken mailer_unnoted crash_short crash_medium crash_long stop_short stop_long \
    same_minute empty_minutes half_a_minute late_table late_reboot late_reboot_left_out \
    late_crash
