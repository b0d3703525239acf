libdaemon_a_SOURCES += \
	src/daemon/base/child.c \
	src/daemon/base/child.h \
	src/daemon/base/log_flush.c \
	src/daemon/base/log_flush.h \
	src/daemon/base/loop.c \
	src/daemon/base/loop.h \
	src/daemon/base/say_once.h \
	src/daemon/base/signals.c \
	src/daemon/base/signals.h \
	src/daemon/base/state_files.c \
	src/daemon/base/state_files.h \
	src/daemon/base/adopted_process.c \
	src/daemon/base/adopted_process.h
