/* A build without libaudit: nobody is told. */
#include "sys/audit.h"

bool
audit_built(void)
{
	return false;
}

int
audit_denied(void)
{
	return 0;
}

int
audit_range(const char *user, const char *wanted, const char *allowed)
{
	(void)user;
	(void)wanted;
	(void)allowed;
	return 0;
}
