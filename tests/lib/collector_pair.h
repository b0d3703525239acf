/*
 * A collector of crond's whose other end is the test itself.
 */
#ifndef EVCRON_TESTS_COLLECTOR_PAIR_H
#define EVCRON_TESTS_COLLECTOR_PAIR_H

#include <stdint.h>

#include "daemon/collectors/collector.h"

/* In run_world's collectors, of a user "somebody"; returns that other end. */
int open_pair(uid_t uid, uint64_t generation, struct collector **);
void say(int socket, const struct collector_message *);
/* Says hello and ready. */
void be_ready(int socket, uid_t uid, uint64_t generation);
/* Reads what was said to it; how many grants there are. */
int grants(int socket);
/* It wants so many mailers: l0, l1, ... */
void want(struct collector *, int count);

#endif
