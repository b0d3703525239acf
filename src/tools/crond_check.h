/*
 * crond --check: reads tables as the daemon would and prints all that is wrong
 * with them, for an admin, a package's test, an image build. No loop, no lock,
 * nothing is written; NSS is asked directly, for this is a tool's run.
 */
#ifndef EVCRON_TOOLS_CROND_CHECK_H
#define EVCRON_TOOLS_CROND_CHECK_H

#include "tools/crond_options.h"
#include "sys/paths.h"

/* Checks the operands, or without any all tables below paths, or -u's own. The
 * exit status: 0, or 1 if a line or a file is refused; warnings alone are 0. */
int crond_check(const struct crond_options *, const struct paths *);

#endif
