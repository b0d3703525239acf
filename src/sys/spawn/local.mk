libsys_a_SOURCES += \
	src/sys/spawn/clean_child.c \
	src/sys/spawn/clean_child.h \
	src/sys/spawn/spawn_plan.h \
	src/sys/spawn/spawn_pam.c \
	src/sys/spawn/spawn_pam.h \
	src/sys/spawn/pam_closer.c \
	src/sys/spawn/pam_closer.h \
	src/sys/spawn/context.c \
	src/sys/spawn/context.h \
	src/sys/spawn/logind_fifo.c \
	src/sys/spawn/logind_fifo.h \
	src/sys/spawn/spawn_selinux.c \
	src/sys/spawn/spawn_selinux.h \
	src/sys/spawn/spawn_report.c \
	src/sys/spawn/spawn_report.h \
	src/sys/spawn/session.h \
	src/sys/spawn/spawn.c \
	src/sys/spawn/spawn.h

# One of two, by configure --with-pam; both are in a tarball.
if HAVE_PAM
libsys_a_SOURCES += src/sys/spawn/session_pam.c
else
libsys_a_SOURCES += src/sys/spawn/session_none.c
endif

# One of two, by configure --with-selinux.
if HAVE_SELINUX
libsys_a_SOURCES += src/sys/spawn/context_selinux.c
else
libsys_a_SOURCES += src/sys/spawn/context_none.c
endif
