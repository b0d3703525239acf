libdaemon_a_SOURCES += \
	src/daemon/run/launch.c \
	src/daemon/run/launch.h \
	src/daemon/run/opening.c \
	src/daemon/run/opening.h \
	src/daemon/run/run.c \
	src/daemon/run/run.h \
	src/daemon/run/runlog.c \
	src/daemon/run/runlog.h \
	src/daemon/run/sessions.c \
	src/daemon/run/sessions.h \
	src/daemon/run/start_queue.c \
	src/daemon/run/start_queue.h
