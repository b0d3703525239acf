/*
 * Output as log lines. Held by daemon/mail/post.c, one for a run that needs it.
 */
#include "daemon/mail/cmdout.h"

#include <stdbool.h>

#include "daemon/mail/job_log.h"

static void
flush(struct cmdout *out, struct log *log, const struct personality *p,
    const struct run_record *record, bool cut)
{
	const struct log_job job = job_log_job(p->job_ident, record);

	log_output(log, &job, record->user, out->line, out->len, cut);
	out->len = 0;
}

void
cmdout_add(struct cmdout *out, struct log *log, const struct personality *p,
    const struct run_record *record, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] != '\n')
			out->line[out->len++] = bytes[i];
		if (bytes[i] == '\n' || out->len == sizeof out->line)
			flush(out, log, p, record, bytes[i] != '\n');
	}
}

void
cmdout_end(struct cmdout *out, struct log *log, const struct personality *p,
    const struct run_record *record)
{
	if (out->len > 0)
		flush(out, log, p, record, false);
}
