/*
 * Output as log lines. Held by daemon/post.c, one for a run that needs it.
 */
#include "daemon/cmdout.h"

#include <string.h>
#include <syslog.h>

#include "core/printable.h"

/* A byte is shown as up to four. */
#define SHOWN_MAX (sizeof((struct cmdout *)0)->line * 4 + 1)

static void
flush(struct cmdout *out, struct log *log, const struct personality *p,
    const struct facts *facts)
{
	char shown[SHOWN_MAX];

	/* Here already, for a NUL would end the line in the log. */
	printable(shown, sizeof shown, out->line, out->len);
	log_event_as(log, p->job_ident, facts->pid, LOG_INFO, facts->user,
	    "CMDOUT", 0, "%s", shown);
	out->len = 0;
}

void
cmdout_add(struct cmdout *out, struct log *log, const struct personality *p,
    const struct facts *facts, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] != '\n')
			out->line[out->len++] = bytes[i];
		if (bytes[i] == '\n' || out->len == sizeof out->line)
			flush(out, log, p, facts);
	}
}

void
cmdout_end(struct cmdout *out, struct log *log, const struct personality *p,
    const struct facts *facts)
{
	if (out->len > 0)
		flush(out, log, p, facts);
}
