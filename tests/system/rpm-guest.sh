#!/bin/bash
# The cases of rpm.sh, run inside of the booted machine: two boots of it. Each
# function that `check' names is a case; they are in rpm/.
set -eu -o pipefail
# shellcheck disable=SC2034
daemon_name=crond
# shellcheck source-path=SCRIPTDIR
. /io/guest-lib.sh

# shellcheck disable=SC2034
rpms=/io/rpms spool=/var/spool/cron keep=/var/lib/evcron-test
mkdir -p $keep

for part in switch jobs package; do
	# shellcheck source=/dev/null
	. /io/rpm/$part.sh
done

first_boot()
{
	check cronies_crond_runs
	check swap_in_one_transaction
	check runs_and_is_enabled
	check unit_is_as_designed
	check job_of_the_old_cron_lives
	check users_tables_run
	check log_is_cronies
	check mail_comes_when_the_job_is_over
	check reboot_jobs_do_not_run_again
	check crontab_is_setuid
	check edit
	check reload_by_systemctl
	check restart_by_systemctl
	check status_by_systemctl
	check killed_daemon_comes_back
	check options_of_sysconfig
	check upgrade_in_place_loses_nothing
	check new_libraries_are_taken_in_place
	check one_that_can_not_is_restarted
	check run_parts_and_anacron
	check disabled_stays_disabled
}

second_boot()
{
	check is_up_after_the_boot
	check reboot_jobs_run_once
	check users_tables_run
	check back_to_cronie
	check and_to_evcron_again
	check removal_leaves_what_is_the_users
}

case $1 in
switch)	first_boot ;;
again)	rm -f ~alice/minutes ~bob/seen
	: >$keep/mails # still everybody's to write
	second_boot ;;
esac
totals
