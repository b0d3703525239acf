libsys_a_SOURCES += \
	src/sys/files/copies.c \
	src/sys/files/copies.h \
	src/sys/files/handover.c \
	src/sys/files/handover.h \
	src/sys/files/holder.c \
	src/sys/files/holder.h \
	src/sys/files/letterfile.c \
	src/sys/files/letterfile.h \
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
