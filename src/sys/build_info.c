/* The rooms tell each for itself what they are. */
#include "sys/build_info.h"

#include "sys/audit.h"
#include "sys/spawn/context.h"
#include "sys/spawn/session.h"

static const char *
with(bool built)
{
	return built ? "with" : "without";
}

void
build_info_print(FILE *to)
{
	(void)fprintf(to, "%s PAM, %s SELinux, %s audit", with(session_built()),
	    with(context_built()), with(audit_built()));
}
