/*
 * Reading tables as the daemon does, with the same checks of files. What would
 * make crond refuse a table makes cronnext leave it out, with a line on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files/spool.h"
#include "tools/cronnext.h"

static void
keep(struct cronnext *c, struct table *t, const char *name)
{
	size_t room = c->room == 0 ? 64 : c->room * 2;
	struct subject *list;

	if (c->count == c->room) {
		list = reallocarray(c->subjects, room, sizeof *list);
		if (list == NULL)
			cronnext_die("tables");
		c->subjects = list;
		c->room = room;
	}
	c->subjects[c->count].table = t;
	c->subjects[c->count].system = t->kind != TABLE_USER;
	c->subjects[c->count].name = strdup(name);
	if (c->subjects[c->count++].name == NULL)
		cronnext_die("tables");
}

/* Debian's cron takes a table only if it knows all its users. */
static bool
users_known(const struct cronnext *c, const struct table *t)
{
	const char *user, *known = "";
	uint32_t i;

	if (t->kind == TABLE_USER || !c->personality->unknown_user_refused)
		return true;
	for (i = 0; i < t->entry_count; i++) {
		user = entry_user(t, &t->entries[i]);
		if (strcmp(user, known) != 0 && getpwnam(user) == NULL) {
			(void)fprintf(stderr,
			    "cannot load crontab %s: bad username\n", t->path);
			return false;
		}
		known = user;
	}
	return true;
}

/* Of the first fault that is more than a note, if there is one. */
static const char *
first_words(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].level > FAULT_NOTICE)
			return faults->list[i].text;
	return "";
}

/* Faults are crond's business and crontab's; only a table that is refused as a
 * whole is missed here. */
static void
parse(struct cronnext *c, const struct table_source *source, const char *shown,
    const char *bytes, size_t len)
{
	struct faults faults;
	struct table *t;

	faults_init(&faults);
	switch (table_parse(source, bytes, len, memory_heap(), &faults, &t)) {
	case TABLE_GOOD:
		if (users_known(c, t))
			keep(c, t, shown);
		else
			table_unref(t);
		break;
	case TABLE_REFUSED:
		(void)fprintf(stderr, "cannot load crontab %s%s%s\n",
		    source->path, faults.count > 0 ? ": " : "",
		    first_words(&faults));
		break;
	case TABLE_NO_MEMORY:
		errno = ENOMEM;
		cronnext_die(source->path);
	}
	faults_clear(&faults);
}

static void
read_installed(struct cronnext *c, enum table_kind kind, const char *path,
    const char *name, const char *shown)
{
	struct table_source source = c->source;
	struct spool_rules rules = {
	    .personality = c->personality,
	    .kind = kind,
	    .root_uid = *c->root == '\0' ? 0 : getuid(),
	};
	struct spool_file file;
	struct passwd *user;
	char *bytes, why[512];
	size_t len;

	source.kind = kind;
	source.name = name;
	source.path = path;
	source.user = name;
	source.may_be_quiet = true;
	if (kind == TABLE_USER) {
		user = getpwnam(name);
		if (user == NULL) {
			(void)fprintf(stderr, "%s: no such user\n", path);
			return;
		}
		rules.user_uid = user->pw_uid;
		source.may_be_quiet = user->pw_uid == 0;
	}
	if (spool_open(&rules, AT_FDCWD, path, &file) != 0 ||
	    spool_read(&file, &bytes, &len) != 0) {
		if (file.problem != SPOOL_ABSENT)
			(void)fprintf(stderr, "%s: %s\n", path,
			    spool_explain(&rules, &file, why, sizeof why));
		spool_close(&file);
		return;
	}
	parse(c, &source, shown, bytes, len);
	free(bytes);
	spool_close(&file);
}

static void
read_directory(struct cronnext *c, enum table_kind kind, const char *dir)
{
	struct spool_names names;
	char *path;
	size_t i;

	if (spool_list(dir, c->personality, kind, false, &names) != 0) {
		if (errno != ENOENT)
			perror(dir);
		return;
	}
	for (i = 0; i < names.count; i++) {
		if (asprintf(&path, "%s/%s", dir, names.list[i]) < 0)
			cronnext_die(dir);
		read_installed(c, kind, path, names.list[i],
		    kind == TABLE_USER ? names.list[i] : "*system*");
		free(path);
	}
	spool_names_clear(&names);
}

/* A draft may be anybody's: no check but that it is a file. */
static void
read_operand(struct cronnext *c, const char *path)
{
	const struct spool_rules rules = {
	    .personality = c->personality,
	    .kind = TABLE_USER,
	    .permit_all = true,
	};
	const char *base = strrchr(path, '/');
	struct table_source source = c->source;
	struct spool_file file = {.fd = -1};
	char *bytes, why[512];
	size_t len;

	file.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (file.fd < 0 || fstat(file.fd, &file.st) != 0) {
		perror(path);
	} else if (S_ISDIR(file.st.st_mode)) {
		(void)fprintf(stderr, "%s is a directory - skipping\n", path);
	} else if (!S_ISREG(file.st.st_mode)) {
		(void)fprintf(stderr, "%s is no file - skipping\n", path);
	} else if (spool_read(&file, &bytes, &len) != 0) {
		(void)fprintf(stderr, "%s: %s\n", path,
		    spool_explain(&rules, &file, why, sizeof why));
	} else {
		/* random values go by the name that crond knows it by */
		source.kind = TABLE_USER;
		source.name = base != NULL ? base + 1 : path;
		source.path = path;
		source.user = path;
		source.may_be_quiet = true;
		parse(c, &source, path, bytes, len);
		free(bytes);
	}
	if (file.fd >= 0)
		close(file.fd);
}

void
cronnext_read_tables(struct cronnext *c, char *const *operands)
{
	if (c->installed || *operands == NULL) {
		read_installed(c, TABLE_SYSTEM, c->paths.system_table, "",
		    "*system*");
		read_directory(c, TABLE_DROPIN, c->paths.dropin_dir);
		read_directory(c, TABLE_USER, c->paths.spool_dir);
	}
	for (; *operands != NULL; operands++)
		read_operand(c, *operands);
}
