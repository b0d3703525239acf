libdaemon_a_SOURCES += \
	src/daemon/life/daemonize.c \
	src/daemon/life/daemonize.h \
	src/daemon/life/crond_rooms.h \
	src/daemon/life/mail_setup.c \
	src/daemon/life/mail_setup.h \
	src/daemon/life/shutdown.c \
	src/daemon/life/shutdown.h \
	src/daemon/life/startup.c \
	src/daemon/life/startup.h

# The daemon is built, installed and documented under its personality's name.
EXTRA_PROGRAMS = cron crond
sbin_PROGRAMS = @DAEMON_NAME@
cron_SOURCES = src/daemon/life/crond.c src/daemon/life/crond.h src/daemon/life/main.c
cron_LDADD = $(with_daemon)
crond_SOURCES = $(cron_SOURCES)
crond_LDADD = $(cron_LDADD)
