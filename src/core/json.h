/*
 * Bytes of any origin as a JSON string (RFC 8259): always valid, always UTF-8,
 * on one line, and nothing in it that a terminal would obey.
 */
#ifndef EVCRON_CORE_JSON_H
#define EVCRON_CORE_JSON_H

#include <stddef.h>

/* What a byte becomes at most. */
#define JSON_WIDTH 6

/* Writes the string with its quotes and a NUL; where size is too small, as many
 * characters as fit. A byte that is no part of UTF-8 becomes the four
 * characters \xHH. Returns the length; size >= 3. */
size_t json_string(char *out, size_t size, const char *bytes, size_t len);

#endif
