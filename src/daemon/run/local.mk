libdaemon_a_SOURCES += \
	src/daemon/run/job_log.c \
	src/daemon/run/job_log.h \
	src/daemon/run/launch.c \
	src/daemon/run/launch.h \
	src/daemon/run/child_report.c \
	src/daemon/run/child_report.h \
	src/daemon/run/run.c \
	src/daemon/run/run.h \
	src/daemon/run/runs_config.h \
	src/daemon/run/run_log.c \
	src/daemon/run/run_log.h \
	src/daemon/run/pam_sessions.c \
	src/daemon/run/pam_sessions.h \
	src/daemon/run/start_queue.c \
	src/daemon/run/start_queue.h \
	src/daemon/run/starts.c \
	src/daemon/run/starts.h
