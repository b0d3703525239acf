libdaemon_a_SOURCES += \
	src/daemon/tables/reload.c \
	src/daemon/tables/reload.h \
	src/daemon/tables/reload_config.h \
	src/daemon/tables/table_install.c \
	src/daemon/tables/table_install.h \
	src/daemon/tables/last_good.c \
	src/daemon/tables/last_good.h \
	src/daemon/tables/table_load.c \
	src/daemon/tables/table_load.h \
	src/daemon/tables/table_dir.c \
	src/daemon/tables/table_dir.h \
	src/daemon/tables/table_slot.h \
	src/daemon/tables/table_reader.c \
	src/daemon/tables/table_reader.h \
	src/daemon/tables/table_log.c \
	src/daemon/tables/table_log.h \
	src/daemon/tables/table_set.c \
	src/daemon/tables/table_set.h \
	src/daemon/tables/path_watch.c \
	src/daemon/tables/path_watch.h
