libsys_a_SOURCES += \
	src/sys/arena.c \
	src/sys/arena.h \
	src/sys/audit.h \
	src/sys/build_info.c \
	src/sys/build_info.h \
	src/sys/clock.c \
	src/sys/clock.h \
	src/sys/cluster.c \
	src/sys/cluster.h \
	src/sys/mkdirs.c \
	src/sys/mkdirs.h \
	src/sys/fd.c \
	src/sys/fd.h \
	src/sys/malloc_trim.h \
	src/sys/host.c \
	src/sys/host.h \
	src/sys/jobpipe.c \
	src/sys/memory_file.c \
	src/sys/memory_file.h \
	src/sys/jobpipe.h \
	src/sys/inherited_env.c \
	src/sys/inherited_env.h \
	src/sys/inherited_limits.c \
	src/sys/inherited_limits.h \
	src/sys/limits.c \
	src/sys/limits.h \
	src/sys/paths.c \
	src/sys/paths.h \
	src/sys/pidfd.c \
	src/sys/pidfd.h \
	src/sys/random_key.c \
	src/sys/random_key.h \
	src/sys/reexec.c \
	src/sys/reexec.h \
	src/sys/rename.c \
	src/sys/rename.h \
	src/sys/seqpacket.c \
	src/sys/seqpacket.h \
	src/sys/fault_print.c \
	src/sys/fault_print.h \
	src/sys/zoneinfo.c \
	src/sys/zoneinfo.h

# One of two, by configure --with-audit.
if HAVE_AUDIT
libsys_a_SOURCES += src/sys/audit_lib.c
else
libsys_a_SOURCES += src/sys/audit_none.c
endif

# One of two, by what the C library has.
if HAVE_MALLOC_TRIM
libsys_a_SOURCES += src/sys/malloc_trim_libc.c
else
libsys_a_SOURCES += src/sys/malloc_trim_none.c
endif
