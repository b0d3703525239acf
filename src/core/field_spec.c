/* The five time fields, one row each. */
#include "core/field_spec.h"

#include <strings.h>

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may",
    "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const dow_names[] = {"sun", "mon", "tue", "wed", "thu",
    "fri", "sat", NULL};

static const struct field_spec specs[FIELD_COUNT] = {
    {"minute", "bad minute", 0, 59, NULL, "0-59"},
    {"hour", "bad hour", 0, 23, NULL, "0-23"},
    {"day of month", "bad day-of-month", 1, 31, NULL, "1-31"},
    {"month", "bad month", 1, 12, month_names, "1-12 or jan-dec"},
    {"day of week", "bad day-of-week", 0, 7, dow_names, "0-7 or sun-sat"},
};

const struct field_spec *
field_spec(enum field_which which)
{
	return &specs[which];
}

int
field_name(const struct field_spec *spec, const char *bytes, size_t len)
{
	if (spec == NULL || spec->names == NULL || len != 3)
		return -1;
	for (int i = 0; spec->names[i] != NULL; i++) {
		if (strncasecmp(spec->names[i], bytes, 3) == 0)
			return spec->low + i;
	}
	return -1;
}
