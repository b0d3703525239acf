/*
 * Showing faults. Only what is written stands here; what is wrong is said by
 * core, and what it costs is decided by who calls.
 */
#include "sys/fault_print.h"

#include <stdlib.h>
#include <string.h>

#include "core/printable.h"

/* How much of a line is shown, and how much of that before the column. */
#define EXCERPT_MAX    100
#define EXCERPT_BEFORE 60

void
fault_print_text(FILE *out, const char *text)
{
	char safe[4096 + 512];

	(void)fputs(printable_string(safe, sizeof safe, text), out);
}

/* The bytes of the character of UTF-8 that s begins with; 0: it is none, or a
 * control character (terminals obey those up to U+009F). */
static size_t
utf8_length(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0xc2   ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;
	size_t i;

	if (n == 0 || n > len || (s[0] == 0xc2 && s[1] < 0xa0) ||
	    (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90))
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void
fault_print_lines(FILE *out, const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	char safe[8];
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = s[0] == '\n' || s[0] == '\t' || (s[0] >= ' ' && s[0] < 0x7f)
			? 1
			: utf8_length(s, len);
		if (n > 0) {
			(void)fwrite(s, 1, n, out);
			continue;
		}
		n = 1;
		(void)fputs(printable(safe, sizeof safe, (const char *)s, 1),
		    out);
	}
}

const char *
fault_print_find_line(const char *bytes, size_t size, unsigned line,
    size_t *len)
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
fault_print_place(FILE *out, const char *path, unsigned line, unsigned column)
{
	fault_print_text(out, path);
	(void)putc(':', out);
	if (line > 0)
		(void)fprintf(out, "%u:", line);
	if (line > 0 && column > 0)
		(void)fprintf(out, "%u:", column);
	(void)putc(' ', out);
}

const char *
fault_print_level(struct fault_print *show, enum fault_level level)
{
	if (level >= show->error_from) {
		show->errors++;
		return "error";
	}
	if (level <= FAULT_NOTICE)
		return "note";
	show->warnings++;
	return "warning";
}

/* A byte may take up to four columns on the screen. */
void
fault_print_excerpt(FILE *out, const char *line, size_t len, unsigned column)
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
fault_print_faults(struct fault_print *show, const char *path,
    const char *bytes, size_t size, const struct faults *faults)
{
	char says[FAULT_SAYS_MAX];
	const struct fault *fault;
	const char *line;
	size_t i, len;

	for (i = 0; i < faults->count; i++) {
		fault = &faults->list[i];
		if (show->without_hints && fault->level == FAULT_HINT)
			continue;
		fault_print_place(show->out, path, fault->line, fault->column);
		(void)fprintf(show->out,
		    "%s: %s: ", fault_print_level(show, fault->level),
		    fault->word);
		fault_print_text(show->out, fault_says(fault, says));
		(void)putc('\n', show->out);
		line = fault_print_find_line(bytes, size, fault->line, &len);
		if (fault->line > 0 && len > 0)
			fault_print_excerpt(show->out, line, len,
			    fault->column);
	}
	if (faults->dropped == 0)
		return;
	fault_print_place(show->out, path, 0, 0);
	(void)fprintf(show->out, "%s: %zu more faults are not shown\n",
	    fault_print_level(show, faults->worst), faults->dropped);
}
