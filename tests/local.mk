# Unit programs, end-to-end scripts and checks of the tree run in automake's
# parallel harness; `make check` is all of them.
if HAVE_CMOCKA
unit_programs = \
	tests/unit/test_access \
	tests/unit/test_advice \
	tests/unit/test_account \
	tests/unit/test_address \
	tests/unit/test_adopt \
	tests/unit/test_agenda \
	tests/unit/test_arena \
	tests/unit/test_backoff \
	tests/unit/test_catalog \
	tests/unit/test_child \
	tests/unit/test_cluster \
	tests/unit/test_collector \
	tests/unit/test_collector_hang \
	tests/unit/test_collector_mail \
	tests/unit/test_collector_talk \
	tests/unit/test_collector_users \
	tests/unit/test_collector_words \
	tests/unit/test_collectors \
	tests/unit/test_command \
	tests/unit/test_crontab_next \
	tests/unit/test_env \
	tests/unit/test_escaped \
	tests/unit/test_table_store \
	tests/unit/test_run_env \
	tests/unit/test_run_record \
	tests/unit/test_fault \
	tests/unit/test_field \
	tests/unit/test_fires_oracle \
	tests/unit/test_grammar_oracle \
	tests/unit/test_run_files \
	tests/unit/test_json \
	tests/unit/test_keyed_hash \
	tests/unit/test_clock_step \
	tests/unit/test_letter_meta \
	tests/unit/test_mail_check \
	tests/unit/test_mail_headers \
	tests/unit/test_mail_neighbours \
	tests/unit/test_mail_rule \
	tests/unit/test_lock \
	tests/unit/test_log \
	tests/unit/test_logstream \
	tests/unit/test_mailcmd \
	tests/unit/test_mbox \
	tests/unit/test_progress_file \
	tests/unit/test_mounts \
	tests/unit/test_next_fire \
	tests/unit/test_notes \
	tests/unit/test_child_report \
	tests/unit/test_crond_options \
	tests/unit/test_outbox \
	tests/unit/test_progress \
	tests/unit/test_paths \
	tests/unit/test_personality \
	tests/unit/test_printable \
	tests/unit/test_random \
	tests/unit/test_reference \
	tests/unit/test_reload \
	tests/unit/test_reload_tables \
	tests/unit/test_spawn_report \
	tests/unit/test_run \
	tests/unit/test_say_once \
	tests/unit/test_schedule \
	tests/unit/test_share \
	tests/unit/test_seqpacket \
	tests/unit/test_pam_sessions \
	tests/unit/test_fault_print \
	tests/unit/test_simulation \
	tests/unit/test_spawn \
	tests/unit/test_spool \
	tests/unit/test_start_queue \
	tests/unit/test_run_state \
	tests/unit/test_table \
	tests/unit/test_table_copy \
	tests/unit/test_table_limits \
	tests/unit/test_letter_notice \
	tests/unit/test_user_cache \
	tests/unit/test_watch \
	tests/unit/test_zone \
	tests/unit/test_zoneinfo
unit_tests = $(unit_programs)
else
unit_programs =
unit_tests = tests/unit/none.sh
endif

# Some seconds each, and something of everything.
short_e2e_tests = \
	tests/e2e/basics.sh \
	tests/e2e/check.sh \
	tests/e2e/pieces.sh \
	tests/e2e/process.sh \
	tests/e2e/reboot.sh \
	tests/e2e/user.sh

# The longest first, so that none is left running alone.
long_e2e_tests = \
	tests/e2e/faults.sh \
	tests/e2e/handover.sh \
	tests/e2e/reload.sh \
	tests/e2e/container.sh \
	tests/e2e/pam.sh \
	tests/e2e/pam_sessions.sh \
	tests/e2e/pam_crontab.sh \
	tests/e2e/crontab_safety.sh \
	tests/e2e/crontab_rights.sh \
	tests/e2e/crontab_edit.sh \
	tests/e2e/crontab.sh \
	tests/e2e/cluster.sh \
	tests/e2e/reload_places.sh \
	tests/e2e/last_good.sh \
	tests/e2e/tables.sh \
	tests/e2e/variables.sh \
	tests/e2e/minute.sh \
	tests/e2e/cronnext.sh \
	tests/e2e/idle.sh \
	tests/e2e/real_mailers.sh \
	tests/e2e/selinux.sh \
	tests/e2e/outbox.sh \
	tests/e2e/mailer.sh \
	tests/e2e/disk.sh \
	tests/e2e/hostile.sh \
	tests/e2e/holes.sh \
	tests/e2e/failures.sh \
	tests/e2e/options.sh \
	tests/e2e/output.sh \
	tests/e2e/mailto.sh \
	tests/e2e/zones.sh

checks = \
	tests/checks/build.sh \
	tests/checks/floors.sh \
	tests/checks/limits.sh \
	tests/checks/man.sh \
	tests/checks/not_run.sh \
	tests/checks/references.sh \
	tests/checks/scripts.sh \
	tests/checks/style.sh \
	tests/checks/walls.sh \
	tests/checks/words.sh

# Programs that end-to-end tests start.
e2e_helpers = \
	tests/lib/crontab_debian \
	tests/lib/crontab_redhat \
	tests/lib/crontab_suse \
	tests/lib/fake_collector \
	tests/lib/syslog_sink

# Programs that tests/faults/walls.sh starts.
fault_helpers = \
	tests/lib/attacks \
	tests/lib/tick_floor

# Programs on a SELinux machine with an audit, both of the tests' own.
if HAVE_SELINUX
e2e_helpers += tests/lib/crond_selinux tests/lib/crontab_selinux
endif

check_PROGRAMS = $(unit_programs) $(e2e_helpers) $(fault_helpers) tests/lib/run_test

# A PAM module that does what a test wants.
if HAVE_PAM
check_DATA = tests/lib/pam_probe.so
endif
tests/lib/pam_probe.so: tests/lib/pam_probe.c
	$(AM_V_CCLD)$(MKDIR_P) tests/lib && $(CC) $(DEFS) $(AM_CPPFLAGS) \
	    $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) -fPIC -shared \
	    -o $@ $(srcdir)/tests/lib/pam_probe.c $(PAM_LIBS)
if LONG_TESTS
e2e_tests = $(long_e2e_tests) $(short_e2e_tests)
else
e2e_tests = $(short_e2e_tests)
endif
TESTS = $(e2e_tests) $(unit_tests) $(checks)
TEST_EXTENSIONS = .sh
# Each test is ended at a limit: see tests/lib/run_test.c.
LOG_COMPILER = tests/lib/run_test
SH_LOG_COMPILER = tests/lib/run_test
AM_TESTS_ENVIRONMENT = \
	srcdir='$(srcdir)'; export srcdir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir;

# After all of them.
check-local: check-TESTS
	@bash $(srcdir)/tests/not_run.sh $(TEST_LOGS)

# A set-id crontab can't be told its personality: one of each.
tests_lib_crontab_debian_SOURCES = src/tools/crontab.c src/core/personality.c
tests_lib_crontab_debian_LDADD = $(crontab_LDADD)
tests_lib_crontab_debian_CPPFLAGS = $(AM_CPPFLAGS) \
	-UEVCRON_PERSONALITY -DEVCRON_PERSONALITY='"debian"'
tests_lib_crontab_redhat_SOURCES = $(tests_lib_crontab_debian_SOURCES)
tests_lib_crontab_redhat_LDADD = $(crontab_LDADD)
tests_lib_crontab_redhat_CPPFLAGS = $(AM_CPPFLAGS) \
	-UEVCRON_PERSONALITY -DEVCRON_PERSONALITY='"redhat"'
tests_lib_crontab_suse_SOURCES = $(tests_lib_crontab_debian_SOURCES)
tests_lib_crontab_suse_LDADD = $(crontab_LDADD)
tests_lib_crontab_suse_CPPFLAGS = $(AM_CPPFLAGS) \
	-UEVCRON_PERSONALITY -DEVCRON_PERSONALITY='"suse"'
# Of RHEL, for Debian's has nothing of it.
with_fakes = libsys.a libcore.a $(PAM_LIBS) $(LOCKFILE_LIBS)
fakes = tests/lib/fake_selinux.c
if HAVE_AUDIT
fakes += tests/lib/fake_audit.c
endif
tests_lib_crond_selinux_SOURCES = $(cron_SOURCES) $(fakes)
tests_lib_crond_selinux_LDADD = libdaemon.a libcrondcli.a $(with_fakes) $(EV_LIBS)
tests_lib_crontab_selinux_SOURCES = $(tests_lib_crontab_debian_SOURCES) $(fakes)
tests_lib_crontab_selinux_LDADD = libcrontab.a $(with_fakes)
tests_lib_crontab_selinux_CPPFLAGS = $(tests_lib_crontab_redhat_CPPFLAGS)
tests_lib_fake_collector_SOURCES = tests/lib/fake_collector.c
tests_lib_fake_collector_LDADD = $(with_sys)
tests_lib_run_test_SOURCES = tests/lib/run_test.c
tests_lib_attacks_SOURCES = tests/lib/attacks.c \
	tests/lib/dead_memory.c \
	tests/lib/dead_memory.h
tests_lib_attacks_LDADD = libcore.a
tests_lib_tick_floor_SOURCES = tests/lib/tick_floor.c
tests_lib_syslog_sink_SOURCES = tests/lib/syslog_sink.c
tests_unit_test_access_SOURCES = tests/unit/test_access.c
tests_unit_test_access_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_account_SOURCES = tests/unit/test_account.c
tests_unit_test_account_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_agenda_SOURCES = tests/unit/test_agenda.c \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_agenda_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c
tests_unit_test_arena_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_catalog_SOURCES = tests/unit/test_catalog.c
tests_unit_test_catalog_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_cluster_SOURCES = tests/unit/test_cluster.c
tests_unit_test_cluster_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_collector_SOURCES = tests/unit/test_collector.c \
	tests/lib/collector_world.c \
	tests/lib/collector_world.h
tests_unit_test_collector_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_collector_DEPENDENCIES = libsys.a libcore.a evcron-collect
tests_unit_test_collector_mail_SOURCES = tests/unit/test_collector_mail.c \
	tests/lib/collector_world.c \
	tests/lib/collector_world.h
tests_unit_test_collector_mail_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_collector_mail_DEPENDENCIES = libsys.a libcore.a evcron-collect
tests_unit_test_collector_users_SOURCES = tests/unit/test_collector_users.c \
	tests/lib/collector_world.c \
	tests/lib/collector_world.h
tests_unit_test_collector_users_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_collector_users_DEPENDENCIES = libsys.a libcore.a evcron-collect
tests_unit_test_collector_hang_SOURCES = tests/unit/test_collector_hang.c \
	tests/lib/collector_world.c \
	tests/lib/collector_world.h
tests_unit_test_collector_hang_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_collector_hang_DEPENDENCIES = libsys.a libcore.a evcron-collect
tests_unit_test_collector_words_SOURCES = tests/unit/test_collector_words.c
tests_unit_test_collector_words_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_seqpacket_SOURCES = tests/unit/test_seqpacket.c
tests_unit_test_seqpacket_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_child_SOURCES = tests/unit/test_child.c
tests_unit_test_child_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_collector_talk_SOURCES = tests/unit/test_collector_talk.c \
	tests/lib/collector_pair.c tests/lib/collector_pair.h \
	tests/lib/run_world.c tests/lib/run_world.h \
	tests/lib/fake_pam.c tests/lib/fake_pam.h
tests_unit_test_collector_talk_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_collectors_SOURCES = tests/unit/test_collectors.c \
	tests/lib/collector_pair.c tests/lib/collector_pair.h \
	tests/lib/run_world.c tests/lib/run_world.h \
	tests/lib/fake_pam.c tests/lib/fake_pam.h
tests_unit_test_collectors_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_command_SOURCES = tests/unit/test_command.c
tests_unit_test_command_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_crontab_next_SOURCES = tests/unit/test_crontab_next.c
tests_unit_test_crontab_next_LDADD = libcrontab.a $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_escaped_SOURCES = tests/unit/test_escaped.c
tests_unit_test_escaped_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_env_SOURCES = tests/unit/test_env.c
tests_unit_test_env_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_run_env_SOURCES = tests/unit/test_run_env.c \
	tests/lib/parsed.h
tests_unit_test_run_env_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_run_record_SOURCES = tests/unit/test_run_record.c
tests_unit_test_run_record_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_fault_SOURCES = tests/unit/test_fault.c
tests_unit_test_fault_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_field_SOURCES = tests/unit/test_field.c
tests_unit_test_field_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_fires_oracle_SOURCES = tests/unit/test_fires_oracle.c
tests_unit_test_fires_oracle_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_grammar_oracle_SOURCES = tests/unit/test_grammar_oracle.c
tests_unit_test_grammar_oracle_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_adopt_SOURCES = tests/unit/test_adopt.c
tests_unit_test_adopt_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_run_files_SOURCES = tests/unit/test_run_files.c
tests_unit_test_run_files_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_clock_step_SOURCES = tests/unit/test_clock_step.c
tests_unit_test_clock_step_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_letter_notice_SOURCES = tests/unit/test_letter_notice.c
tests_unit_test_letter_notice_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_letter_meta_SOURCES = tests/unit/test_letter_meta.c
tests_unit_test_letter_meta_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_address_SOURCES = tests/unit/test_address.c
tests_unit_test_address_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_mail_check_SOURCES = tests/unit/test_mail_check.c \
	tests/lib/parsed.h
tests_unit_test_mail_check_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_mail_neighbours_SOURCES = tests/unit/test_mail_neighbours.c \
	tests/lib/parsed.h
tests_unit_test_mail_neighbours_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_mail_rule_SOURCES = tests/unit/test_mail_rule.c
tests_unit_test_mail_rule_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_mail_headers_SOURCES = tests/unit/test_mail_headers.c
tests_unit_test_mail_headers_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_json_SOURCES = tests/unit/test_json.c
tests_unit_test_json_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_keyed_hash_SOURCES = tests/unit/test_keyed_hash.c
tests_unit_test_keyed_hash_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_logstream_SOURCES = tests/unit/test_logstream.c
tests_unit_test_logstream_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_mailcmd_SOURCES = tests/unit/test_mailcmd.c
tests_unit_test_mailcmd_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_progress_file_SOURCES = tests/unit/test_progress_file.c \
	tests/lib/parsed.h
tests_unit_test_progress_file_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_mounts_SOURCES = tests/unit/test_mounts.c
tests_unit_test_mounts_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_next_fire_SOURCES = tests/unit/test_next_fire.c
tests_unit_test_next_fire_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_crond_options_SOURCES = tests/unit/test_crond_options.c
tests_unit_test_crond_options_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_outbox_SOURCES = tests/unit/test_outbox.c
tests_unit_test_outbox_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_progress_SOURCES = tests/unit/test_progress.c
tests_unit_test_progress_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_paths_SOURCES = tests/unit/test_paths.c
tests_unit_test_paths_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_personality_SOURCES = tests/unit/test_personality.c
tests_unit_test_personality_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_printable_SOURCES = tests/unit/test_printable.c
tests_unit_test_printable_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_random_SOURCES = tests/unit/test_random.c
tests_unit_test_random_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_reference_SOURCES = tests/unit/test_reference.c \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_reference_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_simulation_SOURCES = tests/unit/test_simulation.c \
	tests/lib/reference.c \
	tests/lib/reference.h \
	tests/lib/simulated.c \
	tests/lib/simulated.h
tests_unit_test_simulation_LDADD = libsys.a libcore.a $(CMOCKA_LIBS)
tests_unit_test_reload_SOURCES = tests/unit/test_reload.c \
	tests/lib/reload_world.c \
	tests/lib/reload_world.h
tests_unit_test_reload_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_reload_tables_SOURCES = tests/unit/test_reload_tables.c \
	tests/lib/reload_world.c \
	tests/lib/reload_world.h
tests_unit_test_reload_tables_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_run_SOURCES = tests/unit/test_run.c \
	tests/lib/run_world.c tests/lib/run_world.h \
	tests/lib/fake_pam.c tests/lib/fake_pam.h
tests_unit_test_run_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_say_once_SOURCES = tests/unit/test_say_once.c
tests_unit_test_say_once_LDADD = $(CMOCKA_LIBS)
tests_unit_test_schedule_SOURCES = tests/unit/test_schedule.c \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_schedule_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_share_SOURCES = tests/unit/test_share.c
tests_unit_test_share_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_fault_print_SOURCES = tests/unit/test_fault_print.c
tests_unit_test_fault_print_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_spawn_SOURCES = tests/unit/test_spawn.c
tests_unit_test_spawn_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_spool_SOURCES = tests/unit/test_spool.c
tests_unit_test_spool_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_run_state_SOURCES = tests/unit/test_run_state.c
tests_unit_test_run_state_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_advice_SOURCES = tests/unit/test_advice.c \
	tests/lib/oracle_lines.h \
	tests/lib/parsed.h \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_advice_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_notes_SOURCES = tests/unit/test_notes.c \
	tests/lib/oracle_lines.h \
	tests/lib/parsed.h \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_notes_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_table_SOURCES = tests/unit/test_table.c \
	tests/lib/parsed.h
tests_unit_test_table_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_table_limits_SOURCES = tests/unit/test_table_limits.c \
	tests/lib/parsed.h
tests_unit_test_table_limits_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_user_cache_SOURCES = tests/unit/test_user_cache.c
tests_unit_test_user_cache_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_watch_SOURCES = tests/unit/test_watch.c
tests_unit_test_watch_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_zone_SOURCES = tests/unit/test_zone.c
tests_unit_test_zone_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_zoneinfo_SOURCES = tests/unit/test_zoneinfo.c \
	tests/lib/reference.c \
	tests/lib/reference.h
tests_unit_test_zoneinfo_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_table_store_SOURCES = tests/unit/test_table_store.c
tests_unit_test_table_store_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_table_copy_SOURCES = tests/unit/test_table_copy.c
tests_unit_test_table_copy_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_child_report_SOURCES = tests/unit/test_child_report.c \
	tests/lib/fake_pam.c tests/lib/fake_pam.h
tests_unit_test_child_report_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_start_queue_SOURCES = tests/unit/test_start_queue.c
tests_unit_test_start_queue_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_spawn_report_SOURCES = tests/unit/test_spawn_report.c
tests_unit_test_spawn_report_LDADD = $(with_sys) $(CMOCKA_LIBS)
tests_unit_test_pam_sessions_SOURCES = tests/unit/test_pam_sessions.c \
	tests/lib/fake_pam.c tests/lib/fake_pam.h
tests_unit_test_pam_sessions_LDADD = $(with_daemon) $(CMOCKA_LIBS)
tests_unit_test_backoff_SOURCES = tests/unit/test_backoff.c
tests_unit_test_backoff_LDADD = libcore.a $(CMOCKA_LIBS)
tests_unit_test_mbox_SOURCES = tests/unit/test_mbox.c
tests_unit_test_mbox_LDADD = $(with_sys) $(CMOCKA_LIBS)
