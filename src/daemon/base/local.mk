libdaemon_a_SOURCES += \
	src/daemon/base/child.c \
	src/daemon/base/child.h \
	src/daemon/base/logflush.c \
	src/daemon/base/logflush.h \
	src/daemon/base/loop.c \
	src/daemon/base/loop.h \
	src/daemon/base/signals.c \
	src/daemon/base/signals.h \
	src/daemon/base/states.c \
	src/daemon/base/states.h \
	src/daemon/base/stranger.c \
	src/daemon/base/stranger.h
