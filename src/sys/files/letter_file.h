/*
 * The front of a letter's file, as one finds it: its label read and held
 * against the file, and written again. core/letter_meta.h has the format.
 */
#ifndef EVCRON_SYS_FILES_LETTER_FILE_H
#define EVCRON_SYS_FILES_LETTER_FILE_H

#include <stdint.h>

#include "core/letter_meta.h"

/* Reads the label; *size: of the whole file, at least body_at. GOOD only if all
 * that the label tells lies within the file: then first <= size - body_at. */
enum letter_meta_verdict letter_file_read(int fd, struct letter_meta *,
    uint64_t *size);

/* Writes the label over the one that is there; the complaint is left out where
 * it does not fit (an earlier version left less room). The file's time stays
 * that of its last output. -1 with errno; ENOSPC: no room for a label. */
int letter_file_write(int fd, const struct letter_meta *);

#endif
