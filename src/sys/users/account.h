/*
 * Users: what a run needs to know of one, and where that comes from.
 *
 * glibc's "files" backend reads /etc/passwd from its start at each lookup, and
 * other backends may go to a network. So the loop never asks NSS: a full load
 * sweeps /etc/passwd and /etc/group once, where nsswitch.conf says that those
 * come first; everything else is asked by a short-lived child, many names at a
 * time (DESIGN.md "Users"). This room has the cache and the sweep,
 * sys/users/lookup.h the child's work; daemon/users/user_cache.h ties them to
 * the loop.
 */
#ifndef EVCRON_SYS_USERS_ACCOUNT_H
#define EVCRON_SYS_USERS_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct account {
	char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary, as initgroups would set: with gid */
	size_t group_count;
	bool groups_known; /* groups are only asked for who runs something */
};

/* The cache: accounts by name. */
struct accounts;

struct accounts *accounts_new(void);
void accounts_free(struct accounts *);

/* The account, or NULL. until_ms, if given, is what accounts_put was told. */
const struct account *accounts_find(const struct accounts *, const char *name,
    int64_t *until_ms);

/* Puts a copy there, in place of one of that name. until_ms: when it is too
 * old to be trusted, on any clock of the caller's. -1: no memory. */
int accounts_put(struct accounts *, const struct account *, int64_t until_ms);

/* Forgets all: pointers to accounts die. */
void accounts_drop(struct accounts *);
size_t accounts_count(const struct accounts *);

/* Where users and groups come from: real paths, or a test's own. */
struct account_files {
	const char *passwd, *group, *nsswitch;
	const char *const *userdb_dirs; /* *.membership files; NULL at the end*/
	const char *userdb_sockets;     /* directory */
};
extern const struct account_files account_files;

/* What nsswitch.conf lets us read by ourselves. */
struct account_rules {
	bool sweep;        /* "files" stands first for passwd */
	bool sweep_final;  /* and alone: who is not in the file is nobody */
	bool sweep_groups; /* all groups of local users are in the file */
	bool userdb;       /* unless account_has_userdb */
};

/* Without nsswitch.conf, or with one that can't be read: nothing. */
void account_rules_read(const struct account_files *, struct account_rules *);

/* May there be memberships in systemd's user database? Lists directories that
 * everybody can list: not for the loop. */
bool account_has_userdb(const struct account_files *);

/* Reads the files once as the rules allow and puts all users there that are
 * not there already. -1 with errno: nothing or not all could be read. */
int account_sweep(const struct account_files *, const struct account_rules *,
    struct accounts *, int64_t until_ms);

#endif
