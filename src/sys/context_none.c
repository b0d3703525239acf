/* A build without SELinux: jobs run in the daemon's context. */
#include "sys/context.h"

bool
context_wanted(void)
{
	return false;
}
