libdaemon_a_SOURCES += \
	src/daemon/life/background.c \
	src/daemon/life/background.h \
	src/daemon/life/crond.h \
	src/daemon/life/grace.c \
	src/daemon/life/grace.h \
	src/daemon/life/startup.c \
	src/daemon/life/startup.h

# The daemon is built, installed and documented under its personality's name.
EXTRA_PROGRAMS = cron crond
sbin_PROGRAMS = @DAEMON_NAME@
cron_SOURCES = src/daemon/life/life.c src/daemon/life/life.h src/daemon/life/main.c
cron_LDADD = $(with_daemon)
crond_SOURCES = $(cron_SOURCES)
crond_LDADD = $(cron_LDADD)
