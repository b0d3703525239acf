/*
 * The cache of accounts (a hash by name) and the sweep that fills it from
 * /etc/passwd and /etc/group. Owned by daemon/users/user_cache.c.
 *
 * A sweep may only stand in for NSS where it gives the same answer. For passwd
 * that is so when nsswitch.conf names "files" first: the first source that
 * knows a name wins. Supplementary groups are the union over *all* sources, so
 * they are swept only where the others can't add any: "files" alone, or with
 * "systemd" on a host where no userdb has memberships.
 */
#include "sys/users/account.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/keyed_hash.h"
#include "sys/random_key.h"

#define BUCKETS_MIN 64

struct node {
	struct account account; /* first: an account is its node */
	struct node *next;
	int64_t until_ms;
	size_t groups_size;
	bool new; /* from the sweep under way */
	char text[];
};

struct accounts {
	struct node **buckets;
	size_t size; /* a power of two */
	size_t count;
	struct hash_key key;
};

static const char *const userdb_dirs[] = {
    "/etc/userdb",
    "/run/userdb",
    "/run/host/userdb",
    "/usr/local/lib/userdb",
    "/usr/lib/userdb",
    NULL,
};

const struct account_files account_files = {
    .passwd = "/etc/passwd",
    .group = "/etc/group",
    .nsswitch = "/etc/nsswitch.conf",
    .userdb_dirs = userdb_dirs,
    .userdb_sockets = "/run/systemd/userdb",
};

static size_t
hash(const struct accounts *accounts, const char *name)
{
	return (size_t)keyed_hash(&accounts->key, name, strlen(name));
}

static void
node_free(struct node *node)
{
	free(node->account.groups);
	free(node);
}

struct accounts *
accounts_new(void)
{
	struct accounts *accounts = calloc(1, sizeof(*accounts));

	if (accounts == NULL)
		return NULL;
	accounts->key = random_key();
	accounts->size = BUCKETS_MIN;
	accounts->buckets = calloc(accounts->size, sizeof(struct node *));
	if (accounts->buckets == NULL) {
		free(accounts);
		return NULL;
	}
	return accounts;
}

void
accounts_drop(struct accounts *accounts)
{
	struct node *node;
	size_t i;

	for (i = 0; i < accounts->size; i++) {
		while ((node = accounts->buckets[i]) != NULL) {
			accounts->buckets[i] = node->next;
			node_free(node);
		}
	}
	accounts->count = 0;
}

void
accounts_free(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	accounts_drop(accounts);
	free(accounts->buckets);
	free(accounts);
}

size_t
accounts_count(const struct accounts *accounts)
{
	return accounts->count;
}

static struct node **
find(const struct accounts *accounts, const char *name)
{
	size_t i = hash(accounts, name) & (accounts->size - 1);
	struct node **at = &accounts->buckets[i];

	while (*at != NULL && strcmp((*at)->account.name, name) != 0)
		at = &(*at)->next;
	return at;
}

const struct account *
accounts_find(const struct accounts *accounts, const char *name,
    int64_t *until_ms)
{
	struct node *node = *find(accounts, name);

	if (node == NULL)
		return NULL;
	if (until_ms != NULL)
		*until_ms = node->until_ms;
	return &node->account;
}

/* Twice the buckets; without memory the chains just stay longer. */
static void
grow(struct accounts *accounts)
{
	size_t i, size = accounts->size * 2;
	struct node **buckets, *node, **to;

	buckets = calloc(size, sizeof(struct node *));
	if (buckets == NULL)
		return;
	for (i = 0; i < accounts->size; i++) {
		while ((node = accounts->buckets[i]) != NULL) {
			accounts->buckets[i] = node->next;
			to = &buckets[hash(accounts, node->account.name) &
				      (size - 1)];
			node->next = *to;
			*to = node;
		}
	}
	free(accounts->buckets);
	accounts->buckets = buckets;
	accounts->size = size;
}

static char *
put_string(char **at, const char *s)
{
	char *here = *at;

	*at = stpcpy(here, s) + 1;
	return here;
}

/* A node with the strings and ids of account, without its groups. */
static struct node *
node_new(const struct account *account)
{
	struct node *node;
	char *at;

	node =
	    calloc(1, sizeof(*node) + strlen(account->name) +
			  strlen(account->home) + strlen(account->shell) + 3);
	if (node == NULL)
		return NULL;
	at = node->text;
	node->account.name = put_string(&at, account->name);
	node->account.home = put_string(&at, account->home);
	node->account.shell = put_string(&at, account->shell);
	node->account.uid = account->uid;
	node->account.gid = account->gid;
	return node;
}

/* Adds a group unless it is there. */
static int
add_group(struct node *node, gid_t gid)
{
	struct account *account = &node->account;
	size_t i, size;
	gid_t *groups;

	for (i = 0; i < account->group_count; i++) {
		if (account->groups[i] == gid)
			return 0;
	}
	if (account->group_count >= NGROUPS_MAX)
		return 0;
	if (account->group_count == node->groups_size) {
		size = node->groups_size == 0 ? 2 : node->groups_size * 2;
		groups = reallocarray(account->groups, size, sizeof(gid_t));
		if (groups == NULL)
			return -1;
		account->groups = groups;
		node->groups_size = size;
	}
	account->groups[account->group_count++] = gid;
	return 0;
}

static int
copy_groups(struct node *node, const struct account *account)
{
	size_t size = account->group_count * sizeof(gid_t);

	node->account.groups_known = account->groups_known;
	if (!account->groups_known || account->group_count == 0)
		return 0;
	node->account.groups = malloc(size);
	if (node->account.groups == NULL)
		return -1;
	memcpy(node->account.groups, account->groups, size);
	node->account.group_count = account->group_count;
	node->groups_size = account->group_count;
	return 0;
}

/* Links node in, in place of an older one of its name. */
static void
put_node(struct accounts *accounts, struct node *node)
{
	struct node **at = find(accounts, node->account.name), *old = *at;

	node->next = old == NULL ? NULL : old->next;
	*at = node;
	if (old != NULL) {
		node_free(old);
		return;
	}
	if (++accounts->count > accounts->size)
		grow(accounts);
}

int
accounts_put(struct accounts *accounts, const struct account *account,
    int64_t until_ms)
{
	struct node *node = node_new(account);

	if (node == NULL)
		return -1;
	node->until_ms = until_ms;
	if (copy_groups(node, account) == -1) {
		node_free(node);
		return -1;
	}
	put_node(accounts, node);
	return 0;
}

/* nsswitch.conf */

struct sources {
	bool set;
	bool files_first, files_only, local_only; /* files, systemd */
	bool systemd, actions, success_action;
};

/* Looks at "files [NOTFOUND=return] systemd" word by word. A source that has
 * an action behind it which changes what a found name means is no plain one. */
static void
read_sources(struct sources *sources, char *list)
{
	char *word, *rest = NULL;
	bool action = false; /* between '[' and ']' */
	size_t n = 0;

	*sources = (struct sources){.set = true, .local_only = true};
	for (word = strtok_r(list, " \t\r\n", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		action |= strchr(word, '[') != NULL;
		if (action) {
			sources->actions = true;
			if (strcasestr(word, "success") != NULL ||
			    strchr(word, '!') != NULL)
				sources->success_action = true;
			action = strchr(word, ']') == NULL;
			continue;
		}
		if (n++ == 0 && strcmp(word, "files") == 0)
			sources->files_first = true;
		if (strcmp(word, "systemd") == 0)
			sources->systemd = true;
		else if (strcmp(word, "files") != 0)
			sources->local_only = false;
	}
	sources->files_only = sources->files_first && n == 1;
}

/* Is any file in dir named *suffix? */
static bool
dir_has(const char *path, const char *suffix)
{
	size_t len, suffix_len = strlen(suffix);
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		return errno != ENOENT;
	while (!found && (entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		found = len > suffix_len &&
			strcmp(entry->d_name + len - suffix_len, suffix) == 0;
	}
	closedir(dir);
	return found;
}

/* The services that nss-systemd may ask and that know no memberships, or only
 * those of the directories and files looked at anyway. */
static bool
is_harmless_service(const char *name)
{
	static const char *const names[] = {".", "..", "io.systemd.DropIn",
	    "io.systemd.DynamicUser", "io.systemd.Machine",
	    "io.systemd.Multiplexer", "io.systemd.NameServiceSwitch"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

bool
account_has_userdb(const struct account_files *files)
{
	const char *const *path;
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	for (path = files->userdb_dirs; *path != NULL; path++) {
		if (dir_has(*path, ".membership"))
			return true;
	}
	dir = opendir(files->userdb_sockets);
	if (dir == NULL)
		return errno != ENOENT;
	while (!found && (entry = readdir(dir)) != NULL)
		found = !is_harmless_service(entry->d_name);
	closedir(dir);
	return found;
}

/* The part of line behind "name:", or NULL. */
static char *
after_name(char *line, const char *name)
{
	size_t len = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, len) != 0)
		return NULL;
	line += len;
	line += strspn(line, " \t");
	return *line == ':' ? line + 1 : NULL;
}

static void
read_line(char *line, struct sources *passwd, struct sources *group,
    struct sources *initgroups)
{
	char *list;

	line[strcspn(line, "#")] = '\0';
	if ((list = after_name(line, "passwd")) != NULL)
		read_sources(passwd, list);
	else if ((list = after_name(line, "group")) != NULL)
		read_sources(group, list);
	else if ((list = after_name(line, "initgroups")) != NULL)
		read_sources(initgroups, list);
}

void
account_rules_read(const struct account_files *files,
    struct account_rules *rules)
{
	struct sources passwd = {0}, group = {0}, initgroups = {0};
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	memset(rules, 0, sizeof(*rules));
	f = fopen(files->nsswitch, "re");
	if (f == NULL)
		return;
	while (getline(&line, &size, f) != -1)
		read_line(line, &passwd, &group, &initgroups);
	free(line);
	fclose(f);
	/* Where there is an "initgroups" line it is the one that counts. */
	if (initgroups.set)
		group = initgroups;
	rules->sweep = passwd.files_first && !passwd.success_action;
	rules->sweep_final = rules->sweep && passwd.files_only;
	rules->sweep_groups = rules->sweep && group.files_first &&
			      group.local_only && !group.actions;
	rules->userdb = rules->sweep_groups && group.systemd;
}

/* The sweep */

/* "+name" and "-name" are marks of the "compat" source, not users. */
static bool
is_mark(const char *name)
{
	return *name == '+' || *name == '-' || *name == '\0';
}

static int
sweep_user(struct accounts *accounts, const struct passwd *pw, int64_t until_ms)
{
	struct account account = {
	    .name = pw->pw_name,
	    .home = pw->pw_dir,
	    .shell = pw->pw_shell,
	    .uid = pw->pw_uid,
	    .gid = pw->pw_gid,
	};
	struct node *node;

	if (is_mark(pw->pw_name) || *find(accounts, pw->pw_name) != NULL)
		return 0;
	node = node_new(&account);
	if (node == NULL)
		return -1;
	node->until_ms = until_ms;
	node->new = true;
	put_node(accounts, node);
	return 0;
}

static int
sweep_passwd(const char *path, struct accounts *accounts, int64_t until_ms)
{
	struct passwd *pw;
	int result = 0;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (result == 0 && (pw = fgetpwent(f)) != NULL)
		result = sweep_user(accounts, pw, until_ms);
	if (ferror(f))
		result = -1;
	fclose(f);
	return result;
}

static int
sweep_members(struct accounts *accounts, const struct group *gr)
{
	struct node *node;
	char **member;

	if (is_mark(gr->gr_name))
		return 0;
	for (member = gr->gr_mem; *member != NULL; member++) {
		node = *find(accounts, *member);
		if (node == NULL || !node->new)
			continue;
		if (node->account.group_count == 0 &&
		    add_group(node, node->account.gid) == -1)
			return -1;
		if (add_group(node, gr->gr_gid) == -1)
			return -1;
	}
	return 0;
}

static int
sweep_group(const char *path, struct accounts *accounts)
{
	struct group *gr;
	int result = 0;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (result == 0 && (gr = fgetgrent(f)) != NULL)
		result = sweep_members(accounts, gr);
	if (ferror(f))
		result = -1;
	fclose(f);
	return result;
}

/* The new nodes are new no longer; complete: their groups are all known. */
static int
finish_sweep(struct accounts *accounts, bool complete)
{
	struct node *node;
	int result = 0;
	size_t i;

	for (i = 0; i < accounts->size; i++) {
		for (node = accounts->buckets[i]; node != NULL;
		     node = node->next) {
			if (!node->new)
				continue;
			node->new = false;
			if (complete && node->account.group_count == 0 &&
			    add_group(node, node->account.gid) == -1)
				result = -1;
			else
				node->account.groups_known = complete;
		}
	}
	return result;
}

int
account_sweep(const struct account_files *files,
    const struct account_rules *rules, struct accounts *accounts,
    int64_t until_ms)
{
	int result = 0, groups = 0;

	if (!rules->sweep)
		return 0;
	result = sweep_passwd(files->passwd, accounts, until_ms);
	if (rules->sweep_groups)
		groups = sweep_group(files->group, accounts);
	if (finish_sweep(accounts, rules->sweep_groups && groups == 0) == -1)
		result = -1;
	return groups == -1 ? -1 : result;
}
