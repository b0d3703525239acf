# Of crond: what needs no loop.
libcrondcli_a_SOURCES += \
	src/tools/crond_check.c \
	src/tools/crond_check.h \
	src/tools/crond_letters.c \
	src/tools/crond_letters.h \
	src/tools/crond_options.c \
	src/tools/crond_options.h \
	src/tools/login_name.c \
	src/tools/login_name.h

bin_PROGRAMS = cronnext crontab
cronnext_SOURCES = \
	src/tools/cronnext.c \
	src/tools/cronnext.h \
	src/tools/cronnext_options.c \
	src/tools/cronnext_print.c \
	src/tools/cronnext_shared.c \
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
	src/tools/crontab_spool.h \
	src/tools/login_name.c \
	src/tools/login_name.h
crontab_SOURCES = src/tools/crontab.c
crontab_LDADD = libcrontab.a $(with_sys)
