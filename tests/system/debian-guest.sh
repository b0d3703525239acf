#!/bin/bash
# The cases of debian.sh, run inside of the booted Debian: three boots of one
# machine. Each function that `check' names is a case; they are in debian/.
set -eu -o pipefail
# shellcheck source-path=SCRIPTDIR
. /io/guest-lib.sh

spool=/var/spool/cron/crontabs
# shellcheck disable=SC2034
wants=/etc/systemd/system/multi-user.target.wants/cron.service
keep=/var/lib/evcron-test
mkdir -p $keep
export DEBIAN_FRONTEND=noninteractive

note_tables()
{
	(cd $spool && stat -c '%n %U:%G %a %s' * && cksum *) >$keep/spool
}

for part in switch pam package survive back; do
	# shellcheck source=/dev/null
	. /io/debian/$part.sh
done

first_boot()
{
	check debians_cron_runs
	check switch_by_one_command
	check preinst_has_shown_the_faults
	check runs_and_is_enabled
	check unit_is_as_designed
	check admins_changes_are_kept
	check crontab_is_setgid
	check tables_are_untouched
	check packages_tables_have_no_fault
	check job_of_the_old_cron_lives
	check users_tables_run
	check mail_comes_into_the_mbox
	check failures_are_logged
	check reboot_jobs_do_not_run_again
	check reload_by_systemctl
	check restart_by_systemctl
	check status_by_systemctl
	check killed_daemon_comes_back
	check init_script_works
	check edit_in_a_terminal
	check fault_in_the_editor_is_shown
	check run_parts_through_a_morning
	check anacron_chain
	check_where uses_pam pam_modules_serve_the_jobs
	check_where uses_pam pam_systemd_ends_sessions
	check_where uses_pam pam_systemd_kills_no_job
	check_where hands_sessions_over pam_systemd_over_restarts
	check_where hands_sessions_over pam_systemd_over_a_crash
	check_where uses_pam pam_is_as_before
	check upgrade
	check_where hands_over upgrade_in_place_loses_nothing
	check_where hands_over restart_loses_nothing
	check_where hands_over writers_begin
	check_where hands_over over_usr2
	check_where hands_over over_a_package_upgrade
	check_where hands_over over_a_restart
	check_where hands_over over_term
	check_where hands_over over_the_init_script
	check_where hands_over over_kill
	check_where hands_over over_abort
	check_where bounds_memory over_out_of_memory
	check_where hands_over over_a_stop
	check_where hands_over no_minute_is_lost_or_doubled
	check purge_of_cron_changes_nothing
	check init_links_come_back
	check links_in_the_spool_are_not_followed
	check disabled_stays_disabled
}

second_boot()
{
	check is_up_after_the_boot
	check reboot_jobs_run_once
	check users_tables_run
	check mail_comes_into_the_mbox
	check removal_leaves_what_is_the_users
	check installed_again_it_runs
	check back_to_debians_cron
	check purge_of_evcron_changes_nothing
}

third_boot()
{
	check debians_cron_is_up_after_the_boot
	check disabled_over_both_switches
	check switch_that_purges
	check purge_of_the_only_one
}

# The new package beside Debian's, in the machine's own repository.
add_to_repository()
{
	local deb

	deb=$(echo /io/evcron_*.deb)
	grep -q '^Package: evcron$' /srv/debs/Packages || {
		cp "$deb" /srv/debs/
		dpkg-deb -f "$deb"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" \
		    "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
	} >>/srv/debs/Packages
	apt update >/dev/null 2>&1
}

add_to_repository
case $1 in
switch)	first_boot ;;
again)	rm -f ~alice/minutes ~bob/seen /var/mail/alice
	second_boot ;;
back)	third_boot ;;
esac
totals
