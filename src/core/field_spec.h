/*
 * What there is to know of each time field before one is read: its names, its
 * bounds, the words for it (COMPAT.md 3.2).
 */
#ifndef EVCRON_CORE_FIELD_SPEC_H
#define EVCRON_CORE_FIELD_SPEC_H

#include <stddef.h>

enum field_which {
	FIELD_MINUTE,
	FIELD_HOUR,
	FIELD_DOM,
	FIELD_MONTH,
	FIELD_DOW,
	FIELD_COUNT,
};

struct field_spec {
	const char *name; /* "minute" */
	const char *word; /* the incumbents': "bad minute" */
	int low, high;
	const char *const *names; /* of low, low + 1, ...; NULL at the end */
	const char *range;        /* for texts: "0-59", "1-12 or jan-dec" */
};

const struct field_spec *field_spec(enum field_which);

/* The number that a name stands for in this field, -1 if it is none. */
int field_name(const struct field_spec *, const char *bytes, size_t len);

#endif
