/*
 * The text of a command as a table has it, split into what the shell gets and
 * what its stdin gets: the rules of '%' and '\' (COMPAT.md 3.6).
 */
#ifndef EVCRON_CORE_COMMAND_H
#define EVCRON_CORE_COMMAND_H

#include <stddef.h>

struct command {
	char *shell;      /* what sh -c runs, logs show and the Subject names */
	char *input;      /* stdin data; NULL without an unescaped '%' */
	size_t input_len; /* 0 with input set: "%" and nothing behind it */
};

/* How much of len bytes of text is the command: up to the '%' that ends it, or
 * all. */
size_t command_length(const char *text, size_t len);

/* Splits len bytes of text. backslash_pairs: the personality's. 0, or -1: no
 * memory. */
int command_split(struct command *, const char *text, size_t len,
    int backslash_pairs);
void command_clear(struct command *);

#endif
