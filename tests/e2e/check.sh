#!/bin/bash
# crond --check: all faults with line and column, all refused files, exit codes.
. "$(dirname "$0")/lib.sh"
need_root
make_tree

check() # STATUS ARGUMENT...: output in $TREE/o
{
	local want=$1 status=0

	shift
	"$CROND" --root="$TREE" --personality="$PERSONALITY" --check "$@" \
	    </dev/null >"$TREE/o" 2>&1 || status=$?
	[ "$status" -eq "$want" ] ||
	    fail "--check $* ends with $status, not $want: $(cat "$TREE/o")"
}

says()
{
	local r

	for r; do
		grep -Eq -- "$r" "$TREE/o" || fail "not said: $r: $(cat "$TREE/o")"
	done
}

good()
{
	echo '0 4 * * * root true' | put_system
	echo '0 4 * * * root true' | put_dropin t
	echo '0 4 * * * true' | put_user alice
	check 0
	check 0 "$TREE/etc/crontab" "$TREE/etc/cron.d/t"
	check 0 -u alice
	check 0 -u alice "$SPOOL/alice"
}

# Every one, not the first.
all_faults()
{
	printf '%s\n' '# comment' '61 * * * * root true' 'A=b' \
	    '0 4 * *	8 root true' '@never root true' \
	    '0 4 * * * root' '0 4 * * * root true' | put_dropin bad
	check 1
	says 'etc/cron.d/bad:2:1: ' 'etc/cron.d/bad:4:9: ' \
	    'etc/cron.d/bad:5:[12]: ' 'etc/cron.d/bad:6:'
	! grep -q 'bad:7:' "$TREE/o" || fail "a good line is said to be bad"
	check 1 "$TREE/etc/cron.d/bad"
	says 'bad:2:1: '
}

user_table()
{
	echo '0 4 * * 9 true' | put_user alice
	check 1 -u alice
	says 'alice:1:9: '
	check 1
	says 'alice:1:9: '
	echo '0 4 * * * true' >"$TREE/tmp/mine"
	check 0 -u alice "$TREE/tmp/mine"
	check 1 -u nosuchuser "$TREE/tmp/mine"
}

# With the reason.
refused_files()
{
	echo '0 4 * * * root true' | put_dropin loose
	chmod 0666 "$TREE/etc/cron.d/loose"
	mkfifo "$TREE/etc/cron.d/fifo"
	ln -s /no/such "$TREE/etc/cron.d/dangling"
	echo '0 4 * * * true' | put "$SPOOL/nosuchuser" 0600
	check 1
	says 'etc/cron.d/loose' 'etc/cron.d/fifo' 'etc/cron.d/dangling' nosuchuser
}

# The incumbents differ in what it costs.
unknown_user()
{
	printf '%s\n' '0 4 * * * root true' '@daily nosuchuser true' |
	    put_dropin t
	if is debian; then check 1; else check 0; fi
	says 'cron\.d/t:2:8: (error|warning): bad username: .*no user nosuchuser'
	if is debian; then
		says 'cron\.d/t: refused: ' ' 0 entries: 1 error, .* 1 refused$'
	fi
	# And beside a fault of another kind, which refuses Debian's tables too.
	printf '%s\n' '61 4 * * * root true' '@daily nosuchuser true' |
	    put_dropin t
	check 1
	says 'cron\.d/t:1:1: error: bad minute' \
	    'cron\.d/t:2:8: (error|warning): bad username: .*no user nosuchuser'
}

# A word of what to do, also where the kernel's own says little.
links()
{
	ln -s loop "$TREE/etc/cron.d/loop"
	ln -s /no/such "$TREE/etc/cron.d/dangling"
	echo '0 4 * * * true' | put_user alice
	ln -s alice "$SPOOL/bob"
	check 1
	says 'cron\.d/loop: refused: .*round in a circle' \
	    'cron\.d/dangling: refused: .*no file behind it'
	! is debian || says "bob: refused: .*must not be a link"
}

# It runs, by UTC, which nobody can have meant.
unknown_zone()
{
	printf '%s\n' 'CRON_TZ=Europe/Berlin' '0 4 * * * root true' \
	    ' CRON_TZ = "Nowhere/Land"' '0 5 * * * root true' 'CRON_TZ=' \
	    '0 6 * * * root true' | put_dropin t
	check 0
	says 'cron\.d/t:3:13: note: .*unknown time zone Nowhere/Land, UTC'
	! grep -q 't:1:.*unknown' "$TREE/o" ||
	    fail "a good zone is said to be bad"
}

# What a table may have of what each of its runs costs.
limits()
{
	local i

	for ((i = 0; i < 140; i++)); do
		printf 'V%03d=%0980d\n' "$i" 0
	done | put_dropin large
	for ((i = 1; i <= 33; i++)); do
		echo "CRON_TZ=XYZ3:$i"
	done | put_user alice
	check 1
	says 'cron\.d/large:133:1: error: .*131072 bytes' \
	    'alice:33:9: error: .*32 time zones'
}

warnings()
{
	echo '*/45 4 * * * root true' | put_dropin t
	check 0
	check 1 /no/such/file
	says '/no/such/file'
}

# What runs otherwise than it seems to, and what to write instead.
notes()
{
	local cases

	cases='TZ=UTC 0 5 * * * root x'
	printf '%s\n' "$cases" 'A=root # c' \
	    '0 3 * * * root echo "$(date +%F)"' '0 0 12 * * ? root x' \
	    '@daily /bin/true all' '0 0 30 2 * root x' '* 3 * * * root x' \
	    '*/45 * * * * root x' '0 0 1 1 * root true' |
	    put_dropin t
	check "$(is debian && echo 1 || echo 0)"
	says 'cron\.d/t:1:8: note: .*; write TZ=UTC and below it 0 5 \* \* \* root x$' \
	    'cron\.d/t:2:8: note: .*; write A=root$' \
	    "cron\\.d/t:3:30: note: .*the shell gets 'echo \"\\\$\\(date \\+'" \
	    'cron\.d/t:4:12: note: .*; write 0 12 \* \* \*$' \
	    'cron\.d/t:5:8: note: .*; write root /bin/true$' \
	    'cron\.d/t:6:5: note: .*never runs' \
	    'cron\.d/t:7:1: note: .*60 times' \
	    'cron\.d/t:8:1: note: .*15 minutes'
	! grep -q 't:9:' "$TREE/o" || fail "a plain line is noted"
	printf '%s\n' '*/5 * * * * root /bin/true' \
	    '*/5 * * * * bob /bin/true' '*/5 * * * * bob true' | put_user alice
	check 0 -u alice
	says "alice:2:13: note: .*'bob' is taken for the command"
	! grep -q 'alice:3:' "$TREE/o" || fail "bob may be a program"
	says "alice:1:13: note: .*'root' is taken for the command.*; write /bin/true\$"
}

each_personality notes good all_faults user_table refused_files unknown_user links \
    unknown_zone limits warnings
