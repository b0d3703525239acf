/*
 * Text being written where it is known beforehand how much it is at most:
 * letters, their labels, state files. Nothing grows and nothing is cut: a bound
 * that is too low is a broken invariant. And what these have in common when
 * they are read: lines of a name and a value.
 */
#ifndef EVCRON_CORE_STRBUF_H
#define EVCRON_CORE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *bytes; /* the caller's, NUL behind what was put */
	size_t len;
	size_t size; /* of bytes, with room for the NUL */
};

void strbuf_put(struct strbuf *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* These bytes, for what is put thousands of times. */
void strbuf_add(struct strbuf *, const char *bytes, size_t len);

/* Takes the line "NAME VALUE\n" at *at, a writable string, apart and moves on
 * behind it. false: an empty line, the end, or no such line; *at is untouched
 * but for the third, where it is NULL. */
bool strbuf_line(char **at, char **name, char **value);

/* A decimal number in [min, max] and nothing else. */
bool strbuf_number(const char *, int64_t min, int64_t max, int64_t *out);

#endif
