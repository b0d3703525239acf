/*
 * The SELinux context of a job. A build with SELinux has it in another file
 * than one without; the rest asks only this header.
 */
#ifndef EVCRON_SYS_CONTEXT_H
#define EVCRON_SYS_CONTEXT_H

#include <stdbool.h>

/* Do jobs get contexts of their own here? Then their children must be forked:
 * the context of the next exec is set before it [compat.md 6]. */
bool context_wanted(void);

#endif
