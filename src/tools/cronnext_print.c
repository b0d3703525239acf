/* How cronnext shows tables and entries, on stdout, in cronie's words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/cronnext.h"

/* Text of a user for a terminal: as it is, but for what the terminal would
 * obey (^X, and the second set of controls as UTF-8 has them). */
static void
print_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = (unsigned char)text[i + 1];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			(void)printf("^%c", c ^ 0x40);
		else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			(void)printf("\\%03o", c);
		else
			(void)putchar(c);
	}
}

void
cronnext_print_entry(const struct subject *s, const struct entry *e,
    const char *indent, int64_t at)
{
	static const char *const names[] = {"MIN_STAR", "HR_STAR", "DOM_STAR",
	    "DOW_STAR", "WHEN_REBOOT", "DONT_LOG"};
	const char *user = s->system ? entry_user(s->table, e) : s->name;
	const char *command = entry_command(s->table, e);
	unsigned own = entry_scope(s->table, e)->flags;
	unsigned flags = e->when.flags, i, printed = 0;
	time_t t = (time_t)at;
	char string[64];
	struct tm tm;

	flags |= own & ENTRY_QUIET ? 0x20 : 0;
	flags |= own & ENTRY_MAIL_ON_FAILURE ? 0x40 : 0;
	(void)printf("%s  - user: ", indent);
	print_text(user, strlen(user));
	(void)printf("\n%s    cmd: \"", indent);
	print_text(command, strlen(command));
	(void)printf("\"\n%s    flags: 0x%02X\n", indent, flags);
	(void)printf("%s    flagnames:", indent);
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (flags & 1U << i)
			(void)printf("%s%s", printed++ ? "|" : " ", names[i]);
	(void)printf("\n%s    delay: %d\n", indent, e->when.delay_mins);
	(void)printf("%s    next: %" PRId64 "\n", indent, at);
	if (localtime_r(&t, &tm) == NULL ||
	    strftime(string, sizeof string, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		string[0] = '\0';
	(void)printf("%s    nextstring: %s\n", indent, string);
}

void
cronnext_print_table(const struct subject *s)
{
	(void)printf("  - user: \"");
	print_text(s->name, strlen(s->name));
	(void)printf("\"\n    crontab: ");
	print_text(s->table->path, strlen(s->table->path));
	(void)printf("\n    system: %d\n    entries:\n", s->system);
}
