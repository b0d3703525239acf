/*
 * Datagrams of a SEQPACKET socket, with a descriptor attached or without. For
 * sockets between crond and its collectors: nobody else has an end of them.
 */
#ifndef EVCRON_SYS_SEQPACKET_H
#define EVCRON_SYS_SEQPACKET_H

#include <stddef.h>
#include <sys/types.h>

/* Sends without waiting. attach: a descriptor to send along, or -1; it stays
 * the caller's. 0, or -1 with errno; EAGAIN: the queue is full (so is what the
 * kernel says with ETOOMANYREFS). EPIPE: nobody is there, without a signal. */
int seqpacket_send(int sock, const char *bytes, size_t len, int attach);

/* Receives without waiting: the length; 0 at the end, which comes after all
 * that the peer sent, whether or not it had read all of ours; -1 with errno,
 * EAGAIN: nothing is there, EMSGSIZE: it was longer than size and is lost.
 * *attached (close-on-exec, the caller's) is -1 without one; of several all but
 * the first are closed. */
ssize_t seqpacket_receive(int sock, char *bytes, size_t size, int *attached);

/* A pair, close-on-exec and non-blocking; -1 with errno. */
int seqpacket_pair(int ends[2]);

/* Listens at the path in the directory dirfd, mode 0600, a stale socket there
 * is replaced; connects to it without waiting. The descriptor, close-on-exec
 * and non-blocking, or -1 with errno. (By /proc/self/fd: a path of any length
 * fits.) */
int seqpacket_listen(int dirfd, const char *name);
int seqpacket_accept(int listener);
int seqpacket_connect(int dirfd, const char *name);

#endif
