/* Directories of the daemon's own, made where they are missing. */
#ifndef EVCRON_SYS_MKDIRS_H
#define EVCRON_SYS_MKDIRS_H

#include <sys/types.h>

/* Makes the directory with exactly this mode, and those above it with 0755. 1:
 * it was made; 0: it is there already, untouched; -1 with errno (ENOTDIR:
 * something else is there). */
int mkdirs(const char *path, mode_t mode);

/* Makes it with 0700 where it is missing; 0, or -1 with errno. EPERM: it is
 * another's, or others may write to it. */
int mkdirs_own(const char *path);

#endif
