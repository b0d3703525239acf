#!/bin/bash
# Much at once: jobs, edits, output, children.
#
# From the environment: JOBS (10000), due in one minute; TABLES (1000), edited at
# once; OUTPUT_BYTES (10 GiB), of one job; LATE_MS (100); FLAT_KIB (65536), by how
# much the daemon may grow.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
make_tree
first_of_all
mkdir -m 0755 "$TREE/bin"

: "${JOBS:=10000}" "${TABLES:=1000}" "${OUTPUT_BYTES:=$((10 << 30))}"
: "${FLAT_KIB:=65536}"

peak_kib() # the most that it ever had in memory
{
	awk '/^VmHWM/ { print $2 }' "/proc/$CROND_PID/status"
}

cpu_ms() # the daemon's own time on a processor, so far
{
	local -a stat

	read -r -a stat <"/proc/$CROND_PID/stat"
	echo $(((stat[13] + stat[14]) * 1000 / $(getconf CLK_TCK)))
}

# A mailer that costs little: appends to one file a process.
stub_mailer()
{
	put "$TREE/usr/sbin/sendmail" 0755 <<-END
	#!/bin/sh
	exec /bin/cat >>$MAIL/\$\$.eml
	END
}

# coming N: that minute from now, as a field, once near_minute was called
coming()
{
	local now

	now=$((10#$(date +%s%3N)))
	echo $((((now + OFFSET_MS) / 60000 + $1) % 60))
}

letters() # how many different ones with such a line came
{
	find "$MAIL" -name '*.eml' -exec cat {} + | grep -E "^$1" | sort -u |
	    wc -l
}

# bare COUNT: as many such shells, one after the other, by nobody's leave but the
# machine's: what it costs at least
bare()
{
	local i began=${EPOCHREALTIME/./}

	for ((i = 0; i < $1; i++)); do
		/bin/sh -c "echo job $i; echo $i >>$OUT/bare" >"$OUT/bare.out"
	done
	echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

# All run once, each letter arrives, the next minute is on time, also where the
# machine needs longer than a minute for them.
many_jobs()
{
	local i first next before began took

	stub_mailer
	near_minute 15
	first=$(coming 1) next=$(coming 2)
	echo "$first * * * * root $(stamp same)" | put_system
	for ((i = 0; i < JOBS; i++)); do
		echo "$first * * * * alice echo job $i; echo $i >>$OUT/ran"
		[ $((i % 500)) -ne 499 ] || echo
	done | awk -v RS= -v d="$TREE/etc/cron.d/m" \
	    '{ f = sprintf("%s%03d", d, NR); print >f; close(f) }'
	echo "$next * * * * root $(stamp next); wc -l <$OUT/ran >$OUT/then" |
	    put_dropin zz-next
	: >"$OUT/ran"
	chmod 0666 "$OUT/ran"
	start_crond
	before=$(peak_kib)
	probe same 1 &
	probe next 2 &
	wait_for $((LEAD + 40)) stamped same || fail "the first of them has not run"
	began=$SECONDS
	wait_for 600 eval '[ "$(wc -l <"$OUT/ran")" -ge "$JOBS" ]' ||
	    fail "only $(wc -l <"$OUT/ran") have run"
	took=$((SECONDS - began))
	measured "$CASE: $JOBS jobs in $took s; a bare loop of a tenth as many" \
	    "shells took $(bare $((JOBS / 10))) ms of the same machine, then"
	wait_for 600 eval '[ "$(letters "job [0-9]+$")" -ge "$JOBS" ]' ||
	    fail "only $(letters 'job [0-9]+$') letters"
	measured "$CASE: their letters in $((SECONDS - began)) s," \
	    "$before KiB before, $(peak_kib) KiB at the peak," \
	    "$(cpu_ms) ms of the daemon's own"
	same "different jobs" "$(sort -u "$OUT/ran" | wc -l)" "$JOBS"
	same "all runs" "$(wc -l <"$OUT/ran")" "$JOBS"
	same "all letters" \
	    "$(find "$MAIL" -name '*.eml' -exec cat {} + | grep -c '^job ')" "$JOBS"
	on_time_here same
	wait_for 70 eval '[ -s "$OUT/then" ]' ||
	    fail "the next minute did not come"
	measured "$CASE: the next minute came when $(cat "$OUT/then") had run"
	on_time_here next
	[ -n "$INCUMBENT" ] || [ $(($(peak_kib) - before)) -le "$FLAT_KIB" ] ||
	    fail "$before KiB became $(peak_kib)"
	alive
	stop_crond
	write_mailer "$TREE/usr/sbin/sendmail"
}

# Tables of so many users change together while jobs run.
many_edits()
{
	local i began

	for ((i = 0; i < TABLES; i++)); do
		echo "u$i:x:$((80000 + i)):80000::/tmp:/bin/sh"
	done >>"$TREE/etc/passwd"
	write_tables 0
	near_minute $((15 + TABLES / 100))
	echo "* * * * * root $(stamp root)" | put_system
	start_crond
	wait_log "$READY"
	began=$((10#$(date +%s%3N)))
	probe root 1 &
	write_tables 1
	measured "$CASE: $TABLES tables written in $(($(date +%s%3N) - began)) ms"
	wait_for 130 eval '[ "$(find "$OUT" -name "u*.1" | wc -l)" -eq "$TABLES" ]' ||
	    fail "only $(find "$OUT" -name 'u*.1' | wc -l) edits count"
	wait_for 130 stamped root
	[ -z "$(find "$OUT" -name 'u*.0')" ] || fail "old tables still ran"
	sed -i '2,$d' "$OUT/root" # of that minute, as the probe is
	on_time_here root
	alive
	stop_crond
	sed -i '/^u[0-9]*:/d' "$TREE/etc/passwd"
}

write_tables() # VERSION
{
	local i

	mkdir -p "$TREE/tmp/new"
	for ((i = 0; i < TABLES; i++)); do
		echo "* * * * * : >$OUT/u$i.$1" >"$TREE/tmp/new/u$i"
	done
	find "$TREE/tmp/new" -name 'u*' -exec chmod 0600 {} +
	(cd "$TREE/tmp/new" && for f in u*; do
		echo "$((80000 + ${f#u})):0 $f"
	done | xargs -n 2 chown)
	find "$TREE/tmp/new" -name 'u*' -exec mv -t "$SPOOL" {} +
}

# A job that writes for ever, so to speak, into a small letter: neither memory nor
# disk grow, others run, all arrives.
much_output()
{
	local most=0 now before

	put "$TREE/usr/sbin/sendmail" 0755 <<-END
	#!/bin/sh
	/usr/bin/wc -c >$OUT/count.new && /bin/mv $OUT/count.new $OUT/count
	END
	near_minute 8 # its start must come before that minute
	echo "$(coming 1) * * * * head -c $OUTPUT_BYTES /dev/zero" | put_user alice
	echo "* * * * * root $(stamp root)" | put_system
	if [ -n "$INCUMBENT" ]; then
		start_crond
	else
		start_crond --letter-max=1M
	fi
	wait_for $((LEAD + 20)) stamped root
	before=$(peak_kib)
	while [ ! -e "$OUT/count" ]; do
		[ "$SECONDS" -lt 1200 ] || fail "it does not end"
		nap 1
		now=$(du -sk "$TREE/var/spool/" | cut -f 1)
		[ "$now" -le "$most" ] || most=$now
		alive
	done
	measured "$CASE: $OUTPUT_BYTES bytes, at most $most KiB on disk," \
	    "$before KiB, then $(peak_kib) KiB in memory"
	[ "$(cat "$OUT/count")" -ge "$OUTPUT_BYTES" ] ||
	    fail "only $(cat "$OUT/count") bytes arrived"
	[ "$(cat "$OUT/count")" -le $((OUTPUT_BYTES + 4096)) ] ||
	    fail "$(cat "$OUT/count") bytes arrived"
	[ "$most" -le 8192 ] || fail "$most KiB of disk"
	[ $(($(peak_kib) - before)) -le 4096 ] || fail "memory: $(peak_kib)"
	on_time root
	alive
	stop_crond
	write_mailer "$TREE/usr/sbin/sendmail"
}

# Jobs that never read their stdin, whose children keep their output, that fork
# until they may not: nobody else waits, and their letters come.
bad_company()
{
	local i

	: >"$TREE/tmp/gate"
	{ printf '* * * * * while [ -e %s ]; do sleep .2; done%%' "$TREE/tmp/gate"
	head -c 90000 /dev/zero | tr '\0' x
	echo; } | put_dropin_as bob unread
	for i in 1 2 3 4 5; do
		echo "* * * * * root (while [ -e $TREE/tmp/gate ]; do sleep .2; done) & echo holder $i"
	done | put_dropin holder
	echo "* * * * * ulimit -u 60; while [ -e $TREE/tmp/gate ]; do sleep 2 & done; wait" |
	    put_user alice
	echo "* * * * * root $(stamp zlast)" | put_dropin zlast
	near_minute 4
	start_crond
	on_time zlast
	if is debian && [ -z "$INCUMBENT" ]; then
		for i in 1 2 3 4 5; do
			wait_mail "^holder $i\$"
		done
	fi
	rm "$OUT/zlast"
	wait_for 70 stamped zlast || fail "the next minute did not come"
	on_time zlast
	alive
	rm "$TREE/tmp/gate"
	stop_crond
}

put_dropin_as() # USER NAME
{
	sed "s/^\* \* \* \* \* /&$1 /" | put_dropin "$2"
}

PERSONALITIES=${PERSONALITIES:-debian} each_personality bad_company many_edits \
    much_output many_jobs
