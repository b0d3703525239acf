/*
 * Limits and ignored signals that the daemon was started with: jobs, and what
 * it executes in its own place, get them again (DESIGN.md 3.8).
 */
#ifndef EVCRON_SYS_INHERITED_LIMITS_H
#define EVCRON_SYS_INHERITED_LIMITS_H

#include <signal.h>
#include <sys/resource.h>

/* What the daemon was started with and jobs get again. */
struct inherited_limits {
	struct rlimit nofile;
	sigset_t ignored; /* signals that were ignored, without SIGPIPE */
};

/* To be called first thing in main, before limits and signals change. */
void inherited_limits_take(struct inherited_limits *);

/* Before an exec of ourselves: signals and limits are again what they were
 * then. */
void inherited_limits_restore(const struct inherited_limits *);

#endif
