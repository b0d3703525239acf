/* Names of users that are none of programs. */
#include "tools/login_name.h"

#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
login_name_only(const char *name)
{
	static const char *const dirs[] = {"/usr/local/sbin", "/usr/local/bin",
	    "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	char path[512];

	if (*name == '\0' || strchr(name, '/') != NULL || strlen(name) > 64)
		return false;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return false;
	}
	return getpwnam(name) != NULL;
}
