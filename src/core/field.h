/*
 * One time field of an entry: "*", "1-5", "mon,wed-fri", "50-59/3", "~30",
 * turned into bits (COMPAT.md 3.2, 3.3; what evcron refuses beyond the
 * incumbents: DESIGN.md 3.1).
 */
#ifndef EVCRON_CORE_FIELD_H
#define EVCRON_CORE_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/field_spec.h"
#include "core/line.h"

struct field {
	uint64_t bits; /* Sunday is bit 0 only */
	bool star;     /* begins with '*' */
	/* The item of the list, or all of it, that the fault told last is in:
	 * what advice would replace. len 0: there is none. */
	struct slice faulty;
};

enum field_result {
	FIELD_GOOD,
	FIELD_WRONG,      /* told; the line's other fields can be judged */
	FIELD_UNREADABLE, /* told; the others had better not be */
};

/* Reads the text of one field, a part of the reader's line. seed: of this
 * line; what '~' draws depends on it, on the field and on the item. */
enum field_result field_read(struct reader *, enum field_which,
    struct slice text, uint64_t seed, struct field *);

#endif
