/*
 * Whose letters are in the outbox, and in the directory of those kept as sent
 * (NULL: none): a child lists their UID directories and asks for the names of
 * those users, which may go to a network; nobody waits for it.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_OUTBOX_SCAN_H
#define EVCRON_DAEMON_COLLECTORS_OUTBOX_SCAN_H

#include <ev.h>
#include <sys/types.h>

struct outbox_scan;

/* found is called for each user with letters, perhaps twice, name "" where
 * there is none of that uid; over once at the end, and the scan is freed then.
 * NULL: it can't be done, neither is called. */
struct outbox_scan *outbox_scan_start(struct ev_loop *, const char *outbox_dir,
    const char *sent_dir, void (*found)(void *context, uid_t, const char *name),
    void (*over)(void *context), void *context);
/* Stops and frees; nothing more is called. NULL is none. */
void outbox_scan_stop(struct outbox_scan *);

#endif
