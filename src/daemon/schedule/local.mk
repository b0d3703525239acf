libdaemon_a_SOURCES += \
	src/daemon/schedule/minutes.c \
	src/daemon/schedule/minutes.h \
	src/daemon/schedule/tick.c \
	src/daemon/schedule/tick.h \
	src/daemon/schedule/zones.c \
	src/daemon/schedule/zones.h
