#!/bin/bash
# @reboot entries run once after a boot, not at a restart or a reload.
# runs-on: incumbent
. "$(dirname "$0")/lib.sh"
need_root
make_tree

once_a_boot()
{
	echo "@reboot root echo x >> $OUT/system" | put_system
	echo "@reboot echo x >> $OUT/alice" | put_user alice
	start_crond
	must_wait 20 test -s "$OUT/system"
	must_wait 20 test -s "$OUT/alice"
	stop_crond
	# The incumbents' markers: to switch is no boot.
	if is debian; then
		[ -e "$TREE/run/crond.reboot" ] || fail "no marker"
	else
		[ -e "$TREE/run/cron.reboot" ] || fail "no marker"
	fi
	# A restart: nothing runs again.
	start_crond
	is debian && wait_log 'INFO \(Skipping @reboot jobs -- not system startup\)'
	is debian || wait_log "INFO \(@reboot jobs will be run at computer's startup\.\)"
	stop_crond
	same system "$(wc -l <"$OUT/system")" 1
	same alice "$(wc -l <"$OUT/alice")" 1
	booted
	start_crond
	is debian && wait_log 'INFO \(Running @reboot jobs\)'
	must_wait 20 eval '[ "$(wc -l <"$OUT/system")" -eq 2 ]'
	must_wait 20 eval '[ "$(wc -l <"$OUT/alice")" -eq 2 ]'
}

each_personality once_a_boot
