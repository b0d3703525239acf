libdaemon_a_SOURCES += \
	src/daemon/tables/reload.c \
	src/daemon/tables/reload.h \
	src/daemon/tables/table_force.c \
	src/daemon/tables/table_force.h \
	src/daemon/tables/table_keep.c \
	src/daemon/tables/table_keep.h \
	src/daemon/tables/table_loader.c \
	src/daemon/tables/table_loader.h \
	src/daemon/tables/table_place.c \
	src/daemon/tables/table_place.h \
	src/daemon/tables/table_reader.c \
	src/daemon/tables/table_reader.h \
	src/daemon/tables/table_report.c \
	src/daemon/tables/table_report.h \
	src/daemon/tables/table_slots.c \
	src/daemon/tables/table_slots.h \
	src/daemon/tables/ways.c \
	src/daemon/tables/ways.h
