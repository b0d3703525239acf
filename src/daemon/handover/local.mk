libdaemon_a_SOURCES += \
	src/daemon/handover/adopt.c \
	src/daemon/handover/adopt.h \
	src/daemon/handover/succession.c \
	src/daemon/handover/succession.h \
	src/daemon/handover/upgrade.c \
	src/daemon/handover/upgrade.h
