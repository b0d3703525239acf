/*
 * Words that can only be the name of a user: for a table that has such a word
 * where a program should be. Asks NSS, so it is for tools, not for the loop.
 */
#ifndef EVCRON_TOOLS_LOGIN_NAME_H
#define EVCRON_TOOLS_LOGIN_NAME_H

#include <stdbool.h>

/* Does this machine have a user of that name, and in the usual places no
 * program ("mail", "sync", "git")? */
bool login_name_only(const char *name);

#endif
