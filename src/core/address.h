/*
 * Addresses, as MAILTO and MAILFROM have them: which may be handed to a mailer,
 * what variables in one stand for (COMPAT.md 5), and what one was meant to be
 * that can't be handed to any.
 */
#ifndef EVCRON_CORE_ADDRESS_H
#define EVCRON_CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Longest MAILTO or MAILFROM: mailers get them as arguments. */
#define ADDRESS_MAX 4096

enum address_verdict {
	ADDRESS_SAFE,
	ADDRESS_EMPTY,
	ADDRESS_START,  /* begins with what may only stand inside */
	ADDRESS_OPTION, /* a '-' behind a comma */
	ADDRESS_BYTE,   /* a byte that no address may have */
	ADDRESS_LONG,   /* more than ADDRESS_MAX bytes */
};

/* Safe is one that is not empty and has no character but letters, digits, and
 * (not as the first) those of the personality's safe_mail; and no '-' behind a
 * comma. *at: the first byte that is wrong. */
enum address_verdict address_judge(const char *address, const char *safe_mail,
    size_t *at);
bool address_is_safe(const char *address, const char *safe_mail);

#define ADDRESS_NAME_MAX 255

/* A value in pieces: what stands for itself, and RHEL's $NAME and ${NAME}. */
struct address_piece {
	const char *bytes; /* in the value */
	size_t len;
	bool variable;
	char name[ADDRESS_NAME_MAX + 1]; /* "": too long a one is never set */
};

/* The piece at *at, which goes to the next one; false at the end. What begins
 * with a '$' and is no proper name stands for itself, and all behind it. */
bool address_next_piece(const char **at, struct address_piece *);

/* Puts each variable's value in its place, an unknown one is empty. -1: does
 * not fit into size bytes. */
int address_expand(const char *value,
    const char *(*lookup)(void *context, const char *name), void *context,
    char *out, size_t size);

/* What was meant: without blanks between addresses, names, angle brackets,
 * comments, quotes; with commas for semicolons and, between whole addresses,
 * for blanks. False: that can't be known, or is not safe, or does not fit into
 * size bytes. */
bool address_mend(const char *value, const char *safe_mail, char *out,
    size_t size);

#endif
