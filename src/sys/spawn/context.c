/*
 * The incumbents' words for what is wrong with a table's context. Whatever the
 * build, for findings come from another process.
 */
#include "sys/spawn/context.h"

#include <stdio.h>

/* Debian's and cronie's are the same but for the last two. */
static const char *
plain_words(enum context_problem problem, bool refused)
{
	switch (problem) {
	case CONTEXT_NO_CURRENT:
		return "getcon FAILED";
	case CONTEXT_NO_SEUSER:
		return "getseuserbyname FAILED";
	case CONTEXT_NO_DEFAULT:
		return refused ? "No SELinux security context"
			       : "No security context but SELinux in "
				 "permissive mode, continuing";
	case CONTEXT_NO_LABEL:
		return refused ? "getfilecon FAILED"
			       : "getfilecon FAILED but SELinux in permissive "
				 "mode, continuing";
	case CONTEXT_NO_CLASS:
		return "Failed to translate security class file";
	case CONTEXT_NO_PERMISSION:
		return "Failed to translate av perm entrypoint";
	default:
		return refused ? "ENTRYPOINT FAILED"
			       : "ENTRYPOINT FAILED but SELinux in permissive "
				 "mode, continuing";
	}
}

char *
context_event(bool debian, const struct context_finding *finding, char *out,
    size_t size)
{
	if (debian && finding->problem == CONTEXT_NO_CURRENT)
		(void)snprintf(out, size, "Can't get current context");
	else if (!debian && finding->problem == CONTEXT_UNAUTHORIZED)
		(void)snprintf(out, size,
		    "Unauthorized SELinux context=%s file_context=%s",
		    finding->tried, finding->label);
	else
		(void)snprintf(out, size, "%s",
		    plain_words(finding->problem, finding->refused));
	return out;
}
