/*
 * What the incumbents make of a field that evcron refuses: it decides whether
 * the fault is theirs too (DESIGN.md 3.1), and so what it costs. Their oddities
 * (numbers that wrap round, ranges that are never walked, junk that is skipped)
 * live here and nowhere else.
 */
#ifndef EVCRON_CORE_LEGACY_FIELD_H
#define EVCRON_CORE_LEGACY_FIELD_H

#include <stdbool.h>

#include "core/field_spec.h"
#include "core/line.h"

/* Would the personality's incumbent take this for a field, whatever it would
 * mean there? A '~' that cronie may or may not take, by chance, it doesn't. */
bool legacy_field_accepts(const struct personality *, const struct field_spec *,
    struct slice text);

#endif
