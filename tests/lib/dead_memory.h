/*
 * Memory and files that never come, as any user can have them: a FUSE file
 * system in a user namespace of the process's own, whose server takes each
 * request to read and answers none. Who touches such memory in a system call
 * waits in it, with the locks that the call has; until the server is killed,
 * not even a SIGKILL ends him.
 *
 * From the environment: FUSE_DEVICE, else /dev/fuse; TMPDIR, where it is
 * mounted.
 */
#ifndef EVCRON_TESTS_DEAD_MEMORY_H
#define EVCRON_TESTS_DEAD_MEMORY_H

#include <stddef.h>

#define DEAD_BYTES ((size_t)1 << 20)

/* Mounts it; the process is alone in its user and mount namespace from then on,
 * and must have one thread. The server is a child, which ends with a signal, or
 * when nobody uses the file system. 0, or -1 with errno. */
int dead_begin(void);

/* The file, open to read; what is read from it never comes. -1 with errno. */
int dead_file(void);

/* Private memory of DEAD_BYTES that lies in the file: touching it never ends.
 * NULL with errno. */
void *dead_memory(void);

/* Waits for ever in mmap, with the lock of this process's memory held. One
 * other process has to wait for a byte of dead_memory already. */
void dead_mmap(void);

#endif
