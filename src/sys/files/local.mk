libsys_a_SOURCES += \
	src/sys/files/table_store.c \
	src/sys/files/table_store.h \
	src/sys/files/record_lock.c \
	src/sys/files/record_lock.h \
	src/sys/files/run_files.c \
	src/sys/files/run_files.h \
	src/sys/files/lock_owner.c \
	src/sys/files/lock_owner.h \
	src/sys/files/letter_file.c \
	src/sys/files/letter_file.h \
	src/sys/files/lock.c \
	src/sys/files/lock.h \
	src/sys/files/mbox.c \
	src/sys/files/mbox.h \
	src/sys/files/mbox_lock.h \
	src/sys/files/mounts.c \
	src/sys/files/mounts.h \
	src/sys/files/outbox.c \
	src/sys/files/outbox.h \
	src/sys/files/spool.c \
	src/sys/files/spool.h \
	src/sys/files/watch.c \
	src/sys/files/watch.h

# The lock beside a mailbox: the system's library for it, or our own hands.
if HAVE_LIBLOCKFILE
libsys_a_SOURCES += src/sys/files/mbox_lock_lib.c
else
libsys_a_SOURCES += src/sys/files/mbox_lock_own.c
endif
