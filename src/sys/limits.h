/*
 * What the daemon may have. There is one resource limit that it needs more of
 * than its jobs: each run costs some descriptors. Jobs get back what the daemon
 * was started with (DESIGN.md 3.8): sys/spawn/spawn.h, inherited_limits_take,
 * which is called before.
 */
#ifndef EVCRON_SYS_LIMITS_H
#define EVCRON_SYS_LIMITS_H

/* Raises RLIMIT_NOFILE to a million: root the hard limit as well, others the
 * soft one as far as the hard one allows. 0, or -1 with errno: it is as it was.
 */
int limits_raise(void);

/* On how many CPUs we may run, as far as a cpu_set_t can tell; 1 or more. */
unsigned limits_cpus(void);

#endif
