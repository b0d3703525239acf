/* Variables for tables, out of environ. */
#include "sys/inherited_env.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is the daemon's own, or is made anew for each job. */
static bool
is_own(const char *variable)
{
	static const char *const names[] = {"HOME", "LOGNAME", "NOTIFY_SOCKET",
	    "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER", "_"};
	size_t len = strcspn(variable, "="), i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strlen(names[i]) == len &&
		    strncmp(names[i], variable, len) == 0)
			return true;
	}
	return variable[len] != '=';
}

const char **
inherited_env(const struct personality *personality, bool all)
{
	const char **list;
	size_t count = 0, i;

	for (i = 0; environ[i] != NULL; i++)
		count++;
	list = calloc(count + 1, sizeof *list);
	if (list == NULL)
		return NULL;
	for (i = 0, count = 0; environ[i] != NULL; i++) {
		if (all ? !is_own(environ[i])
			: personality_inherits(personality, environ[i]))
			list[count++] = environ[i];
	}
	return list;
}
