/* Labels of letters on disk. For whoever comes back to a letter: the daemon
 * that tries it again, and who lists what waits. */
#include "sys/files/letter_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LOOK ((size_t)64 * 1024)
/* More than any label: each byte of an environment may take two. */
#define LABEL_BYTES_MAX ((size_t)8 * 1024 * 1024)

static enum letter_meta_verdict
read_upto(int fd, struct letter_meta *label, size_t max, size_t *got)
{
	char *bytes = malloc(max);
	enum letter_meta_verdict verdict;
	ssize_t n;

	*got = 0;
	if (bytes == NULL)
		return LETTER_META_NO_MEMORY;
	n = pread(fd, bytes, max, 0);
	if (n > 0)
		*got = (size_t)n;
	verdict = letter_meta_read(label, bytes, *got);
	free(bytes);
	return verdict;
}

/* A letter that has no byte of output yet ends before its body would begin. */
static bool
fits(const struct letter_meta *label, uint64_t *size)
{
	if (*size < label->body_at && label->first == 0)
		*size = label->body_at;
	return label->body_at <= *size &&
	       label->first <= *size - label->body_at;
}

enum letter_meta_verdict
letter_file_read(int fd, struct letter_meta *label, uint64_t *size)
{
	enum letter_meta_verdict verdict;
	struct stat st;
	size_t got;

	*label = (struct letter_meta){0};
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return LETTER_META_BROKEN;
	*size = (uint64_t)st.st_size;
	verdict = read_upto(fd, label, FIRST_LOOK, &got);
	if (verdict == LETTER_META_BROKEN && got == FIRST_LOOK)
		verdict = read_upto(fd, label, LABEL_BYTES_MAX, &got);
	if (verdict == LETTER_META_GOOD && !fits(label, size)) {
		run_record_unref(label->record);
		label->record = NULL;
		verdict = LETTER_META_BROKEN;
	}
	return verdict;
}

/* The time tells the age of letters; a new label makes none younger. */
static void
keep_time(int fd, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	(void)futimens(fd, times);
}

int
letter_file_write(int fd, const struct letter_meta *label)
{
	struct letter_meta shown = *label;
	uint64_t room =
	    label->headers_at > 0 ? label->headers_at : label->body_at;
	size_t len;
	char *text = letter_meta_write(&shown, &len);
	struct stat st;
	ssize_t n;

	if (text != NULL && len > room) {
		free(text);
		shown.why[0] = '\0';
		text = letter_meta_write(&shown, &len);
	}
	if (text == NULL)
		return -1;
	if (len > room || fstat(fd, &st) != 0) {
		free(text);
		errno = ENOSPC;
		return -1;
	}
	n = pwrite(fd, text, len, 0);
	free(text);
	if (n != (ssize_t)len)
		return -1;
	keep_time(fd, &st);
	return 0;
}
