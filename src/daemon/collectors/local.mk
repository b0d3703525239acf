libdaemon_a_SOURCES += \
	src/daemon/collectors/collector.h \
	src/daemon/collectors/collector_account.c \
	src/daemon/collectors/collector_args.c \
	src/daemon/collectors/collector_args.h \
	src/daemon/collectors/collector_heard.c \
	src/daemon/collectors/collector_run.h \
	src/daemon/collectors/collector_runs.c \
	src/daemon/collectors/collector_start.c \
	src/daemon/collectors/collector_talk.c \
	src/daemon/collectors/collectors.c \
	src/daemon/collectors/collectors.h \
	src/daemon/collectors/grants.c \
	src/daemon/collectors/next_attempts.c \
	src/daemon/collectors/outbox_scan.c \
	src/daemon/collectors/outbox_scan.h
