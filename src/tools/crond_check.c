/*
 * crond --check. Walks over the same files in the same order as the daemon
 * does, through the same reader (sys/files/spool.h) and the same grammar
 * (core/table.h), so that what it says is what the daemon would do. All output
 * is on stdout, faults as sys/fault_print.h shows them.
 */
#include "tools/crond_check.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mail_rule.h"
#include "core/random.h"
#include "core/table.h"
#include "sys/host.h"
#include "sys/inherited_env.h"
#include "sys/fault_print.h"
#include "sys/files/spool.h"
#include "sys/zoneinfo.h"
#include "tools/login_name.h"

struct check {
	const struct crond_options *options;
	const struct paths *paths;
	struct table_source source; /* what all tables have in common */
	bool any_owner;             /* operands: a draft may be anybody's */
	struct fault_print show;    /* on stdout */
	size_t tables, entries, refused;
};

/* One file to be read. */
struct subject {
	enum table_kind kind;
	const char *path;
	const char *name;
	const char *user; /* TABLE_USER: whose */
	uid_t uid;
};

static void
refuse(struct check *check, const char *path, const char *why)
{
	check->refused++;
	fault_print_text(stdout, path);
	(void)printf(": refused: %s\n", why);
}

/* --- one table --- */

/* In a table with a user field each user must be one of this machine; Debian's
 * cron refuses the table, cronie the run. False: there is one who is not. */
static bool
check_users(struct check *check, const struct subject *subject,
    const struct table *table, const char *bytes, size_t size)
{
	enum fault_level level =
	    check->options->personality->unknown_user_refused ? FAULT_ERROR
							      : FAULT_LINE;
	const char *user, *known = NULL, *line;
	const struct entry *e;
	bool good = true;
	uint32_t i, column;
	size_t len;

	for (i = 0; i < table->entry_count; i++) {
		e = &table->entries[i];
		column = entry_scope(table, e)->user_column;
		user = entry_user(table, e);
		if (known != NULL && strcmp(known, user) == 0)
			continue;
		if (getpwnam(user) != NULL) {
			known = user;
			continue;
		}
		good = false;
		fault_print_place(stdout, subject->path, e->line, column);
		(void)printf("%s: bad username: this machine has no user ",
		    fault_print_level(&check->show, level));
		fault_print_text(stdout, user);
		(void)puts("; a line here names one before the command");
		line = fault_print_find_line(bytes, size, e->line, &len);
		fault_print_excerpt(stdout, line, len, column);
	}
	return good;
}

/* The users of what is good in a table that is refused as a whole. */
static void
check_other_users(struct check *check, const struct subject *subject,
    const struct table_source *refused, const char *bytes, size_t size)
{
	struct personality by_line = *refused->personality;
	struct table_source source = *refused;
	struct table *table = NULL;
	struct faults told;

	by_line.table_all_or_nothing = false;
	source.personality = &by_line;
	faults_init(&told);
	if (table_parse(&source, bytes, size, memory_heap(), &told, &table) ==
	    TABLE_GOOD) {
		(void)check_users(check, subject, table, bytes, size);
		table_unref(table);
	}
	faults_clear(&told);
}

static const char none_would_run[] = "none of its entries would run";

static void
check_bytes(struct check *check, const struct subject *subject,
    const char *bytes, size_t size)
{
	struct table_source source = check->source;
	struct table *table = NULL;
	struct faults faults;
	enum table_verdict verdict;

	source.kind = subject->kind;
	source.name = subject->name;
	source.path = subject->path;
	source.user = subject->user;
	source.may_be_quiet = subject->uid == 0;
	faults_init(&faults);
	verdict =
	    table_parse(&source, bytes, size, memory_heap(), &faults, &table);
	fault_print_faults(&check->show, subject->path, bytes, size, &faults);
	faults_clear(&faults);
	check->tables++;
	if (verdict == TABLE_GOOD) {
		bool users_good =
		    subject->kind == TABLE_USER ||
		    check_users(check, subject, table, bytes, size);

		if (users_good ||
		    !check->options->personality->unknown_user_refused)
			check->entries += table->entry_count;
		else
			refuse(check, subject->path, none_would_run);
		table_unref(table);
		return;
	}
	if (verdict == TABLE_REFUSED && subject->kind != TABLE_USER)
		check_other_users(check, subject, &source, bytes, size);
	refuse(check, subject->path,
	    verdict == TABLE_NO_MEMORY ? strerror(ENOMEM) : none_would_run);
}

/* What SELinux says of the daemon's tables. A draft has no context yet. False:
 * it refuses this one. */
static bool
check_context(struct check *check, const struct subject *subject,
    struct spool_file *file)
{
	char event[2 * CONTEXT_MAX + 64];

	if (check->any_owner || !context_wanted())
		return true;
	context_find(check->options->personality, subject->kind, subject->user,
	    file->fd, &file->context);
	if (file->context.problem == CONTEXT_GOOD)
		return true;
	context_event(check->options->personality->debian, &file->context,
	    event, sizeof event);
	if (file->context.refused) {
		refuse(check, subject->path, event);
		return false;
	}
	check->show.warnings++;
	fault_print_text(stdout, subject->path);
	(void)printf(": warning: ");
	fault_print_text(stdout, event);
	(void)putchar('\n');
	return true;
}

static void
check_file(struct check *check, const struct subject *subject)
{
	const struct spool_rules rules = {
	    .personality = check->options->personality,
	    .kind = subject->kind,
	    .user_uid = subject->uid,
	    .root_uid = check->options->root != NULL ? geteuid() : 0,
	    .permit_all = check->any_owner || check->options->permit_all,
	};
	struct spool_file file;
	char why[512], *bytes;
	size_t size;

	if (spool_open(&rules, AT_FDCWD, subject->path, &file) != 0) {
		refuse(check, subject->path,
		    file.problem == SPOOL_ABSENT
			? strerror(ENOENT)
			: spool_explain(&rules, &file, why, sizeof why));
		return;
	}
	if (!check_context(check, subject, &file)) {
		spool_close(&file);
		return;
	}
	if (spool_read(&file, &bytes, &size) == 0) {
		check_bytes(check, subject, bytes, size);
		free(bytes);
	} else {
		refuse(check, subject->path,
		    spool_explain(&rules, &file, why, sizeof why));
	}
	spool_close(&file);
}

/* A user's table; its name must be a user's. */
static void
check_user_file(struct check *check, const char *path, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	struct subject subject = {
	    .kind = TABLE_USER,
	    .path = path,
	    .name = user,
	    .user = user,
	};

	if (pw == NULL) {
		refuse(check, path,
		    check->any_owner ? "the user of -u is none of this machine"
				     : "its name is no user of this machine");
		return;
	}
	subject.uid = pw->pw_uid;
	check_file(check, &subject);
}

/* --- which tables --- */

static void
check_dir(struct check *check, const char *dir, enum table_kind kind)
{
	struct subject subject = {.kind = kind};
	struct spool_names names;
	char *path;
	size_t i;

	if (spool_list(dir, check->options->personality, kind,
		check->options->lsb_names, &names) != 0) {
		if (errno != ENOENT)
			refuse(check, dir, strerror(errno));
		return;
	}
	for (i = 0; i < names.count; i++) {
		if (asprintf(&path, "%s/%s", dir, names.list[i]) < 0) {
			refuse(check, dir, strerror(ENOMEM));
			break;
		}
		subject.path = path;
		subject.name = names.list[i];
		if (kind == TABLE_USER)
			check_user_file(check, path, names.list[i]);
		else
			check_file(check, &subject);
		free(path);
	}
	spool_names_clear(&names);
}

static void
check_system(struct check *check)
{
	const struct subject system = {
	    .kind = TABLE_SYSTEM,
	    .path = check->paths->system_table,
	    .name = "",
	};

	if (access(system.path, F_OK) == 0 || errno != ENOENT)
		check_file(check, &system);
	check_dir(check, check->paths->dropin_dir, TABLE_DROPIN);
	check_dir(check, check->paths->spool_dir, TABLE_USER);
}

/* A user's own table in the spool. */
static void
check_spooled(struct check *check, const char *user)
{
	char *path;

	if (strchr(user, '/') != NULL ||
	    asprintf(&path, "%s/%s", check->paths->spool_dir, user) < 0) {
		refuse(check, user, "no name of a user");
		return;
	}
	check_user_file(check, path, user);
	free(path);
}

static void
check_operand(struct check *check, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct subject dropin = {
	    .kind = TABLE_DROPIN,
	    .path = path,
	    .name = slash != NULL ? slash + 1 : path,
	};

	if (check->options->user != NULL)
		check_user_file(check, path, check->options->user);
	else
		check_file(check, &dropin);
}

static void
print_total(const struct check *check)
{
	(void)printf("%zu table%s, %zu entr%s: ", check->tables,
	    check->tables == 1 ? "" : "s", check->entries,
	    check->entries == 1 ? "y" : "ies");
	(void)printf("%zu error%s, %zu warning%s, %zu refused\n",
	    check->show.errors, check->show.errors == 1 ? "" : "s",
	    check->show.warnings, check->show.warnings == 1 ? "" : "s",
	    check->refused);
}

/* This environment stands for the daemon's. */
static const char *
find_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

int
crond_check(const struct crond_options *options, const struct paths *paths)
{
	struct check check = {.options = options, .paths = paths};
	const struct mail_rules mail = {
	    .personality = options->personality,
	    .output = options->output,
	    .off =
		options->mailer != NULL && strcmp(options->mailer, "off") == 0,
	    .variable = find_variable,
	};
	const char **inherited = inherited_env(options->personality, false);
	struct host host;
	char *const *operand;

	if (inherited == NULL)
		return EXIT_FAILURE;
	host_init(&host, paths->root);
	check.show.out = stdout;
	check.show.error_from = FAULT_ERROR;
	check.source.personality = options->personality;
	check.source.host_seed = host.seed;
	check.source.delay_percent = random_delay_percent(host.seed);
	check.source.zone_known = zoneinfo_known;
	check.source.mail = &mail;
	check.source.user_only = login_name_only;
	check.source.inherited = inherited;
	check.any_owner = options->operands[0] != NULL;
	for (operand = options->operands; *operand != NULL; operand++)
		check_operand(&check, *operand);
	if (!check.any_owner && options->user != NULL)
		check_spooled(&check, options->user);
	else if (!check.any_owner)
		check_system(&check);
	print_total(&check);
	free(inherited);
	if (fflush(stdout) != 0)
		return EXIT_FAILURE;
	return check.show.errors + check.refused > 0 ? EXIT_FAILURE
						     : EXIT_SUCCESS;
}
