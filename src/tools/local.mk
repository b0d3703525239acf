# Of crond: what needs no loop.
libcrondcli_a_SOURCES += \
	src/tools/check.c \
	src/tools/check.h \
	src/tools/letters.c \
	src/tools/letters.h \
	src/tools/options.c \
	src/tools/options.h

bin_PROGRAMS = cronnext crontab
cronnext_SOURCES = \
	src/tools/cronnext.c \
	src/tools/cronnext.h \
	src/tools/cronnext_options.c \
	src/tools/cronnext_print.c \
	src/tools/cronnext_tables.c
cronnext_LDADD = $(with_sys)

# All of crontab but its main(). It is installed without set-id bits: who may
# have them is for packages and admins to say (README, "Build and install").
libcrontab_a_SOURCES = \
	src/tools/crontab.h \
	src/tools/crontab_backup.c \
	src/tools/crontab_backup.h \
	src/tools/crontab_cluster.c \
	src/tools/crontab_cluster.h \
	src/tools/crontab_draft.c \
	src/tools/crontab_draft.h \
	src/tools/crontab_edit.c \
	src/tools/crontab_edit.h \
	src/tools/crontab_install.c \
	src/tools/crontab_install.h \
	src/tools/crontab_judge.c \
	src/tools/crontab_judge.h \
	src/tools/crontab_list.c \
	src/tools/crontab_list.h \
	src/tools/crontab_next.c \
	src/tools/crontab_next.h \
	src/tools/crontab_options.c \
	src/tools/crontab_options.h \
	src/tools/crontab_shared.c \
	src/tools/crontab_spool.c \
	src/tools/crontab_spool.h
crontab_SOURCES = src/tools/crontab.c
crontab_LDADD = libcrontab.a $(with_sys)
