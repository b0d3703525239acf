/*
 * The C library's heap, where it can be told more than malloc and free: glibc's
 * can, others can't, and have another file for it.
 */
#ifndef EVCRON_SYS_MALLOC_TRIM_H
#define EVCRON_SYS_MALLOC_TRIM_H

/* Gives free memory back to the system: also what lies below blocks in use. */
void malloc_trim_all(void);

#endif
