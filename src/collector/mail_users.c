/* A short list, under the collector's lock. */
#include "collector/mail_users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mail_users {
	struct mail_users *next;
	char *name;
	bool there;
	struct mailer_account account;
};

/* "1,2,3" as numbers. NULL: no memory. */
static gid_t *
read_groups(const char *text, size_t *count)
{
	gid_t *groups = calloc(strlen(text) / 2 + 2, sizeof *groups);
	char *end;

	*count = 0;
	while (groups != NULL && *text != '\0') {
		unsigned long n = strtoul(text, &end, 10);

		if (end != text)
			groups[(*count)++] = (gid_t)n;
		text = *end == ',' ? end + 1 : end + strlen(end);
	}
	return groups;
}

static struct mail_users *
find(struct collector *c, const char *name)
{
	struct mail_users *a;

	for (a = c->users; a != NULL; a = a->next)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static struct mail_users *
find_or_add(struct collector *c, const char *name)
{
	struct mail_users *a = find(c, name);

	if (a != NULL)
		return a;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->name = strdup(name);
	if (a->name == NULL) {
		free(a);
		return NULL;
	}
	a->next = c->users;
	c->users = a;
	return a;
}

void
mail_users_note(struct collector *c, const struct collector_message *m)
{
	struct mailer_account account = {.gid = m->gid};
	struct mail_users *a;

	if (m->account) {
		account.groups = read_groups(m->groups, &account.group_count);
		if (account.groups == NULL)
			return;
	}
	pthread_mutex_lock(&c->lock);
	a = find_or_add(c, m->name);
	if (a != NULL) {
		free(a->account.groups);
		a->account = account;
		a->there = m->account;
	}
	pthread_mutex_unlock(&c->lock);
	if (a == NULL)
		free(account.groups);
}

static bool
is_any_there(const struct collector *c)
{
	const struct mail_users *a;

	for (a = c->users; a != NULL; a = a->next)
		if (a->there)
			return true;
	return false;
}

static enum account_answer
answer_of(const struct collector *c, const struct mail_users *a)
{
	if (a == NULL)
		return ACCOUNT_UNKNOWN;
	if (a->there)
		return ACCOUNT_FOUND;
	return is_any_there(c) ? ACCOUNT_OTHER : ACCOUNT_GONE;
}

enum account_answer
mail_users_find(struct collector *c, const char *name,
    struct mailer_account *out)
{
	enum account_answer answer;
	const struct mail_users *a;
	size_t size;

	*out = (struct mailer_account){0};
	pthread_mutex_lock(&c->lock);
	a = find(c, name);
	answer = answer_of(c, a);
	if (answer == ACCOUNT_FOUND) {
		*out = a->account;
		size = (out->group_count + 1) * sizeof *out->groups;
		out->groups = malloc(size);
		if (out->groups != NULL)
			memcpy(out->groups, a->account.groups,
			    out->group_count * sizeof *out->groups);
	}
	pthread_mutex_unlock(&c->lock);
	if (answer == ACCOUNT_FOUND && out->groups == NULL)
		errno = ENOMEM;
	return answer;
}

void
mailer_account_clear(struct mailer_account *a)
{
	free(a->groups);
	a->groups = NULL;
}

void
mail_users_free(struct collector *c)
{
	struct mail_users *a;

	while ((a = c->users) != NULL) {
		c->users = a->next;
		free(a->account.groups);
		free(a->name);
		free(a);
	}
}
