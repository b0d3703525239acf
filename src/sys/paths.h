/*
 * Every path the daemon uses, worked out once: the personality's, below
 * --root=DIR, or an ordinary user's own (DESIGN.md 3.13).
 */
#ifndef EVCRON_SYS_PATHS_H
#define EVCRON_SYS_PATHS_H

#include <stdbool.h>

#include "core/personality.h"

struct paths {      /* strings are owned */
	char *root; /* "" for none; no '/' at its end */
	char *system_table, *dropin_dir, *spool_dir;
	char *spool_parent; /* NULL: none */
	char *cron_allow, *cron_deny;
	char *pid_file, *reboot_marker;
	char *work_dir;   /* NULL: stay */
	char *log_socket; /* /dev/log */
	char *sendmail;
	char *mailbox_dir; /* /var/mail */
	char *run_dir;     /* /run/evcron */
	char *runs_dir;    /* /run/evcron/runs */
	char *collect_dir; /* /run/evcron/collect */
	char *tables_dir;  /* /run/evcron/tables */
	char *state_dir;   /* /var/spool/evcron */
	char *outbox_dir;  /* /var/spool/evcron/outbox */
	char *sent_dir;    /* /var/spool/evcron/sent */
};

/* root NULL or "": the real paths. as_user: an ordinary user's crond. -1: no
 * memory, or no home is known for as_user (errno ENOENT). */
int paths_init(struct paths *, const struct personality *, const char *root,
    bool as_user);
void paths_clear(struct paths *);

/* A path that means the same from every directory, malloced. NULL with
 * errno. */
char *paths_absolute(const char *path);

#endif
