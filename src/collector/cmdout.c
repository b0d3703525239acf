/* Output as log lines. Held by collector/letter.c, one for a run that needs it.
 */
#include "collector/cmdout.h"

#include "collector/job_log.h"

static void
flush(struct cmdout *out, struct collector *c, const struct run_record *record,
    bool cut)
{
	job_log_output(c, record, out->line, out->len, cut);
	out->len = 0;
}

void
cmdout_add(struct cmdout *out, struct collector *c,
    const struct run_record *record, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] != '\n')
			out->line[out->len++] = bytes[i];
		if (bytes[i] == '\n' || out->len == sizeof out->line)
			flush(out, c, record, bytes[i] != '\n');
	}
}

void
cmdout_end(struct cmdout *out, struct collector *c,
    const struct run_record *record)
{
	if (out->len > 0)
		flush(out, c, record, false);
}
