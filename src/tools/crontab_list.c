/*
 * Listing. Debian leaves out the header it stored and makes \r and \b visible,
 * with which a line can hide from who lists it; cronie gives the bytes as they
 * are, comments in colour on a terminal.
 */
#include "tools/crontab_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/crontab_spool.h"

#define COMMENT_COLOR "\033[34;1m"
#define ERROR_COLOR   "\033[31;1m"
#define RESET_COLOR   "\033[0m"

static void
list_debian(const struct crontab *c, const struct stored *stored)
{
	const char *keep = getenv("CRONTAB_NOHEADER");
	size_t at = stored_header_len(c, stored->bytes, stored->len);

	if (keep != NULL && (*keep == 'N' || *keep == 'n'))
		at = 0;
	for (; at < stored->len; at++) {
		if (stored->bytes[at] == '\b')
			(void)fputs("\\b", stdout);
		else if (stored->bytes[at] == '\r')
			(void)fputs("\\r", stdout);
		else
			(void)putchar(stored->bytes[at]);
	}
}

/* On a terminal. */
static void
list_in_color(const struct stored *stored)
{
	bool fresh = true, comment = false;

	for (size_t i = 0; i < stored->len; i++) {
		char ch = stored->bytes[i];

		if (!comment && fresh && ch == '#') {
			comment = true;
			(void)fputs(COMMENT_COLOR, stdout);
		}
		if (comment && ch == '\n') {
			comment = false;
			(void)fputs(RESET_COLOR, stdout);
		}
		(void)putchar(ch);
		fresh = ch == '\n';
	}
	if (!fresh)
		(void)fputs("\n" ERROR_COLOR "No end-of-line character at the "
			    "end of file" RESET_COLOR "\n",
		    stdout);
}

int
list_table(const struct crontab *c)
{
	struct stored stored;

	crontab_log(c, "LIST");
	if (stored_read(c, &stored) != 0)
		return EXIT_FAILURE;
	if (!stored.exists) {
		(void)fprintf(stderr, "no crontab for %s\n", c->options.user);
		return EXIT_FAILURE;
	}
	if (c->options.personality->stored_header)
		list_debian(c, &stored);
	else if (isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL)
		list_in_color(&stored);
	else
		(void)fwrite(stored.bytes, 1, stored.len, stdout);
	stored_clear(&stored);
	return EXIT_SUCCESS;
}
