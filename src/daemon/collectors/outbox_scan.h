/*
 * Whose letters there are: a child lists OUTBOX/UID, and SENT/UID, whose
 * letters are to go in time, and asks for the names of those users, which may
 * go to a network; nobody waits for it.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_OUTBOX_SCAN_H
#define EVCRON_DAEMON_COLLECTORS_OUTBOX_SCAN_H

#include <ev.h>
#include <sys/types.h>

struct outbox_scan;

/* found is called for each user with letters in one of these directories (the
 * second may be NULL), perhaps twice; name "" where there is none of that uid.
 * over once at the end, and the scan is freed then. NULL: it can't be
 * done, neither is called. */
struct outbox_scan *outbox_scan_start(struct ev_loop *,
    const char *const dirs[2],
    void (*found)(void *context, uid_t, const char *name),
    void (*over)(void *context), void *context);
/* Stops and frees; nothing more is called. NULL is none. */
void outbox_scan_stop(struct outbox_scan *);

#endif
