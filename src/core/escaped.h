/*
 * Any bytes as text without tabs, newlines and NULs, for a field of a message
 * (core/collector_words.h): \t, \n, \0 and \\ stand for these.
 */
#ifndef EVCRON_CORE_ESCAPED_H
#define EVCRON_CORE_ESCAPED_H

#include <stddef.h>

/* out has 2 * len + 1 bytes. Returns out. */
char *escaped_write(char *out, const char *bytes, size_t len);
/* In place; how many bytes there are then. */
size_t escaped_read(char *text);

#endif
