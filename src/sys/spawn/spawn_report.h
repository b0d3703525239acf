/*
 * What a forked child tells of its way, through PAM or into a SELinux context,
 * to its exec: messages over a pair of sockets that are close-on-exec. Where
 * the end comes without SPAWN_REPORT_GO there was no exec, whatever happened.
 *
 * The child's side may block, for the loop reads; the daemon's never does.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_REPORT_H
#define EVCRON_SYS_SPAWN_SPAWN_REPORT_H

#include <stddef.h>
#include <sys/types.h>

enum spawn_report_kind {
	SPAWN_REPORT_NOTHING, /* no message now */
	SPAWN_REPORT_END,     /* there will be none */
	SPAWN_REPORT_TEXT,    /* what a module says */
	SPAWN_REPORT_ENV,     /* the next piece of the session's environment */
	SPAWN_REPORT_SESSION, /* it is open, and that was its environment; with
			   the descriptor that keeps it alive, if there is one
			 */
	SPAWN_REPORT_FAILURE, /* a struct spawn_failure: there will be no exec
			       */
	SPAWN_REPORT_GO,      /* the exec comes next */
	SPAWN_REPORT_LINE,    /* for the log: an event, a NUL, a text */
};

#define SPAWN_REPORT_BYTES_MAX ((size_t)4096) /* in a message */
/* More environment than that is none of a session's. */
#define SPAWN_REPORT_ENV_MAX ((size_t)128 * 1024)

/* ends[0] for the daemon, which does not block, ends[1] for the child. -1 with
 * errno. */
int spawn_report_open(int ends[2]);

/* attached: a descriptor to hand over, or -1. 0, or -1 with errno. */
int spawn_report_send(int fd, enum spawn_report_kind, const void *bytes,
    size_t len, int attached);

/* An environment (as record has it) in pieces, then SPAWN_REPORT_SESSION.
 * E2BIG where it is too large. */
int spawn_report_send_session(int fd, const char *env, size_t size,
    int attached);

/* The next message; its bytes are put into bytes, which has
 * SPAWN_REPORT_BYTES_MAX. *attached is the caller's, close-on-exec, or -1. */
enum spawn_report_kind spawn_report_receive(int fd, char *bytes, size_t *len,
    int *attached);

#endif
