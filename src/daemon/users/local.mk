libdaemon_a_SOURCES += \
	src/daemon/users/nss_pool.c \
	src/daemon/users/nss_pool.h \
	src/daemon/users/missing_users.c \
	src/daemon/users/missing_users.h \
	src/daemon/users/share.c \
	src/daemon/users/share.h \
	src/daemon/users/userdb_ask.c \
	src/daemon/users/userdb_ask.h \
	src/daemon/users/user_cache.c \
	src/daemon/users/user_cache.h
