noinst_LIBRARIES += libcollector.a
libcollector_a_SOURCES = \
	src/collector/archive.c \
	src/collector/archive.h \
	src/collector/cmdout.c \
	src/collector/cmdout.h \
	src/collector/collector.h \
	src/collector/crond_link.c \
	src/collector/deferred.c \
	src/collector/deferred.h \
	src/collector/delivery.c \
	src/collector/delivery.h \
	src/collector/hub.h \
	src/collector/job_log.c \
	src/collector/job_log.h \
	src/collector/letter.c \
	src/collector/letter.h \
	src/collector/letter_front.c \
	src/collector/letter_front.h \
	src/collector/letter_open.c \
	src/collector/letter_open.h \
	src/collector/letter_write.c \
	src/collector/letter_write.h \
	src/collector/letters.c \
	src/collector/mail_address.c \
	src/collector/mail_address.h \
	src/collector/mail_alert.c \
	src/collector/mail_users.c \
	src/collector/mail_users.h \
	src/collector/mailbox.c \
	src/collector/mailbox.h \
	src/collector/mailer.c \
	src/collector/mailer.h \
	src/collector/mailer_stream.c \
	src/collector/mailer_stream.h \
	src/collector/options.c \
	src/collector/options.h \
	src/collector/privileges.c \
	src/collector/privileges.h \
	src/collector/run_file.c \
	src/collector/run_file.h \
	src/collector/run_output.c \
	src/collector/run_output.h \
	src/collector/runs.c \
	src/collector/talk.c \
	src/collector/talk.h \
	src/collector/waiting.c \
	src/collector/waiting.h \
	src/collector/worker.c \
	src/collector/worker.h
libcollector_a_CFLAGS = $(AM_CFLAGS) -pthread

# One is executed whenever a user's first job starts: what loads PAM and
# SELinux, which no mailer needs, is left out.
pkglibexec_PROGRAMS = evcron-collect
evcron_collect_SOURCES = src/collector/main.c \
	src/sys/spawn/session_none.c \
	src/sys/spawn/context_none.c
evcron_collect_CFLAGS = $(AM_CFLAGS) -pthread
evcron_collect_LDADD = libcollector.a libsys.a libcore.a $(LOCKFILE_LIBS)
