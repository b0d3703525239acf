/* What every room of cronnext may need. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cronnext.h"

void
cronnext_die(const char *what)
{
	(void)fprintf(stderr, "cronnext: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}
