/*
 * Files in memory, without a name: what a child or a collector is to read and
 * nobody can hold up.
 */
#ifndef EVCRON_SYS_MEMORY_FILE_H
#define EVCRON_SYS_MEMORY_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Holds these bytes, which nobody can change any more. Mode 0400, owned by us;
 * where we are root and may, given to owner and group, who can open it again as
 * /dev/stdin. For reading, from its beginning, close-on-exec; or -1 with errno.
 */
int memory_file(const char *bytes, size_t len, uid_t owner, gid_t group);

#endif
