/*
 * The account of a user, for their collector's mailers: as it was at the last
 * start, or, where a collector was started for letters alone, as it is asked
 * for then. Sent anew whenever it differs. Of another name of that uid, whose
 * letters are there, a collector asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/collectors/collector.h"

/* The word of that account, in all->bytes; NULL: there is none. Its length, or
 * 0: no memory. */
static size_t
write_word(struct collectors *all, const char *name,
    const struct account *account)
{
	char *groups = NULL;
	struct collector_message m = {.word = WORD_USER, .name = name};
	size_t size = 0, i;
	FILE *text = open_memstream(&groups, &size);
	ssize_t n = 0;

	if (text == NULL)
		return 0;
	for (i = 0; account != NULL && i < account->group_count; i++)
		(void)fprintf(text, "%s%lu", i > 0 ? "," : "",
		    (unsigned long)account->groups[i]);
	if (fclose(text) == 0) {
		if (account != NULL) {
			m.account = true;
			m.gid = account->gid;
			m.groups = groups;
			m.text = account->home;
		}
		n = collector_message_write(&m, all->bytes,
		    COLLECTOR_MESSAGE_MAX);
	}
	free(groups);
	return n > 0 ? (size_t)n : 0;
}

void
collector_user_set_account(struct collector_user *u,
    const struct account *account)
{
	const char *bytes = u->all->bytes;
	size_t n = write_word(u->all, u->name, account);
	char *copy;

	if (n == 0 || (u->account_word != NULL && u->account_len == n &&
			  memcmp(bytes, u->account_word, n) == 0))
		return;
	copy = malloc(n);
	if (copy == NULL)
		return;
	memcpy(copy, bytes, n);
	free(u->account_word);
	u->account_word = copy;
	u->account_len = n;
	if (collector_current(u) != NULL)
		collector_tell_bytes(collector_current(u), copy, n);
}

/* A name that is another user's now has nothing of this one. */
static const struct account *
of_this_user(const struct collector_user *u, const struct account *account)
{
	return account != NULL && account->uid == u->uid ? account : NULL;
}

static void
on_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct collector_user *u = context;

	(void)name;
	u->asking = false;
	if (answer == USER_FOUND || answer == USER_NOBODY)
		collector_user_set_account(u, of_this_user(u, account));
}

void
collector_user_send_account(struct collector_user *u, struct collector *c)
{
	if (u->account_word != NULL)
		collector_tell_bytes(c, u->account_word, u->account_len);
	/* Starts that wait bring theirs. */
	if (u->name[0] == '\0' || u->asking || !TAILQ_EMPTY(&u->waits))
		return;
	u->asking = true;
	user_cache_ask(u->all->config.users, &u->question, u->name,
	    geteuid() == 0, on_user, u);
}

static void
on_lookup(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct collector *c = context;
	size_t n;

	c->looking_up = false;
	if (answer != USER_FOUND && answer != USER_NOBODY)
		return;
	n = write_word(c->user->all, name, of_this_user(c->user, account));
	if (n > 0)
		collector_tell_bytes(c, c->user->all->bytes, n);
}

void
collector_lookup(struct collector *c, const char *name)
{
	if (c->looking_up)
		return;
	c->looking_up = true;
	user_cache_ask(c->user->all->config.users, &c->lookup, name,
	    geteuid() == 0, on_lookup, c);
}

void
collector_lookup_cancel(struct collector *c)
{
	if (c->looking_up)
		user_cache_cancel(&c->lookup);
	c->looking_up = false;
}
