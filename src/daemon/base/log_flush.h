/*
 * Lines that syslog or the stream would not take: sends them when it will
 * (sys/log/log.h). A full one is waited for; a syslog that is away is tried
 * again after 1, 2, 4, ... 60 s. Costs nothing while no line waits.
 */
#ifndef EVCRON_DAEMON_BASE_LOG_FLUSH_H
#define EVCRON_DAEMON_BASE_LOG_FLUSH_H

#include <ev.h>

#include "sys/log/log.h"

struct log_flush {
	struct ev_loop *loop;
	struct log *log;
	struct ev_prepare prepare;
	struct ev_io writable, stream;
	struct ev_timer retry;
	double retry_secs; /* until the next try */
};

void log_flush_start(struct log_flush *, struct ev_loop *, struct log *);
void log_flush_stop(struct log_flush *);

#endif
