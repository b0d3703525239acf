libdaemon_a_SOURCES += \
	src/daemon/users/lookups.c \
	src/daemon/users/lookups.h \
	src/daemon/users/unknown_names.c \
	src/daemon/users/unknown_names.h \
	src/daemon/users/users.c \
	src/daemon/users/users.h
