/*
 * The draft of an edit: a file of the caller's own below /tmp, made, edited and
 * read with no more rights than he has. Its time is set to 1970, so that the
 * fastest edit can be told from none.
 */
#ifndef EVCRON_TOOLS_CRONTAB_DRAFT_H
#define EVCRON_TOOLS_CRONTAB_DRAFT_H

#include <stddef.h>

#include "tools/crontab.h"

struct draft {
	char *dir; /* Debian's own directory for it; or NULL */
	char *path;
};

enum draft_verdict {
	DRAFT_CHANGED,
	DRAFT_UNCHANGED,
	/* told on stderr: */
	DRAFT_UNREAD, /* it is there, but too large, say */
	DRAFT_BROKEN, /* there is nothing to keep */
};

/* 0, or -1: a message was printed, and nothing is left. */
int draft_create(const struct crontab *, struct draft *, const char *bytes,
    size_t len);

/* Runs the editor on it, at this line (0: anywhere). 0, or -1: it failed, as
 * was told. */
int draft_edit(const struct crontab *, const struct draft *, unsigned line);

/* What the editor left; *bytes is malloced if it was CHANGED. */
enum draft_verdict draft_read(const struct crontab *, const struct draft *,
    char **bytes, size_t *len);

/* Removes the file; all: and what an editor has left beside it in Debian's
 * directory. */
void draft_remove(struct draft *, bool all);
/* Leaves it, and forgets its name. */
void draft_clear(struct draft *);

#endif
