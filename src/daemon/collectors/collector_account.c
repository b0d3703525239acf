/*
 * The account of a user, for their collector's mailers: as it was at the last
 * start, or, where a collector was started for letters alone, as it is asked
 * for then. Sent anew whenever it differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/collectors/collector.h"

void
collector_user_set_account(struct collector_user *u,
    const struct account *account)
{
	char *groups = NULL, *bytes = u->all->bytes;
	struct collector_message m = {.word = WORD_USER, .name = u->name};
	size_t size = 0, i;
	FILE *text = open_memstream(&groups, &size);
	char *copy;
	ssize_t n;

	if (text == NULL)
		return;
	for (i = 0; account != NULL && i < account->group_count; i++)
		(void)fprintf(text, "%s%lu", i > 0 ? "," : "",
		    (unsigned long)account->groups[i]);
	if (fclose(text) == 0 && account != NULL) {
		m.account = true;
		m.gid = account->gid;
		m.groups = groups;
		m.text = account->home;
	}
	n = collector_message_write(&m, bytes, COLLECTOR_MESSAGE_MAX);
	free(groups);
	if (n <= 0 || (u->account_word != NULL && u->account_len == (size_t)n &&
			  memcmp(bytes, u->account_word, (size_t)n) == 0))
		return;
	copy = malloc((size_t)n);
	if (copy == NULL)
		return;
	memcpy(copy, bytes, (size_t)n);
	free(u->account_word);
	u->account_word = copy;
	u->account_len = (size_t)n;
	if (collector_current(u) != NULL)
		collector_tell_bytes(collector_current(u), copy, (size_t)n);
}

static void
on_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct collector_user *u = context;

	(void)name;
	u->asking = false;
	/* A name that is another user's now has nothing of this one. */
	if (answer == USER_FOUND)
		collector_user_set_account(u,
		    account->uid == u->uid ? account : NULL);
	else if (answer == USER_NOBODY)
		collector_user_set_account(u, NULL);
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
