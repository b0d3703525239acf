libsys_a_SOURCES += \
	src/sys/spawn/admission.c \
	src/sys/spawn/admission.h \
	src/sys/spawn/closer.c \
	src/sys/spawn/closer.h \
	src/sys/spawn/context.c \
	src/sys/spawn/context.h \
	src/sys/spawn/keeper.c \
	src/sys/spawn/keeper.h \
	src/sys/spawn/passage.c \
	src/sys/spawn/passage.h \
	src/sys/spawn/report.c \
	src/sys/spawn/report.h \
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
