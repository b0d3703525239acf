/*
 * One table, from its file to the agenda. The steps are in the order in which
 * they stand here, each calls the next; a step that has to wait (for a user to
 * be looked up, for a child that reads) returns, and its callback goes on.
 *
 * What stays in force when the new version can't: everything that may pass by
 * itself (no descriptors, I/O errors, a user database that does not answer)
 * keeps the last good version; a wrong owner, mode or user drops it at once; a
 * bad text drops it line by line under RHEL and keeps it under Debian.
 */
#include "daemon/tables/table_load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/random.h"
#include "daemon/tables/table_install.h"
#include "sys/clock.h"

#define REST_FROM_NS INT64_C(5000000)
#define REST_MAX_NS  INT64_C(10000000000)

static void find_user(struct loader *, struct table_slot *);
static void check_users(struct loader *, struct table_slot *);

void
loader_init(struct loader *loader, const struct reload_config *config,
    const struct loader_hooks *hooks)
{
	memset(loader, 0, sizeof(*loader));
	loader->config = config;
	loader->hooks = *hooks;
	loader->report.log = config->log;
	loader->report.personality = config->source->personality;
	loader->report.spool_dir = "";
	table_readers_init(&loader->readers, config->loop, config->children);
	last_good_init(&loader->keep, config->keep_dir,
	    config->source->personality->table_all_or_nothing, &loader->report,
	    config->memory);
	/* below a root of their own, and for tables of their own, callers count
	 * as root */
	if (config->root[0] != '\0' || config->operands != NULL)
		loader->root_uid = geteuid();
}

void
loader_clear(struct loader *loader)
{
	table_readers_clear(&loader->readers);
	loader_keep_close(loader);
}

void
loader_keep_close(struct loader *loader)
{
	last_good_clear(&loader->keep);
}

static const char *
user_of(const struct loader *loader, const struct table_slot *slot)
{
	return loader->config->operands != NULL ? loader->config->operand_user
						: slot->base.name;
}

static struct spool_rules
rules_of(const struct loader *loader, const struct table_slot *slot)
{
	return (struct spool_rules){
	    .personality = loader->config->source->personality,
	    .kind = slot->base.kind,
	    .user_uid = slot->uid,
	    .root_uid = loader->root_uid,
	    .permit_all = loader->config->permit_all,
	};
}

static void
stop_waiting(struct loader *loader, struct table_slot *slot)
{
	if (slot->question != NULL)
		user_cache_cancel(slot->question);
	if (slot->reader != NULL)
		table_reader_cancel(slot->reader);
	loader->waiting -= slot->question != NULL;
	loader->waiting -= slot->reader != NULL;
	free(slot->question);
	slot->question = NULL;
	slot->reader = NULL;
	if (slot->candidate == NULL)
		return;
	table_unref(slot->candidate);
	slot->candidate = NULL;
	slot->base.read = false; /* what was read has come to nothing */
}

static void
forget(struct loader *loader, struct table_slot *slot)
{
	table_uninstall(loader, slot);
	table_drop_last_good(loader, slot);
	slot->base.read = false;
	slot->user_missing = false;
	slot->logged_context = 0;
}

void
loader_drop(struct loader *loader, struct table_slot *slot)
{
	stop_waiting(loader, slot);
	forget(loader, slot);
	free(slot->context);
	slot->context = NULL;
}

void
loader_keep_only(struct loader *loader, struct table_slot *first)
{
	struct catalog_slot *base;

	for (base = &first->base; first != NULL && base != NULL;
	     base = base->next) {
		struct table_id id = table_slot_id((struct table_slot *)base);

		last_good_claim(&loader->keep, &id);
	}
	last_good_remove_unclaimed(&loader->keep);
}

/* --- the text --- */

static void
parse(struct loader *loader, struct table_slot *slot, const char *bytes,
    size_t len)
{
	struct table_source source = *loader->config->source;
	struct table_id id = table_slot_id(slot);
	struct table *table = NULL;
	enum table_verdict verdict;
	struct faults faults;
	bool revived;

	source.kind = slot->base.kind;
	source.name = slot->base.name;
	source.path = slot->path;
	source.user = user_of(loader, slot);
	source.may_be_quiet = source.kind != TABLE_USER || slot->uid == 0;
	faults_init(&faults);
	verdict = table_parse(&source, bytes, len, loader->config->memory,
	    &faults, &table);
	if (verdict == TABLE_NO_MEMORY) {
		table_install_no_memory(loader, slot);
	} else if (verdict == TABLE_REFUSED) {
		revived = table_refuse(loader, slot);
		table_log_faults(&loader->report, &id, &faults, true,
		    slot->base.table != NULL);
		table_log_last_good(loader, slot, revived);
	} else {
		/* A table that waits for a user is parsed again whenever users
		 * may have changed: its faults have been said. */
		if (!slot->user_missing)
			table_log_faults(&loader->report, &id, &faults, false,
			    slot->base.table != NULL);
		slot->candidate = table;
		slot->candidate_next = 0;
		check_users(loader, slot);
	}
	faults_clear(&faults);
}

/* --- users of a system table's entries (Debian) --- */

static void
user_missing(struct loader *loader, struct table_slot *slot,
    const struct entry *e)
{
	struct table_id id = table_slot_id(slot);
	struct table *table = slot->candidate;
	bool revived;

	slot->candidate = NULL;
	revived = table_refuse(loader, slot);
	if (!slot->user_missing)
		table_log_bad_user(&loader->report, &id, table, e,
		    slot->base.table != NULL);
	table_log_last_good(loader, slot, revived);
	slot->user_missing = true;
	slot->missed = false;
	table_unref(table);
}

static void
user_unasked(struct loader *loader, struct table_slot *slot)
{
	struct table_id id = table_slot_id(slot);

	if (slot->candidate != NULL)
		table_unref(slot->candidate);
	slot->candidate = NULL;
	slot->base.read = false;
	if (!slot->logged_unasked)
		table_log_unasked(&loader->report, &id);
	slot->logged_unasked = true;
	table_slot_retry(loader, slot);
}

static void
ask(struct loader *loader, struct table_slot *slot, const char *name,
    user_cache_cb answer)
{
	slot->question = calloc(1, sizeof(*slot->question));
	if (slot->question == NULL) {
		user_unasked(loader, slot);
		return;
	}
	loader->waiting++;
	user_cache_ask(loader->config->users, slot->question, name, false,
	    answer, slot);
}

static void
answered(struct loader *loader, struct table_slot *slot)
{
	free(slot->question);
	slot->question = NULL;
	loader->waiting--;
}

/* True: go on with the next entry. */
static bool
entry_answer(struct loader *loader, struct table_slot *slot,
    enum user_answer answer)
{
	struct entry *e = &slot->candidate->entries[slot->candidate_next];

	switch (answer) {
	case USER_FOUND:
		slot->logged_unasked = false;
		slot->candidate_next++;
		return true;
	case USER_NOBODY:
		user_missing(loader, slot, e);
		return false;
	default:
		user_unasked(loader, slot);
		return false;
	}
}

static void
on_entry_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct table_slot *slot = context;
	struct loader *loader = slot->loader;

	(void)name;
	(void)account;
	answered(loader, slot);
	if (entry_answer(loader, slot, answer))
		check_users(loader, slot);
	loader->hooks.looked(loader->hooks.context, slot);
	loader->hooks.stirred(loader->hooks.context);
}

static bool
same_user_as_before(const struct table *table, uint32_t index)
{
	return index > 0 &&
	       strcmp(entry_user(table, &table->entries[index]),
		   entry_user(table, &table->entries[index - 1])) == 0;
}

/* Goes through the entries' users as far as they are known. */
static void
check_users(struct loader *loader, struct table_slot *slot)
{
	struct table *table = slot->candidate;
	bool wanted = slot->base.kind != TABLE_USER &&
		      loader->config->source->personality->unknown_user_refused;

	while (wanted && slot->candidate_next < table->entry_count) {
		uint32_t i = slot->candidate_next;
		const char *user = entry_user(table, &table->entries[i]);
		const struct account *account;
		enum user_answer answer = USER_FOUND;

		if (!same_user_as_before(table, i))
			answer = user_cache_find(loader->config->users, user,
			    false, &account);
		if (answer == USER_ASKING) {
			ask(loader, slot, user, on_entry_user);
			return;
		}
		if (!entry_answer(loader, slot, answer))
			return;
	}
	slot->candidate = NULL;
	table_install(loader, slot, table);
}

/* --- the file --- */

static struct catalog_mark
mark_of(const struct stat *st)
{
	return (struct catalog_mark){
	    .dev = (uint64_t)st->st_dev,
	    .ino = (uint64_t)st->st_ino,
	    .size = (uint64_t)st->st_size,
	    .mtime_ns =
		(int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
	    .ctime_ns =
		(int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

/* Logged once, and again only if file or problem are others. */
static void
say_problem(struct loader *loader, struct table_slot *slot,
    const struct spool_rules *rules, const struct spool_file *file)
{
	struct catalog_mark mark = mark_of(&file->st);
	struct table_id id = table_slot_id(slot);
	/* other bytes in a file of a wrong mode are no news, another mode is */
	uint64_t of = random_mix(mark.dev, &mark.ino, sizeof(mark.ino));
	bool told =
	    slot->said == file->problem && slot->logged_errnum == file->errnum;

	of = random_mix(of, &mark.ctime_ns, sizeof(mark.ctime_ns));
	told = told && slot->logged_of == (uint32_t)of;
	slot->said = file->problem;
	slot->logged_errnum = file->errnum;
	slot->logged_of = (uint32_t)of;
	if (!told)
		table_log_problem(&loader->report, &id, rules, file,
		    slot->base.table != NULL);
}

/* Debian's crond looks for /etc/crontab and says when it is not there. */
static bool
absence_matters(const struct loader *loader, const struct table_slot *slot)
{
	return slot->base.kind == TABLE_SYSTEM &&
	       loader->config->source->personality->names == NAMES_DEBIAN;
}

static void
say_absent(struct loader *loader, struct table_slot *slot)
{
	if (slot->said != SPOOL_ABSENT &&
	    (absence_matters(loader, slot) || loader->config->operands != NULL))
		table_log_absent(&loader->report, slot->path);
	slot->said = SPOOL_ABSENT;
}

static void
file_problem(struct loader *loader, struct table_slot *slot,
    const struct spool_rules *rules, const struct spool_file *file)
{
	bool passes = spool_passes(file->problem, file->errnum);

	slot->exists = file->problem != SPOOL_ABSENT;
	if (!passes)
		forget(loader, slot);
	if (file->problem == SPOOL_ABSENT)
		say_absent(loader, slot);
	else
		say_problem(loader, slot, rules, file);
	if (passes)
		table_slot_retry(loader, slot);
}

static bool
unchanged(const struct table_slot *slot, const struct stat *st)
{
	struct catalog_mark mark = mark_of(st);

	return slot->base.read && !slot->base.young &&
	       !catalog_mark_differs(&slot->base.mark, &mark);
}

/* The same text in the same file, read again to be sure? ctime alone (a chmod
 * that changed nothing for us) is no change either. */
static bool
same_text(const struct table_slot *slot, const struct catalog_mark *mark)
{
	const struct catalog_mark *old = &slot->base.mark;

	return slot->base.read && old->hash == mark->hash &&
	       old->size == mark->size && old->ino == mark->ino &&
	       old->dev == mark->dev && old->mtime_ns == mark->mtime_ns;
}

/* What SELinux says of the file holds for all that is in force of it. -1: no
 * memory. */
static int
take_context(struct loader *loader, struct table_slot *slot,
    const struct context_finding *finding)
{
	const char *context =
	    finding->context[0] != '\0' ? finding->context : NULL;
	struct table_id id = table_slot_id(slot);
	char *copy = NULL;
	uint64_t hash;

	if (!context_wanted())
		return 0;
	hash = random_mix(0, finding, sizeof(*finding)) | 1;
	if (slot->logged_context == hash)
		return 0;
	if (context != NULL && (copy = strdup(context)) == NULL)
		return -1;
	free(slot->context);
	slot->context = copy;
	if (slot->base.table != NULL &&
	    table_set_context(slot->base.table, context) < 0)
		return -1;
	slot->logged_context = hash;
	if (finding->problem != CONTEXT_GOOD)
		table_log_context(&loader->report, &id, finding);
	return 0;
}

/* A user who changes a large table again and again would keep the loop busy: a
 * table is read again after ten times what it cost, so it takes a tenth of the
 * time at most. Nobody notices with one of some milliseconds. */
static void
let_rest(struct table_slot *slot, int64_t cost_ns)
{
	int64_t rest_ns = cost_ns * 10;

	if (slot->base.kind != TABLE_USER || cost_ns < REST_FROM_NS)
		return;
	if (rest_ns > REST_MAX_NS)
		rest_ns = REST_MAX_NS;
	slot->rest_until_ms = (clock_mono_ns() + rest_ns) / 1000000;
}

static void
judge(struct loader *loader, struct table_slot *slot, struct spool_file *file,
    const char *bytes, size_t len)
{
	struct spool_rules rules = rules_of(loader, slot);
	struct catalog_mark mark = mark_of(&file->st);
	int64_t began_ns;
	bool same;

	slot->is_link = file->is_link;
	slot->unwatched = file->is_link || file->st.st_nlink > 1;
	file->problem = spool_check(&rules, file);
	if (file->problem == SPOOL_GOOD && bytes != NULL &&
	    file->context.refused)
		file->problem = SPOOL_CONTEXT;
	if (file->problem != SPOOL_GOOD || bytes == NULL) {
		file_problem(loader, slot, &rules, file);
		return;
	}
	if (take_context(loader, slot, &file->context) < 0) {
		table_install_no_memory(loader, slot);
		return;
	}
	slot->exists = true;
	slot->said = SPOOL_GOOD;
	slot->tries = 0;
	mark.hash = random_mix(0, bytes, len);
	same = same_text(slot, &mark);
	slot->base.mark = mark;
	slot->base.read = true;
	slot->base.young = catalog_mark_is_young(&mark, clock_wall_ns());
	if (same && !slot->user_missing)
		return;
	slot->user_missing &= same; /* has been said of the same text */
	began_ns = clock_cpu_ns();
	parse(loader, slot, bytes, len);
	let_rest(slot, clock_cpu_ns() - began_ns);
}

static void read_elsewhere(struct loader *, struct table_slot *);

static void
read_here(struct loader *loader, struct table_slot *slot)
{
	struct spool_rules rules = rules_of(loader, slot);
	struct spool_file file;
	char *bytes = NULL;
	size_t len = 0;

	rules.keep_links = loader->config->operands == NULL;
	if (spool_open(&rules, AT_FDCWD, slot->path, &file) == 0) {
		if (unchanged(slot, &file.st)) {
			spool_close(&file);
			return;
		}
		if (context_wanted()) {
			/* What libselinux asks may hang. */
			spool_close(&file);
			read_elsewhere(loader, slot);
			return;
		}
	}
	if (file.problem == SPOOL_IS_LINK) {
		read_elsewhere(loader, slot);
		return;
	}
	if (file.problem == SPOOL_GOOD && spool_read(&file, &bytes, &len) < 0)
		bytes = NULL;
	spool_close(&file);
	judge(loader, slot, &file, bytes, len);
	free(bytes);
}

/* --- a file that may hang --- */

static void
on_read_file(void *context, const char *name, struct spool_file *file,
    const char *bytes, size_t len)
{
	struct table_slot *slot = context;

	(void)name;
	judge(slot->loader, slot, file, bytes, len);
}

static void
no_answer(struct loader *loader, struct table_slot *slot, int errnum)
{
	struct spool_rules rules = rules_of(loader, slot);
	struct spool_file file = {.fd = -1};

	file.problem = errnum == 0 || errnum == ETIMEDOUT ? SPOOL_NO_ANSWER
		       : errnum == ENOENT                 ? SPOOL_ABSENT
							  : SPOOL_CANT_OPEN;
	file.errnum = file.problem == SPOOL_NO_ANSWER ? 0 : errnum;
	file_problem(loader, slot, &rules, &file);
}

static void
on_read_end(void *context, bool answered, int errnum)
{
	struct table_slot *slot = context;
	struct loader *loader = slot->loader;

	slot->reader = NULL;
	loader->waiting--;
	if (!answered || errnum != 0)
		no_answer(loader, slot, errnum);
	loader->hooks.looked(loader->hooks.context, slot);
	loader->hooks.stirred(loader->hooks.context);
}

static void
read_elsewhere(struct loader *loader, struct table_slot *slot)
{
	struct table_reader_hooks hooks = {slot, on_read_file, NULL,
	    on_read_end};
	struct spool_rules rules = rules_of(loader, slot);
	const char *slash = strrchr(slot->path, '/');
	struct table_reader_job job = {.rules = &rules};
	char *dir;

	if (slot->reader != NULL)
		return;
	dir = slash == NULL
		  ? strdup(".")
		  : strndup(slot->path,
			slash == slot->path ? 1 : (size_t)(slash - slot->path));
	job.dir = dir;
	job.patient = !slot->hangs && !context_wanted();
	job.user = user_of(loader, slot);
	job.name = slash == NULL ? slot->path : slash + 1;
	if (dir != NULL)
		slot->reader =
		    table_reader_start(&loader->readers, &job, &hooks);
	if (slot->reader != NULL)
		loader->waiting++;
	else
		no_answer(loader, slot, errno);
	free(dir);
}

/* Who can open a file or list its directory can hold a lock of it for ever, by
 * reading into memory that never comes, and O_NONBLOCK is not about locks
 * (src/SECURITY.md). So the loop itself reads only what no user can reach:
 * plain files of a closed spool; and, without root's rights, its caller's own.
 */
static bool
is_out_of_reach(const struct loader *loader, const struct table_slot *slot)
{
	return loader->config->operands != NULL ||
	       (slot->base.kind == TABLE_USER && !loader->spool_open);
}

static void
read_file(struct loader *loader, struct table_slot *slot)
{
	slot->hangs = mounts_may_hang(loader->config->mounts, slot->path);
	if (slot->hangs || !is_out_of_reach(loader, slot))
		read_elsewhere(loader, slot);
	else
		read_here(loader, slot);
}

/* --- the table's user --- */

static void
be_orphan(struct loader *loader, struct table_slot *slot)
{
	struct table_id id = table_slot_id(slot);

	forget(loader, slot);
	slot->uid_known = false;
	slot->exists = true;
	if (!slot->orphan)
		table_log_orphan(&loader->report, &id);
	slot->orphan = true;
	slot->missed = false;
}

static void
user_known(struct table_slot *slot, const struct account *account)
{
	/* another uid under the old name: judged anew, the owner too */
	if (!slot->uid_known || slot->uid != account->uid)
		slot->base.read = false;
	slot->uid = account->uid;
	slot->uid_known = true;
	slot->orphan = false;
	slot->logged_unasked = false;
}

static void
user_answer(struct loader *loader, struct table_slot *slot,
    enum user_answer answer, const struct account *account)
{
	if (answer == USER_NOBODY) {
		be_orphan(loader, slot);
		return;
	}
	if (answer != USER_FOUND) {
		user_unasked(loader, slot);
		return;
	}
	user_known(slot, account);
	read_file(loader, slot);
}

static void
on_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct table_slot *slot = context;
	struct loader *loader = slot->loader;

	(void)name;
	answered(loader, slot);
	user_answer(loader, slot, answer, account);
	loader->hooks.looked(loader->hooks.context, slot);
	loader->hooks.stirred(loader->hooks.context);
}

static void
find_user(struct loader *loader, struct table_slot *slot)
{
	const struct account *account = NULL;
	const char *name = user_of(loader, slot);
	enum user_answer answer;

	answer = user_cache_find(loader->config->users, name, false, &account);
	if (answer != USER_ASKING) {
		user_answer(loader, slot, answer, account);
		return;
	}
	ask(loader, slot, name, on_user);
}

/* Editors and sed make files in the spool that are gone again when they are
 * looked at. Their names are not worth a question for a user. */
static bool
is_absent(const struct loader *loader, const struct table_slot *slot)
{
	return !mounts_may_hang(loader->config->mounts, slot->path) &&
	       faccessat(AT_FDCWD, slot->path, F_OK,
		   AT_EACCESS | AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

void
loader_look_at(struct loader *loader, struct table_slot *slot, bool anew,
    bool listed)
{
	/* what was under way looks at an older file */
	stop_waiting(loader, slot);
	if (anew)
		slot->base.young = true;
	if (slot->base.kind != TABLE_USER) {
		read_file(loader, slot);
	} else if (!listed && is_absent(loader, slot)) {
		forget(loader, slot);
		slot->exists = false;
		slot->is_link = false;
		say_absent(loader, slot);
	} else {
		find_user(loader, slot);
	}
	if (slot->question == NULL && slot->reader == NULL)
		loader->hooks.looked(loader->hooks.context, slot);
}

/* True: the user is known, without waiting. */
static bool
user_at_hand(struct loader *loader, struct table_slot *slot)
{
	const struct account *account;

	if (slot->base.kind != TABLE_USER)
		return true;
	if (user_cache_find(loader->config->users, user_of(loader, slot), false,
		&account) != USER_FOUND)
		return false;
	user_known(slot, account);
	return true;
}

void
loader_accept_file(struct loader *loader, struct table_slot *slot,
    struct spool_file *file, const char *bytes, size_t len)
{
	slot->hangs = mounts_may_hang(loader->config->mounts, slot->path);
	if (!user_at_hand(loader, slot)) {
		loader_look(loader, slot, true);
		return;
	}
	stop_waiting(loader, slot);
	judge(loader, slot, file, bytes, len);
	if (slot->question == NULL)
		loader->hooks.looked(loader->hooks.context, slot);
}

void
loader_users_changed(struct loader *loader, struct table_slot *slot)
{
	const struct account *account;

	if (slot->question != NULL)
		return; /* the answer is on its way */
	if (slot->base.kind != TABLE_USER) {
		if (slot->user_missing)
			loader_look(loader, slot, true);
		return;
	}
	if (slot->uid_known &&
	    user_cache_find(loader->config->users, user_of(loader, slot), false,
		&account) == USER_FOUND &&
	    account->uid == slot->uid)
		return;
	loader_look(loader, slot, true);
}
