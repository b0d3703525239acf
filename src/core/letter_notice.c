/* Notes on top of letters, sent for the first time or again. Pure. */
#include "core/letter_notice.h"

#include "core/strbuf.h"

static void
put_arrived(struct strbuf *t, const struct letter_notice *top)
{
	if (top->doubtful)
		strbuf_put(t,
		    "[cron ended while this was being mailed: it may have been "
		    "mailed before.]\n");
	if (top->streamed)
		strbuf_put(t,
		    "[This was being mailed while the job ran, and that broke "
		    "off: a part of it may\nhave been mailed before.]\n");
	if (top->first > 0)
		strbuf_put(t,
		    "[The first %llu bytes of output are not in it: a mailer "
		    "had taken them.]\n",
		    (unsigned long long)top->first);
	if (top->discarded > 0)
		strbuf_put(t,
		    "[%llu bytes at the end of the output were discarded.]\n",
		    (unsigned long long)top->discarded);
}

/* Who does not know the end need not say that he does not know the status. */
static void
put_end(struct strbuf *t, const struct letter_notice *top)
{
	if (top->cut)
		strbuf_put(t,
		    "[The end of this run is not known: the machine or the "
		    "cron daemon went down before.]\n");
	else if (top->unseen && !top->unknown)
		strbuf_put(t,
		    "[The job ended before cron did, which may not have read "
		    "all: the last of its\noutput may be missing.]\n");
	else if (top->unseen)
		strbuf_put(t,
		    "[The job ended while no cron ran: how is not known, and "
		    "the last of its output\nmay be missing.]\n");
	else if (top->unknown)
		strbuf_put(t,
		    "[How the job ended is not known: it ended while it was no "
		    "child of cron's.]\n");
}

size_t
letter_notice_write(const struct letter_notice *top,
    char note[MAIL_NOTE_MAX + 1])
{
	struct strbuf t = {.bytes = note, .size = MAIL_NOTE_MAX + 1};

	note[0] = '\0';
	put_arrived(&t, top);
	put_end(&t, top);
	if (t.len > 0)
		strbuf_put(&t, "\n");
	return t.len;
}
