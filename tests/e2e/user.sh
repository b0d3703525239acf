#!/bin/bash
# A crond of one's own: an ordinary user runs the tables given as operands.
. "$(dirname "$0")/lib.sh"

as_caller()
{
	if [ "$(id -u)" -eq 0 ]; then
		need setpriv
		setpriv --reuid=70001 --regid=70001 --clear-groups -- "$@"
	else
		"$@"
	fi
}

make_tree
if [ "$(id -u)" -eq 0 ]; then
	WHO=alice
	AS_CALLER=(setpriv --reuid=70001 --regid=70001 --clear-groups)
	HOME_DIR=$TREE/home/alice
else
	WHO=$ME
	AS_CALLER=(env)
	HOME_DIR=$TREE/home
fi
RUNTIME=$HOME_DIR/runtime
as_caller mkdir -p "$RUNTIME"

own()
{
	rm -rf "$HOME_DIR/.local" "$RUNTIME/evcron"
	cat >"$TREE/mytable" <<-END
	A=b
	HOME=$HOME_DIR
	@reboot id -un >$OUT/new; echo "\$A" >>$OUT/new; mv $OUT/new $OUT/ran
	@reboot echo out
	END
	chmod 0644 "$TREE/mytable"
	ln -sf mytable "$TREE/mylink" # not checked is how it is linked either
	write_mailer "$TREE/bin/mymailer"
	: >"$TREE/stderr"
	chmod 0666 "$TREE/stderr"
	CROND_ENV=("HOME=$HOME_DIR" "XDG_RUNTIME_DIR=$RUNTIME")
	launch "${AS_CALLER[@]}" "$CROND" -f --log=stderr --personality="$PERSONALITY" \
	    "$WITH_COLLECTOR" -m "$TREE/bin/mymailer" "$TREE/mylink" "$TREE/nothing"
	CROND_ENV=()
	wait_job ran
	same user "$(sed -n 1p "$OUT/ran")" "$WHO"
	same setting "$(sed -n 2p "$OUT/ran")" b
	wait_mail '^out$'
	letter_has "^To: $WHO\$"
	[ -d "$RUNTIME/evcron" ] || fail "no $RUNTIME/evcron"
	[ -d "$HOME_DIR/.local/state/evcron" ] || fail "no state"
	grep -Eq "\($WHO\) CMD " "$TREE/stderr" || fail "no log on stderr"
	grep -Eq "\(CRON\) (STAT FAILED|CAN'T OPEN) \(.*/nothing\): No such file" \
	    "$TREE/stderr" || fail "not a word of the table that is missing"
	stop_crond
}

# In the foreground it says what it does where its caller looks, also in a file.
log_auto()
{
	rm -rf "$HOME_DIR/.local" "$RUNTIME/evcron"
	printf '%s\n' "HOME=$HOME_DIR" "@reboot : >$OUT/ran" >"$TREE/mytable"
	chmod 0644 "$TREE/mytable"
	: >"$TREE/stderr"
	CROND_ENV=("HOME=$HOME_DIR" "XDG_RUNTIME_DIR=$RUNTIME")
	launch "${AS_CALLER[@]}" "$CROND" -f --personality="$PERSONALITY" \
	    "$WITH_COLLECTOR" -m off "$TREE/mytable"
	CROND_ENV=()
	must_wait 20 grep -Eq "\($WHO\) CMD " "$TREE/stderr"
	stop_crond
}

# Without a table it would be the system's daemon, whose files are not the user's:
# it says so and ends. Where everybody may write into /run it would run.
no_table()
{
	local status=0

	if [ "$(id -u)" -eq 0 ]; then
		mount -t tmpfs -o mode=0755 tmpfs /run
	elif [ -w /run ]; then
		echo "not tried: /run can be written"
		return
	fi
	: >"$TREE/stderr"
	CROND_ENV=("HOME=$HOME_DIR" "XDG_RUNTIME_DIR=$RUNTIME")
	launch "${AS_CALLER[@]}" "$CROND" -f --personality="$PERSONALITY"
	CROND_ENV=()
	wait_end "$CROND_PID" || status=$?
	CROND_PID=
	[ "$(id -u)" -ne 0 ] || unmount /run
	same status "$status" 1
	grep -q 'Permission denied$' "$TREE/stderr" || fail "it says nothing"
}

# @reboot once a boot, also where the marker outlives one.
reboot()
{
	local start state=$HOME_DIR/.local/state/evcron/run

	rm -rf "$HOME_DIR/.local"
	printf 'HOME=%s\n@reboot echo x >>%s\n' "$HOME_DIR" "$OUT/boots" \
	    >"$TREE/mytable"
	chmod 0644 "$TREE/mytable"
	for start in first again rebooted; do
		: >"$TREE/stderr"
		chmod 0666 "$TREE/stderr"
		if [ "$start" = rebooted ]; then
			rm -f "$state/cron.reboot" # its mode is 0000
			echo other >"$state/cron.reboot"
		fi
		CROND_ENV=(-u XDG_RUNTIME_DIR "HOME=$HOME_DIR")
		launch "${AS_CALLER[@]}" "$CROND" -f --log=stderr -m off \
		    --personality="$PERSONALITY" "$WITH_COLLECTOR" \
		    "$TREE/mytable"
		CROND_ENV=()
		must_wait 20 grep -Eq "(Skipping @reboot jobs|will be run at)|\
$WHO\) CMD " "$TREE/stderr"
		if [ "$start" != again ]; then
			wait_job boots
			rm "$OUT/boots"
		fi
		stop_crond
		[ ! -e "$OUT/boots" ] || fail "$start: it ran again"
	done
}

each_personality own log_auto no_table reboot
