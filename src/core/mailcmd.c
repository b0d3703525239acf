/*
 * A mailer's command line made into argv. main checks -m by it at the start,
 * collector/mailer.c uses it for each letter.
 *
 * Values go into words after the split: a blank or quote in a Subject never
 * makes another word.
 */
#include "core/mailcmd.h"

#include <stdlib.h>
#include <string.h>

struct string_set_item { /* the one being read */
	char *bytes;
	size_t len;
	size_t size;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int
word_add(struct string_set_item *w, const char *bytes, size_t len)
{
	size_t need = w->len + len + 1, size = w->size == 0 ? 32 : w->size;
	char *grown;

	while (size < need)
		size *= 2;
	if (size != w->size) {
		grown = realloc(w->bytes, size);
		if (grown == NULL)
			return -1;
		w->bytes = grown;
		w->size = size;
	}
	memcpy(w->bytes + w->len, bytes, len);
	w->len += len;
	w->bytes[w->len] = '\0';
	return 0;
}

/* The value of a placeholder, NULL if it is none. */
static const char *
placeholder(const struct mailcmd_values *values, const char *p)
{
	const char *value;

	if (p[0] != '%')
		return NULL;
	switch (p[1]) {
	case 't':
		value = values->recipient;
		break;
	case 's':
		value = values->subject;
		break;
	case 'f':
		value = values->sender;
		break;
	default:
		return NULL;
	}
	return value != NULL ? value : "";
}

/* Takes over bytes, also when it fails. */
static enum mailcmd_verdict
push(struct mailcmd *cmd, char *bytes)
{
	char **grown;

	if (cmd->count == MAILCMD_MAX) {
		free(bytes);
		return MAILCMD_TOO_MANY;
	}
	if (cmd->count % 16 == 0) { /* one more for the NULL */
		grown = realloc(cmd->argv, (cmd->count + 17) * sizeof *grown);
		if (grown == NULL) {
			free(bytes);
			return MAILCMD_NO_MEMORY;
		}
		cmd->argv = grown;
	}
	cmd->argv[cmd->count++] = bytes;
	cmd->argv[cmd->count] = NULL;
	return MAILCMD_GOOD;
}

/* A word for each of a comma-separated list; mailers take them so. */
static enum mailcmd_verdict
push_recipients(struct mailcmd *cmd, const char *list)
{
	enum mailcmd_verdict verdict = MAILCMD_GOOD;
	size_t len;
	char *one;

	for (; verdict == MAILCMD_GOOD; list += len) {
		list += strspn(list, ",");
		len = strcspn(list, ",");
		if (len == 0)
			break;
		one = strndup(list, len);
		verdict = one == NULL ? MAILCMD_NO_MEMORY : push(cmd, one);
	}
	return verdict;
}

/* Adds what is at *p to the word and moves on. -1: no memory. */
static int
read_piece(struct mailcmd *cmd, struct string_set_item *word,
    const struct mailcmd_values *values, const char **p)
{
	const char *value = placeholder(values, *p);

	if (value != NULL) {
		cmd->placeholders = true;
		*p += 2;
		return word_add(word, value, strlen(value));
	}
	if ((*p)[0] == '%' && (*p)[1] == '%')
		++*p;
	return word_add(word, (*p)++, 1);
}

static enum mailcmd_verdict
read_word(struct mailcmd *cmd, const struct mailcmd_values *values,
    const char **p)
{
	struct string_set_item word = {0};
	char quote = '\0';

	if (word_add(&word, "", 0) != 0)
		return MAILCMD_NO_MEMORY;
	while (**p != '\0' && (quote != '\0' || !is_blank(**p))) {
		if (quote != '\0' ? **p == quote : **p == '"' || **p == '\'') {
			quote = quote != '\0' ? '\0' : **p;
			++*p;
		} else if (read_piece(cmd, &word, values, p) != 0) {
			free(word.bytes);
			return MAILCMD_NO_MEMORY;
		}
	}
	if (quote != '\0') {
		free(word.bytes);
		return MAILCMD_QUOTE;
	}
	return push(cmd, word.bytes);
}

enum mailcmd_verdict
mailcmd_split(struct mailcmd *cmd, const char *command,
    const struct mailcmd_values *values)
{
	enum mailcmd_verdict verdict = MAILCMD_GOOD;
	const char *p = command;

	*cmd = (struct mailcmd){0};
	while (verdict == MAILCMD_GOOD) {
		while (is_blank(*p))
			p++;
		if (*p == '\0')
			break;
		if (p[0] == '%' && p[1] == 't' &&
		    (p[2] == '\0' || is_blank(p[2])) &&
		    values->recipient != NULL) {
			cmd->placeholders = true;
			verdict = push_recipients(cmd, values->recipient);
			p += 2;
		} else {
			verdict = read_word(cmd, values, &p);
		}
	}
	if (verdict == MAILCMD_GOOD &&
	    (cmd->count == 0 || cmd->argv[0][0] == '\0'))
		verdict = MAILCMD_NONE;
	if (verdict != MAILCMD_GOOD)
		mailcmd_clear(cmd);
	return verdict;
}

void
mailcmd_clear(struct mailcmd *cmd)
{
	size_t i;

	for (i = 0; i < cmd->count; i++)
		free(cmd->argv[i]);
	free(cmd->argv);
	*cmd = (struct mailcmd){0};
}

const char *
mailcmd_fault(enum mailcmd_verdict verdict)
{
	switch (verdict) {
	case MAILCMD_NONE:
		return "no program in it";
	case MAILCMD_QUOTE:
		return "a quote has no end";
	case MAILCMD_TOO_MANY:
		return "too many words";
	case MAILCMD_NO_MEMORY:
		return "no memory";
	case MAILCMD_GOOD:
		break;
	}
	return "";
}
