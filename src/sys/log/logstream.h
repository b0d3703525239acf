/*
 * The log's other way out: whole lines to a descriptor of ours, standard output
 * or error, be it a terminal, a file, or the pipe of whoever runs a container.
 * Never blocks. What can't be written waits, up to a bound; what is lost beyond
 * that is counted.
 */
#ifndef EVCRON_SYS_LOG_LOGSTREAM_H
#define EVCRON_SYS_LOG_LOGSTREAM_H

#include <stdbool.h>
#include <stddef.h>

struct logstream;

/* fd stays the caller's, and as it is for all who share it. NULL with errno. */
struct logstream *logstream_open(int fd);
/* Waits for what is left to be written, two seconds at most, and frees. */
void logstream_close(struct logstream *);

/* A line with its newline. */
void logstream_put(struct logstream *, const char *line, size_t len);
/* Lines lost that nobody was told of yet. */
size_t logstream_lost(const struct logstream *);
/* Likewise a line, that tells of them: where there is room for it, they count
 * as told. */
void logstream_tell(struct logstream *, const char *line, size_t len);

/* A descriptor to wait on until it is writable, then logstream_flush; or -1
 * when nothing waits. */
int logstream_waiting_fd(const struct logstream *);
void logstream_flush(struct logstream *);
/* What is left goes, as logstream_close has it. */
void logstream_drain(struct logstream *);

bool logstream_is_terminal(const struct logstream *);

#endif
