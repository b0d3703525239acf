/*
 * What all rooms of the collector share. One struct, made by main before the
 * first thread: what is not said to be under the lock does not change after
 * that.
 *
 * The main thread (main.c) polls, talks to crond, and touches nothing that a
 * user can hold: it never reads, opens or drops a FIFO. Each run and each
 * letter has a thread (worker.h) with a descriptor table of its own, which may
 * hang in whatever a user has made hang, and nobody else does. So the lock is
 * never held over a call that can wait for a user.
 */
#ifndef EVCRON_COLLECTOR_COLLECTOR_H
#define EVCRON_COLLECTOR_COLLECTOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "collector/options.h"
#include "core/mail_headers.h"
#include "sys/inherited_limits.h"
#include "sys/spawn/spawn.h"

struct mail_users;
struct talk;

struct collector {
	const struct collector_options *options;
	const struct personality *personality;
	struct mail_headers_style style;
	struct inherited_limits limits; /* what mailers get back */
	char host[256];
	bool as_root;   /* mailers take on their user's ids */
	bool body_only; /* --mailer has placeholders: no headers on stdin */
	struct talk *talk;
	pthread_mutex_t lock;
	struct mail_users *users; /* under the lock */
	uint64_t sent_bytes;      /* likewise: what archive.c keeps */
	bool sent_counted;
};

#endif
