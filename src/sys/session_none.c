/* A build without PAM: no run has a session. */
#include "sys/session.h"

bool
session_wanted(const struct personality *personality, enum table_kind kind,
    uid_t uid)
{
	(void)personality;
	(void)kind;
	(void)uid;
	return false;
}
