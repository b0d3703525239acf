/*
 * Which host this is: its name, the seed that makes its random values its own
 * and keeps them over restarts (DESIGN.md 3.6), and this boot of it.
 */
#ifndef EVCRON_SYS_HOST_H
#define EVCRON_SYS_HOST_H

#include <stdint.h>

struct host {
	char name[256];   /* as uname has it; "localhost" if it has none */
	char boot_id[40]; /* of this boot; "" where the kernel tells none */
	uint64_t seed;    /* for core/random.h */
};

/* root as in struct paths: whose machine-id counts; "" for this machine's. */
void host_init(struct host *, const char *root);

#endif
