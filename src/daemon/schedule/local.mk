libdaemon_a_SOURCES += \
	src/daemon/schedule/progress_file.c \
	src/daemon/schedule/progress_file.h \
	src/daemon/schedule/tick.c \
	src/daemon/schedule/tick.h \
	src/daemon/schedule/zones.c \
	src/daemon/schedule/zones.h
