/*
 * What the rooms of crontab(1) share: rights, log, messages, answers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/files/spool.h"
#include "tools/crontab.h"

void
crontab_raise(const struct crontab *c)
{
	if (privilege_raise(&c->privilege) == 0)
		return;
	perror("swapping uids back");
	_exit(EXIT_FAILURE);
}

void
crontab_drop(const struct crontab *c)
{
	if (privilege_drop(&c->privilege) == 0)
		return;
	perror("swapping uids");
	_exit(EXIT_FAILURE);
}

void
crontab_log(const struct crontab *c, const char *event)
{
	log_event(c->log, LOG_INFO, c->options.caller, event, 0, "%s",
	    c->options.user);
}

void
crontab_complain(const char *path)
{
	int error = errno;

	(void)fprintf(stderr, "%s: %s\n", path, strerror(error));
	errno = error;
}

int
crontab_end_output(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno == 0)
		errno = EIO; /* an earlier piece was lost */
	crontab_complain("crontab: stdout");
	return -1;
}

char
crontab_answer(void)
{
	char line[256];

	if (fgets(line, sizeof line, stdin) == NULL) {
		/* who typed no newline gets one, before what follows */
		if (isatty(STDIN_FILENO))
			(void)putchar('\n');
		(void)fflush(stdout);
		return 'n';
	}
	if (line[0] == 'y' || line[0] == 'Y')
		return 'y';
	return line[0] == 'n' || line[0] == 'N' ? 'n' : 0;
}

char *
crontab_read(int fd, size_t *len)
{
	size_t size = 4096;
	char *bytes = NULL, *bigger;
	ssize_t n;
	int error;

	*len = 0;
	for (;;) {
		bigger = realloc(bytes, size + 1);
		if (bigger == NULL)
			break;
		bytes = bigger;
		n = fd_read_whole(fd, bytes + *len, size - *len);
		if (n < 0)
			break;
		*len += (size_t)n;
		if (*len > SPOOL_BYTES_MAX) {
			errno = EFBIG;
			break;
		}
		if (*len < size) {
			bytes[*len] = '\0';
			return bytes;
		}
		size *= 2;
	}
	error = errno;
	free(bytes);
	errno = error;
	return NULL;
}

char *
crontab_begin(const struct crontab *c, const char *bytes, size_t *len)
{
	const char *first = c->first_line != NULL ? c->first_line : "";
	size_t first_len = strlen(first);
	char *text;

	if (first_len <= *len && memcmp(bytes, first, first_len) == 0)
		first_len = 0;
	text = malloc(first_len + *len + 1);
	if (text == NULL)
		return NULL;
	memcpy(text, first, first_len);
	memcpy(text + first_len, bytes, *len);
	*len += first_len;
	text[*len] = '\0';
	return text;
}
