libsys_a_SOURCES += \
	src/sys/users/access.c \
	src/sys/users/access.h \
	src/sys/users/account.c \
	src/sys/users/account.h \
	src/sys/users/lookup.c \
	src/sys/users/lookup.h \
	src/sys/users/privilege.c \
	src/sys/users/privilege.h
