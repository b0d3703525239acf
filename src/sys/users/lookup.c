/*
 * The lookup child and the records it sends. Started by
 * daemon/users/user_cache.c; the one place of the daemon that calls into NSS.
 */
#include "sys/spawn/clean_child.h"
#include "sys/users/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/spawn/spawn.h"

/* More than any real record: 65,536 groups and three long strings. */
#define RECORD_MAX ((size_t)512 * 1024)
#define STRING_MAX ((size_t)64 * 1024)

/* A record: this, then the groups, then home and shell with their NULs, padded
 * so that the next one is aligned. */
struct record {
	uint32_t size; /* of all of it */
	uint32_t index;
	uint32_t verdict;
	uint32_t groups_known;
	uint32_t uid, gid;
	uint32_t group_count;
	uint32_t home_size, shell_size;
};

static size_t
record_size(const struct record *record)
{
	size_t size = sizeof(*record) + record->group_count * sizeof(uint32_t) +
		      record->home_size + record->shell_size;

	return (size + 3) & ~(size_t)3;
}

/* The child's side */

/* Looks a user up with as large a buffer as it takes. */
static enum lookup_verdict
look_up(const char *name, struct passwd *pw, char **buffer)
{
	struct passwd *result;
	size_t size = 4096;
	char *bigger;
	int error;

	for (;;) {
		bigger = realloc(*buffer, size);
		if (bigger == NULL)
			return LOOKUP_FAILED;
		*buffer = bigger;
		error = getpwnam_r(name, pw, *buffer, size, &result);
		if (error == 0 && result != NULL)
			return LOOKUP_FOUND;
		if (error == 0 || error == ENOENT || error == ESRCH)
			return LOOKUP_NOBODY;
		if (error != ERANGE || size > RECORD_MAX)
			return LOOKUP_FAILED;
		size *= 2;
	}
}

static gid_t *
look_up_groups(const char *name, gid_t gid, uint32_t *count)
{
	gid_t *groups = NULL, *bigger;
	int n, size = 32;

	for (;;) {
		bigger = reallocarray(groups, (size_t)size, sizeof(gid_t));
		if (bigger == NULL)
			break;
		groups = bigger;
		n = size;
		if (getgrouplist(name, gid, groups, &n) != -1) {
			*count = n > NGROUPS_MAX ? NGROUPS_MAX : (uint32_t)n;
			return groups;
		}
		if (size >= NGROUPS_MAX * 2)
			break;
		size = n > size ? n : size * 2;
	}
	free(groups);
	return NULL;
}

static int
send_record(int fd, struct record *record, const gid_t *groups,
    const char *home, const char *shell)
{
	size_t size = record_size(record);
	char *bytes = calloc(1, size), *at = bytes;
	int result;

	if (bytes == NULL)
		return -1;
	record->size = (uint32_t)size;
	memcpy(at, record, sizeof(*record));
	at += sizeof(*record);
	if (record->group_count > 0)
		memcpy(at, groups, record->group_count * sizeof(gid_t));
	at += record->group_count * sizeof(gid_t);
	memcpy(at, home, record->home_size);
	memcpy(at + record->home_size, shell, record->shell_size);
	result = fd_write_whole(fd, bytes, size);
	free(bytes);
	return result;
}

static int
answer(int fd, const struct lookup_name *name, uint32_t index)
{
	struct record record = {.index = index};
	struct passwd pw = {.pw_dir = NULL};
	char none[] = "";
	char *buffer = NULL;
	gid_t *groups = NULL;
	int result;

	record.verdict = look_up(name->name, &pw, &buffer);
	if (record.verdict == LOOKUP_FOUND && name->with_groups) {
		groups =
		    look_up_groups(name->name, pw.pw_gid, &record.group_count);
		record.groups_known = groups != NULL;
		if (groups == NULL)
			record.verdict = LOOKUP_FAILED;
	}
	if (record.verdict == LOOKUP_FOUND &&
	    (strlen(pw.pw_dir) >= STRING_MAX ||
		strlen(pw.pw_shell) >= STRING_MAX))
		record.verdict = LOOKUP_FAILED;
	if (record.verdict == LOOKUP_FOUND) {
		record.uid = pw.pw_uid;
		record.gid = pw.pw_gid;
		record.home_size = (uint32_t)strlen(pw.pw_dir) + 1;
		record.shell_size = (uint32_t)strlen(pw.pw_shell) + 1;
	} else {
		record.group_count = 0;
		pw.pw_dir = pw.pw_shell = none;
	}
	result = send_record(fd, &record, groups, pw.pw_dir, pw.pw_shell);
	free(groups);
	free(buffer);
	return result;
}

static _Noreturn void
child(const struct lookup_name *names, size_t count, int fd)
{
	size_t i;

	clean_child(fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < count; i++) {
		if (answer(fd, &names[i], (uint32_t)i) == -1)
			_exit(1);
	}
	_exit(0);
}

pid_t
lookup_start(const struct lookup_name *names, size_t count, int *fd)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child(names, count, ends[1]);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (pid == -1 || fd_nonblock(ends[0]) == -1) {
		if (pid != -1)
			error = errno;
		close(ends[0]);
		errno = error;
		/* A child whose pipe is gone ends by itself and is reaped as
		 * nobody's. */
		return -1;
	}
	*fd = ends[0];
	return pid;
}

/* The parent's side */

void
lookup_reader_init(struct lookup_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
}

void
lookup_reader_clear(struct lookup_reader *reader)
{
	free(reader->bytes);
	lookup_reader_init(reader);
}

/* Makes room for some more, at the cost of what was taken. */
static int
make_room(struct lookup_reader *reader)
{
	size_t size;
	char *bytes;

	if (reader->taken > 0) {
		memmove(reader->bytes, reader->bytes + reader->taken,
		    reader->used - reader->taken);
		reader->used -= reader->taken;
		reader->taken = 0;
	}
	if (reader->used < reader->size)
		return 0;
	if (reader->size > RECORD_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	size = reader->size == 0 ? 4096 : reader->size * 2;
	bytes = realloc(reader->bytes, size);
	if (bytes == NULL)
		return -1;
	reader->bytes = bytes;
	reader->size = size;
	return 0;
}

int
lookup_read(struct lookup_reader *reader, int fd)
{
	ssize_t n;

	if (make_room(reader) == -1)
		return -1;
	n = read(fd, reader->bytes + reader->used, reader->size - reader->used);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 1 : -1;
	if (n == 0)
		return 0;
	reader->used += (size_t)n;
	return 1;
}

static bool
is_sane(const struct record *record)
{
	if (record->verdict > LOOKUP_FAILED || record->size > RECORD_MAX ||
	    record->group_count > NGROUPS_MAX ||
	    record->home_size > STRING_MAX || record->shell_size > STRING_MAX)
		return false;
	if (record->verdict == LOOKUP_FOUND &&
	    (record->home_size == 0 || record->shell_size == 0))
		return false;
	return record->size == record_size(record);
}

bool
lookup_next(struct lookup_reader *reader, size_t *index,
    enum lookup_verdict *verdict, struct account *account)
{
	char *at = reader->bytes + reader->taken;
	size_t left = reader->used - reader->taken;
	struct record record;

	if (left < sizeof(record))
		return false;
	memcpy(&record, at, sizeof(record));
	if (!is_sane(&record) || left < record.size)
		return false;
	reader->taken += record.size;
	*index = record.index;
	*verdict = record.verdict;
	memset(account, 0, sizeof(*account));
	if (record.verdict != LOOKUP_FOUND)
		return true;
	at += sizeof(record);
	account->groups_known = record.groups_known != 0;
	account->group_count = record.group_count;
	account->groups = (gid_t *)(void *)at;
	at += record.group_count * sizeof(gid_t);
	account->home = at;
	account->shell = at + record.home_size;
	account->uid = record.uid;
	account->gid = record.gid;
	/* The child is ours, but it has run modules of others. */
	if (account->home[record.home_size - 1] != '\0' ||
	    account->shell[record.shell_size - 1] != '\0')
		*verdict = LOOKUP_FAILED;
	return true;
}
