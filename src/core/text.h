/*
 * Text being written where it is known beforehand how much it is at most:
 * letters and their labels. Nothing grows and nothing is cut: a bound that is
 * too low is a broken invariant.
 */
#ifndef EVCRON_CORE_TEXT_H
#define EVCRON_CORE_TEXT_H

#include <stddef.h>

struct text {
	char *bytes; /* the caller's, NUL behind what was put */
	size_t len;
	size_t size; /* of bytes, with room for the NUL */
};

void text_put(struct text *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
