#!/bin/bash
# What users can do to others: nothing.
#
# From the environment: ENTRIES (10000), due each minute in one user's table; FLIPS
# (3000), changes of a table; BIG_MIB (100), a table's size; LATE_MS (100).
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
make_tree
first_of_all
mkdir -m 0755 "$TREE/bin"

: "${ENTRIES:=10000}" "${FLIPS:=3000}" "${BIG_MIB:=100}"

# As many entries as may be, all due each minute: bob, who stands behind them, is
# on time, in this minute and in the next.
all_due()
{
	local i

	for ((i = 0; i < ENTRIES; i++)); do
		echo "* * * * * true"
	done | put_user alice
	echo "* * * * * $(stamp bob)" | put_user bob
	near_minute 5
	start_crond
	probe bob 1 &
	probe bob2 2 &
	wait_for 60 stamped bob || fail "bob has not run"
	on_time_here bob
	mv "$OUT/bob" "$OUT/bob1"
	wait_for 90 stamped bob || fail "the next minute did not come"
	mv "$OUT/bob" "$OUT/bob2"
	on_time_here bob2
	alive
	stop_crond
}

# A table at each limit, and one behind each.
limits()
{
	local i

	[ -z "$INCUMBENT" ] || return 0
	{ for ((i = 0; i < 900; i++)); do
		echo "V$i=$(head -c 900 /dev/zero | tr '\0' v)"
	done
	for ((i = 0; i < 9000; i++)); do
		echo "$((i % 60)) $((i / 60 % 24)) $((i % 28 + 1)) * * true $i"
	done; } | put_user alice
	echo "* * * * * $(stamp bob)" | put_user bob
	near_minute 6
	start_crond
	for ((i = 0; i < 20; i++)); do
		{ cat "$SPOOL/alice"; echo "# $i"; } >"$TREE/tmp/alice.$i"
		put_user alice <"$TREE/tmp/alice.$i"
	done
	on_time bob 60
	measured "$CASE: $(awk '/^VmHWM/ { print $2 }' \
	    "/proc/$CROND_PID/status") KiB at the peak"
	alive
	stop_crond
	rm "$TREE"/tmp/alice.*
}

# Files too big for a table, as such and with one endless line.
big_files()
{
	local k

	echo "* * * * * $(stamp bob)" | put_user bob
	near_minute 6
	start_crond
	k=$(awk '/^VmHWM/ { print $2 }' "/proc/$CROND_PID/status")
	head -c $((BIG_MIB << 20)) /dev/zero | tr '\0' '*' >"$TREE/tmp/big"
	chown alice "$TREE/tmp/big"
	chmod 0600 "$TREE/tmp/big"
	mv "$TREE/tmp/big" "$SPOOL/alice"
	{ yes '* * * * * true' || :; } | head -c $((BIG_MIB << 20)) \
	    >"$TREE/tmp/big"
	mv "$TREE/tmp/big" "$TREE/etc/cron.d/big"
	on_time bob 60
	measured "$CASE: $k KiB, then $(awk '/^VmHWM/ { print $2 }' \
	    "/proc/$CROND_PID/status") KiB at the peak"
	alive
	stop_crond
}

# Names that no editor would write, in both directories.
names()
{
	local n

	for n in $'a\nb' $'\e[31mred' $'\x01\x02' '*' '-rf' '--' $'x\ty' \
	    "$(head -c 250 /dev/zero | tr '\0' n)" '%s%n' '../x' '.hidden' \
	    $'\xff\xfe'; do
		[ "$n" != ../x ] || continue
		echo "* * * * * true" >"$SPOOL/$n"
		echo "* * * * * root true" >"$TREE/etc/cron.d/$n"
		chmod 0600 "$SPOOL/$n"
	done
	echo "* * * * * $(stamp bob)" | put_user bob
	near_minute 3
	start_crond
	on_time bob
	alive
	# Nothing of them is a line of its own, or moves a cursor.
	! grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$LOG" || fail "control characters"
	stop_crond
}

# Good, bad, another owner, another mode, gone, a link: thousands of times.
flips()
{
	local i

	echo "* * * * * $(stamp bob)" | put_user bob
	echo '* * * * * true' >"$TREE/tmp/good"
	echo '* * * 99 * true' >"$TREE/tmp/bad"
	near_minute $((10 + FLIPS / 100))
	start_crond
	for ((i = 0; i < FLIPS; i++)); do
		case $((RANDOM % 8)) in
		0 | 1)	put_user alice <"$TREE/tmp/good" ;;
		2)	put_user alice <"$TREE/tmp/bad" ;;
		3)	chown bob "$SPOOL/alice" 2>/dev/null || : ;;
		4)	chmod 0666 "$SPOOL/alice" 2>/dev/null || : ;;
		5)	rm -f "$SPOOL/alice" ;;
		6)	rm -f "$SPOOL/alice"
			ln -s "$TREE/tmp/good" "$SPOOL/alice" ;;
		7)	rm -f "$SPOOL/alice"
			ln "$TREE/tmp/good" "$SPOOL/alice" ;;
		esac
		[ $((i % 100)) -ne 0 ] || alive
	done
	rm -f "$SPOOL/alice"
	wait_for 130 stamped bob || fail "bob never ran"
	echo "* * * * * : >$OUT/alice" | put_user alice
	wait_file "$OUT/alice" 130
	alive
	stop_crond
}

# Who is in group crontab may make files in the spool: links to what is not his
# are no tables, and nothing behind them is read, shown, or changed.
planted_links()
{
	is debian || return 0
	echo "* * * * * : >$OUT/stolen" >"$TREE/tmp/others"
	chmod 0600 "$TREE/tmp/others"
	chown bob "$TREE/tmp/others"
	echo "secret of root's" >"$TREE/tmp/secret"
	chmod 0600 "$TREE/tmp/secret"
	near_minute 4
	start_crond
	# As a broken set-id crontab would, without alice's own rights.
	ln "$TREE/tmp/others" "$SPOOL/alice"
	ln -s "$TREE/tmp/others" "$SPOOL/carl"
	ln -s "$TREE/tmp/secret" "$SPOOL/root"
	ln -s /dev/zero "$SPOOL/daemon"
	mkfifo "$SPOOL/games"
	mkdir "$SPOOL/mail"
	ln -s ../../../etc/passwd "$SPOOL/news"
	echo "* * * * * $(stamp bob)" | put_user bob
	on_time bob 20
	nap 1
	[ ! -e "$OUT/stolen" ] || fail "another's table ran"
	no_log "secret of root's"
	same secret "$(cat "$TREE/tmp/secret")" "secret of root's"
	same owner "$(stat -c %U "$TREE/tmp/others")" bob
	alive
	stop_crond
}

# A mailer, which runs as its user, that keeps the letter open, writes it, links it,
# and looks around in the outbox.
greedy_mailer()
{
	[ -z "$INCUMBENT" ] || return 0
	put "$TREE/bin/greedy" 0755 <<-END
	#!/bin/bash
	exec 2>>$OUT/errors
	name=\$(readlink /proc/self/fd/0)
	cat >/dev/null
	(echo forged >&0) 2>/dev/null && echo "wrote by its descriptor" >>$OUT/breach
	echo forged >>/proc/self/fd/0 && echo "opened to write" >>$OUT/breach
	truncate -s 0 /proc/self/fd/0 && echo truncated >>$OUT/breach
	ln -L /proc/self/fd/0 $TREE/tmp/kept && echo linked >>$OUT/breach
	ls $TREE/var/spool/evcron/outbox && echo listed >>$OUT/breach
	ls $TREE/run/evcron/runs && echo "listed runs" >>$OUT/breach
	# By another program: a shell opens more for what it does itself. 255 is its
	# own, of the script; libfaketime, if it came along, may have its clock open.
	find /proc/\$\$/fd -mindepth 1 ! -name [012] ! -name 255 \
	    ! -lname '/dev/shm/faketime_*' -printf 'has %f, %l\n' >>$OUT/breach
	echo once >>$OUT/mailed
	exec 3<&0
	(while [ -e $TREE/tmp/gate ]; do sleep .2; done) &
	exit 0
	END
	: >"$TREE/tmp/gate"
	printf '%s\n' '@reboot echo one' '@reboot echo two' | put_user alice
	echo '@reboot echo three' | put_user bob
	touch "$OUT/mailed" "$OUT/errors" "$OUT/breach"
	chmod 0666 "$OUT/mailed" "$OUT/errors" "$OUT/breach"
	start_crond -m "$TREE/bin/greedy"
	must_wait 20 eval '[ "$(wc -l <"$OUT/mailed")" -ge 3 ]'
	[ ! -s "$OUT/breach" ] || fail "it could: $(cat "$OUT/breach")"
	[ -s "$OUT/errors" ] || fail "it has not tried"
	must_wait 20 eval '[ -z "$(find "$TREE/var/spool/evcron/outbox" -type f)" ]'
	alive
	rm "$TREE/tmp/gate"
	stop_crond
}

PERSONALITIES=${PERSONALITIES:-debian} each_personality names planted_links \
    greedy_mailer big_files limits all_due flips
