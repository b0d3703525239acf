/*
 * Users' bytes made safe for logs and terminals, as both incumbents' mkprint
 * does it: control characters as ^X, DEL as ^?, bytes from 0x80 as \ooo
 * (COMPAT.md 8, 11).
 */
#ifndef EVCRON_CORE_PRINTABLE_H
#define EVCRON_CORE_PRINTABLE_H

#include <stddef.h>

/* Writes at most size bytes with the NUL, cut where the next character would
 * not fit whole. Returns out. size >= 1. */
char *printable(char *out, size_t size, const char *bytes, size_t len);
/* Likewise for a string. */
char *printable_string(char *out, size_t size, const char *string);

#endif
