/*
 * Files that are tables: which names count, and opening one safely, with the
 * checks of COMPAT.md 4 in the incumbents' order and words.
 *
 * Never hangs on a FIFO (O_NONBLOCK), never reads a file by its name twice (all
 * checks are on the open descriptor), never allocates what a user dictates. It
 * does hang on a dead network file system: ask sys/files/mounts.h before.
 */
#ifndef EVCRON_SYS_FILES_SPOOL_H
#define EVCRON_SYS_FILES_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/personality.h"
#include "core/table.h"
#include "sys/spawn/context.h"

/* A table of more bytes is refused: SPOOL_TOO_LARGE. */
#define SPOOL_BYTES_MAX ((size_t)64 << 20)

/* Is a file of this name in cron.d (TABLE_DROPIN) or in the spool (TABLE_USER)
 * a table? lsb: cron -l (COMPAT.md 4.1), which counts for cron.d alone, under
 * each personality (DESIGN.md 3.10). Never for TABLE_SYSTEM. */
bool spool_is_table(const struct personality *, enum table_kind,
    const char *name, bool lsb);

struct spool_names {
	char **list; /* by byte order; owned */
	size_t count;
	size_t size;
};

/* The names in a directory that are tables. 0, or -1 with errno (ENOENT,
 * ENOTDIR, EMFILE, ...) and nothing in names. */
int spool_list(const char *dir, const struct personality *, enum table_kind,
    bool lsb, struct spool_names *);
void spool_names_clear(struct spool_names *);

/* Removes files that crontab(1) was killed over, in the spool: of its temporary
 * names, plain, unchanged since before_at (seconds). spare: not this one, for
 * under Debian a user may have such a name. How many were removed. */
size_t spool_clean(const char *dir, const struct personality *,
    int64_t before_at, bool (*spare)(void *context, const char *name),
    void *context);

enum spool_problem {
	SPOOL_GOOD,
	SPOOL_ABSENT,      /* no such file; nobody logs that */
	SPOOL_CANT_OPEN,   /* errnum */
	SPOOL_CANT_FOLLOW, /* a dangling link; errnum */
	SPOOL_CANT_STAT,   /* errnum */
	SPOOL_LINK_OWNER,  /* a link that does not belong to root */
	SPOOL_NOT_REGULAR,
	SPOOL_WRONG_OWNER,
	SPOOL_BAD_MODE,
	SPOOL_HARD_LINKS,
	SPOOL_TOO_LARGE,
	SPOOL_CANT_READ, /* errnum; ETXTBSY: it changes while it is read */
	SPOOL_NO_ANSWER, /* set by reload: its file system hangs */
	SPOOL_CONTEXT,   /* likewise: SELinux refuses it, context tells why */
	SPOOL_IS_LINK,   /* with keep_links: it would have to be followed */
};

struct spool_rules {
	const struct personality *personality;
	enum table_kind kind;
	uid_t user_uid;  /* TABLE_USER: whose table it must be, besides root */
	uid_t root_uid;  /* who counts as root: 0, or the caller of --root=DIR
			    (DESIGN.md 3.13) */
	bool permit_all; /* crond -p: no checks */
	bool keep_links; /* no link is followed, for it may lead to a user's
			    directory: SPOOL_IS_LINK */
};

struct spool_file {
	int fd;         /* open while problem is GOOD; else -1 */
	struct stat st; /* of what was opened, if it came to that (st_mode is
			   not 0) */
	bool is_link;   /* the name is a symbolic link */
	uid_t link_uid; /* whose link */
	enum spool_problem problem;
	int errnum;
	/* Found by who may wait for it, for the table of a file that is open;
	 * zeroed by spool_open. */
	struct context_finding context;
};

/* Opens name, relative to dirfd (AT_FDCWD), and checks it. 0, or -1 with
 * file->problem set and nothing open. */
int spool_open(const struct spool_rules *, int dirfd, const char *name,
    struct spool_file *);
void spool_close(struct spool_file *);

/* The two halves of spool_open, for who opens in one process and knows the user
 * only in another: opens as the personality does, then judges what was seen
 * (the descriptor is left alone). */
int spool_open_unchecked(const struct spool_rules *, int dirfd,
    const char *name, struct spool_file *);
enum spool_problem spool_check(const struct spool_rules *,
    const struct spool_file *);

/* Reads an open file whole, again if it changes meanwhile; *bytes is malloced,
 * with a NUL (not counted in *len) behind it. file->st is as of the end of the
 * read. 0, or -1 with file->problem and errnum set. */
int spool_read(struct spool_file *, char **bytes, size_t *len);

/* A problem that may pass by itself (no descriptors, no memory, I/O): the last
 * good version stays and the file is tried again. All others count at once. */
bool spool_passes(enum spool_problem, int errnum);

/* The EVENT of the incumbent's log line "(WHO) EVENT (PATH)"; of SPOOL_CONTEXT
 * context_event has it. */
const char *spool_event(const struct spool_rules *, enum spool_problem);

/* What is wrong and what would be right, for whoever reads it: "mode is 0664,
 * must be ...". Returns out. */
char *spool_explain(const struct spool_rules *, const struct spool_file *,
    char *out, size_t size);

#endif
