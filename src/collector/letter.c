/* A letter as a thing: what all that is done to it needs. */
#include "collector/letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/cmdout.h"
#include "sys/fd.h"

struct letter *
letter_new(struct worker *worker, struct outbox *outbox,
    struct run_record *record, unsigned part)
{
	struct letter *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->collector = worker->collector;
	if (record->mail == MAIL_SYSLOG ||
	    l->collector->options->output != OUTPUT_MAILED) {
		l->cmdout = calloc(1, sizeof *l->cmdout);
		if (l->cmdout == NULL) {
			free(l);
			return NULL;
		}
	}
	l->worker = worker;
	l->outbox = outbox;
	l->record = record;
	l->fd = -1;
	(void)snprintf(l->name, sizeof l->name, part > 1 ? "%s-%u" : "%s",
	    record->id, part);
	return l;
}

void
letter_free(struct letter *l)
{
	fd_close(&l->fd);
	free(l->cmdout);
	free(l->why);
	run_record_unref(l->record);
	free(l);
}

void
letter_set_why(struct letter *l, const char *why)
{
	free(l->why);
	l->why = strndup(why, LETTER_META_WHY_MAX);
}

const char *
letter_why(const struct letter *l)
{
	return l->why != NULL ? l->why : "";
}

/* The file */

bool
letter_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0 ||
	       (errno != EAGAIN && errno != EACCES);
}

void
letter_remove(struct letter *l)
{
	worker_risk(l->worker);
	if (l->fd >= 0)
		(void)!ftruncate(l->fd, 0);
	if (l->in_file)
		(void)outbox_remove(l->outbox, l->name);
	worker_safe(l->worker);
	fd_close(&l->fd);
	l->in_file = false;
}
