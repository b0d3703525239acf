/*
 * crontab(1): one run of it, as its rooms share it. The program may be setgid
 * crontab or setuid root: outside of crontab_spool.c and the access check it
 * has no more rights than its caller (sys/users/privilege.h).
 */
#ifndef EVCRON_TOOLS_CRONTAB_H
#define EVCRON_TOOLS_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/personality.h"
#include "sys/log/log.h"
#include "sys/paths.h"
#include "sys/users/privilege.h"
#include "tools/crontab_options.h"

struct crontab {
	struct crontab_options options;
	struct paths paths;
	struct privilege privilege;
	struct log *log;
	char *first_line; /* -s: of what is installed or edited; or NULL */
};

/* What an installation came to. */
enum crontab_outcome {
	OUTCOME_DONE,
	OUTCOME_FAULTY, /* the table's faults have been shown: worth an edit */
	OUTCOME_CLASH,  /* somebody else changed the installed table meanwhile*/
	OUTCOME_FAILED, /* told on stderr */
};

/* Around what needs the program's rights. Both end the program with a message
 * when the kernel refuses: nothing may happen with the wrong ids. */
void crontab_raise(const struct crontab *);
void crontab_drop(const struct crontab *);

/* "(caller) EVENT (user)" */
void crontab_log(const struct crontab *, const char *event);

/* "PATH: why", of errno, on stderr. */
void crontab_complain(const char *path);

/* Flushes stdout. -1: some of it is lost, and a message was printed. */
int crontab_end_output(void);

/* What the user answers on stdin: 'y', 'n', 0 for anything else; 'n' also at
 * the end of the input, which is "no" to every question. */
char crontab_answer(void);

/* So often is a question asked until the answer is taken for a "no": what does
 * not understand it is no human. */
#define CRONTAB_QUESTIONS 100

/* A text with first_line before it, unless it begins so already. Malloced, with
 * a NUL behind it; NULL: no memory. */
char *crontab_begin(const struct crontab *, const char *bytes, size_t *len);

/* Reads a descriptor to its end, at most as much as a table may have; a NUL is
 * put behind. NULL with errno (EFBIG: more). The caller frees. */
char *crontab_read(int fd, size_t *len);

#endif
