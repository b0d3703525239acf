/*
 * The renames that rename(2) does not do: renameat2(2), which not every C
 * library has a name for.
 */
#ifndef EVCRON_SYS_RENAME_H
#define EVCRON_SYS_RENAME_H

/* Each stands for the other. 0, or -1 with errno: all is as before. */
int rename_exchange(const char *one, const char *other);

/* Nothing may be there: EEXIST. EINVAL: not on this file system. */
int rename_noreplace(const char *from, const char *to);

#endif
