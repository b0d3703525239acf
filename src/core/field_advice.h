/*
 * What would be right in a time field where an item of its list is a fault:
 * "5-59/15" for "5/15", "22-23,0-4" for "22-4", "mon" for "monday". A guess,
 * but never a fault itself: what is given has been read as a field.
 */
#ifndef EVCRON_CORE_FIELD_ADVICE_H
#define EVCRON_CORE_FIELD_ADVICE_H

#include "core/field.h"

/* Advises the reader, behind a fault that field_read() has told, what could
 * stand instead of what it found faulty there. */
void field_advise(struct reader *, enum field_which, const struct field *);

#endif
