/*
 * Keeps last good versions on disk. Owns the directory of copies; the loader
 * says which table is bad, good or gone. Nothing here is worth more than a line
 * in the log: without a copy the table runs until the next restart.
 */
#include "daemon/tables/last_good.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sys/files/table_store.h"

void
last_good_init(struct last_good *keep, const char *dir, bool wanted,
    const struct table_log *report, struct memory *memory)
{
	memset(keep, 0, sizeof(*keep));
	keep->report = report;
	keep->memory = memory;
	if (dir == NULL)
		return;
	keep->copies = table_store_open(dir);
	if (keep->copies == NULL)
		table_log_copy_problem(report, dir, errno);
	if (wanted || keep->copies == NULL)
		return;
	table_store_remove_unclaimed(keep->copies);
	last_good_clear(keep);
}

void
last_good_clear(struct last_good *keep)
{
	table_store_close(keep->copies);
	keep->copies = NULL;
}

static void
say_problem(const struct last_good *keep, const struct table_id *id, int errnum)
{
	char path[PATH_MAX];

	table_log_copy_problem(keep->report,
	    table_store_path(keep->copies, id->kind, id->name, path), errnum);
}

void
last_good_put(struct last_good *keep, const struct table_id *id,
    const struct table *table, const struct table_copy *copy)
{
	size_t len = table_copy_size(table);
	char *bytes;
	int status = -1;

	if (keep->copies == NULL)
		return;
	bytes = malloc(len);
	if (bytes != NULL) {
		table_copy_write(table, copy, bytes);
		status = table_store_write(keep->copies, id->kind, id->name,
		    bytes, len);
	}
	if (say_once(&keep->said, status < 0))
		say_problem(keep, id, errno);
	free(bytes);
}

/* Two tables may have met in one file name, an account may be another's. */
static bool
is_of(const struct table *table, const struct table_copy *found,
    const struct table_id *id, uint32_t uid)
{
	return table->kind == id->kind && strcmp(table->name, id->name) == 0 &&
	       strcmp(table->path, id->path) == 0 && found->uid == uid;
}

struct table *
last_good_get(struct last_good *keep, const struct table_id *id,
    struct table_copy *copy)
{
	enum table_verdict verdict;
	struct table_copy found;
	struct table *table;
	char *bytes;
	size_t len;
	int status;

	if (keep->copies == NULL)
		return NULL;
	status =
	    table_store_read(keep->copies, id->kind, id->name, &bytes, &len);
	if (status < 0)
		say_problem(keep, id, errno);
	if (status <= 0)
		return NULL;
	verdict = table_copy_read(bytes, len, keep->memory, &found, &table);
	free(bytes);
	if (verdict != TABLE_GOOD) {
		say_problem(keep, id,
		    verdict == TABLE_NO_MEMORY ? ENOMEM : EINVAL);
		return NULL;
	}
	if (!is_of(table, &found, id, copy->uid)) {
		table_unref(table);
		last_good_drop(keep, id);
		return NULL;
	}
	*copy = found;
	return table;
}

void
last_good_drop(struct last_good *keep, const struct table_id *id)
{
	if (keep->copies != NULL &&
	    table_store_remove(keep->copies, id->kind, id->name) < 0)
		say_problem(keep, id, errno);
}

void
last_good_claim(struct last_good *keep, const struct table_id *id)
{
	if (keep->copies != NULL)
		table_store_claim(keep->copies, id->kind, id->name);
}

void
last_good_remove_unclaimed(struct last_good *keep)
{
	if (keep->copies != NULL)
		table_store_remove_unclaimed(keep->copies);
}
