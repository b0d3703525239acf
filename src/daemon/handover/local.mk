libdaemon_a_SOURCES += \
	src/daemon/handover/adopt.c \
	src/daemon/handover/adopt.h \
	src/daemon/handover/handover.c \
	src/daemon/handover/handover.h \
	src/daemon/handover/upgrade.c \
	src/daemon/handover/upgrade.h
