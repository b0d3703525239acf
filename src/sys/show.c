/*
 * Showing faults. Only what is written stands here; what is wrong is said by
 * core, and what it costs is decided by who calls.
 */
#include "sys/show.h"

#include <stdlib.h>
#include <string.h>

#include "core/printable.h"

/* How much of a line is shown, and how much of that before the column. */
#define EXCERPT_MAX    100
#define EXCERPT_BEFORE 60

void
show_text(FILE *out, const char *text)
{
	char safe[4096 + 512];

	(void)fputs(printable_string(safe, sizeof safe, text), out);
}

const char *
show_find_line(const char *bytes, size_t size, unsigned line, size_t *len)
{
	const char *end = bytes + size, *newline;

	for (; line > 1 && bytes < end; line--) {
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		bytes = newline != NULL ? newline + 1 : end;
	}
	newline =
	    bytes < end ? memchr(bytes, '\n', (size_t)(end - bytes)) : NULL;
	*len = (size_t)((newline != NULL ? newline : end) - bytes);
	return bytes;
}

void
show_place(FILE *out, const char *path, unsigned line, unsigned column)
{
	show_text(out, path);
	(void)putc(':', out);
	if (line > 0)
		(void)fprintf(out, "%u:", line);
	if (line > 0 && column > 0)
		(void)fprintf(out, "%u:", column);
	(void)putc(' ', out);
}

const char *
show_level(struct show *show, enum fault_level level)
{
	if (level >= show->error_from) {
		show->errors++;
		return "error";
	}
	if (level == FAULT_NOTICE)
		return "note";
	show->warnings++;
	return "warning";
}

/* A byte may take up to four columns on the screen. */
void
show_excerpt(FILE *out, const char *line, size_t len, unsigned column)
{
	char text[4 * EXCERPT_MAX + 1], before[4 * EXCERPT_MAX + 1];
	size_t from = 0;

	if (column > EXCERPT_BEFORE)
		from = column - EXCERPT_BEFORE;
	if (from >= len)
		from = 0;
	len -= from;
	if (len > EXCERPT_MAX)
		len = EXCERPT_MAX;
	printable(text, sizeof text, line + from, len);
	(void)fprintf(out, "    %s\n", text);
	if (column == 0 || column - 1 < from || column - 1 - from > len)
		return;
	printable(before, sizeof before, line + from, column - 1 - from);
	(void)fprintf(out, "    %*s^\n", (int)strlen(before), "");
}

void
show_faults(struct show *show, const char *path, const char *bytes, size_t size,
    const struct faults *faults)
{
	const struct fault *fault;
	const char *line;
	size_t i, len;

	for (i = 0; i < faults->count; i++) {
		fault = &faults->list[i];
		show_place(show->out, path, fault->line, fault->column);
		(void)fprintf(show->out,
		    "%s: %s: ", show_level(show, fault->level), fault->word);
		show_text(show->out, fault->text);
		(void)putc('\n', show->out);
		line = show_find_line(bytes, size, fault->line, &len);
		if (fault->line > 0 && len > 0)
			show_excerpt(show->out, line, len, fault->column);
	}
	if (faults->dropped == 0)
		return;
	show_place(show->out, path, 0, 0);
	(void)fprintf(show->out, "%s: %zu more faults are not shown\n",
	    show_level(show, faults->worst), faults->dropped);
}
