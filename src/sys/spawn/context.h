/*
 * The SELinux context of a job (COMPAT.md 6). A build with SELinux has it in
 * another file than one without; the rest asks only this header.
 *
 * A table's context is found when it is loaded: that of its user, or of the
 * daemon's own user and role for system tables, if the file may be an entry
 * point of it. libselinux asks the user database there, and so it is done where
 * one may wait: in the children that read tables. A job takes the context on
 * between fork and exec.
 */
#ifndef EVCRON_SYS_SPAWN_CONTEXT_H
#define EVCRON_SYS_SPAWN_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/table.h"

/* Is SELinux in this build? */
bool context_built(void);

/* Do jobs get contexts of their own here? Then their children must be forked,
 * and tables are read by children. Only root's crond on a SELinux kernel. */
bool context_wanted(void);

/* A longer context is no context. */
#define CONTEXT_MAX 1024

enum context_problem {
	CONTEXT_GOOD, /* also where nobody wants one */
	CONTEXT_NO_CURRENT,
	CONTEXT_NO_SEUSER,
	CONTEXT_NO_DEFAULT,
	CONTEXT_NO_LABEL,      /* of the file */
	CONTEXT_NO_CLASS,      /* the policy knows no class "file" */
	CONTEXT_NO_PERMISSION, /* or it has no entry points */
	CONTEXT_UNAUTHORIZED,  /* the file is no entry point */
};

struct context_finding {
	enum context_problem problem;
	bool refused; /* the table must not be loaded: SELinux enforces */
	char context[CONTEXT_MAX]; /* of its jobs; "": none */
	/* UNAUTHORIZED: which one was refused for a file of which one. */
	char tried[CONTEXT_MAX], label[CONTEXT_MAX];
};

/* Of the table that is open as fd. user: whose it is, for TABLE_USER. May wait
 * for NSS. */
void context_find(const struct personality *, enum table_kind, const char *user,
    int fd, struct context_finding *);

/* The incumbent's EVENT of a log line "(WHO) EVENT (PATH)". Returns out. */
char *context_event(bool debian, const struct context_finding *, char *out,
    size_t size);

/* A line for the log: "(USER) EVENT (TEXT)". */
typedef void (*context_say)(void *context, const char *event, const char *text);

struct context_order {
	const char *context; /* its table's; NULL: it has none */
	const char *level;   /* MLS_LEVEL; NULL: none */
	const char *user;    /* in what is said */
	bool debian;
};

enum context_step {
	CONTEXT_SET,        /* or SELinux is permissive, and it was said */
	CONTEXT_NOT_FOUND,  /* there is none of that level */
	CONTEXT_NOT_CHANGED /* SELinux refuses it */
};

/* The context of this process's next exec. As root, in the child that becomes
 * the job. Debian's words for a refusal are put into refusal, cronie's are
 * said. */
enum context_step context_enter(const struct context_order *, context_say,
    void *context, char *refusal, size_t size);

/* Does the policy let a program of that context write to the open FIFO? True
 * where SELinux is not there, does not enforce or does not tell. */
bool context_may_write(const char *context, int fd);

/* crontab -s: the caller's whole context, or of it the range alone. Malloced;
 * NULL: message is why. */
char *context_of_caller(bool range, const char **message);

/* crontab -u: may the caller do it for others? Where not, why is printed to
 * stderr if there is more to say than that. */
bool context_may_act_for_others(void);

#endif
