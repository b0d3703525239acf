/*
 * A room with all that mail needs, for tests: a loop, a log that can be read,
 * children, users, an outbox and a mailer of its own below a temporary
 * directory, and real processes that write into real FIFOs.
 */
#ifndef EVCRON_TESTS_MAILROOM_H
#define EVCRON_TESTS_MAILROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/child.h"
#include "daemon/base/log_flush.h"
#include "daemon/mail/mail.h"
#include "daemon/mail/output.h"
#include "daemon/users/user_cache.h"
#include "sys/inherited_limits.h"
#include "sys/spawn/spawn.h"

struct mailroom {
	char dir[64]; /* everybody may write to dir/in */
	char outbox[96], runs[96], sendmail[96], socket[96];
	struct ev_loop *loop;
	struct log *log;
	struct log_flush flush;
	int log_fd;
	bool deaf;              /* the loop does not take what is logged */
	char lines[256 * 1024]; /* what was logged, newlines between */
	size_t lines_len;
	struct children *children;
	struct user_cache *users;
	struct inherited_limits origin;
	struct personality personality;
	struct mail_config config;
	struct mail *mail;
	struct output_config output;
};

struct job {
	struct mailroom *room;
	struct run_record *record;
	struct output *output;
	struct child child;
	int over;          /* how often it was called */
	double over_after; /* seconds after its end */
	double ended_at;
};

/* Personality's defaults; change room->config and personality before
 * mailroom_start. */
void mailroom_open(struct mailroom *, const char *personality);
void mailroom_start(struct mailroom *);
void mailroom_close(struct mailroom *);

/* Makes room->sendmail a script of sh: $IN is dir/in. */
void mailroom_mailer(struct mailroom *, const char *script);
/* One that files each letter as dir/in/PID.eml, its arguments as PID.args. */
void mailroom_filer(struct mailroom *);

/* Starts SH -c command with the FIFO as stdout and stderr. settings may be
 * NULL. */
void mailroom_run(struct mailroom *, struct job *, const char *command,
    enum mail_rule mail, const char *const *settings);
void job_clear(struct job *);

/* Runs the loop until cond is true; false: not in a minute. */
bool mailroom_until(struct mailroom *, bool (*cond)(void *), void *context);
/* Runs it for that long. */
void mailroom_pass(struct mailroom *, double secs);

bool job_is_over(void *job);
/* No letter is under way or waits. */
bool mail_is_idle(void *room);

/* How many files there are, and the last one's path. */
size_t files_in(const char *dir, const char *suffix, char *path, size_t size);
/* All of a file, NUL-terminated, malloced. */
char *file_text(const char *path, size_t *len);
/* The log so far. */
const char *mailroom_log(struct mailroom *);

#endif
