/*
 * Addresses as text. Nothing is kept here.
 *
 * What is meant by an address that is not safe is only ever shown, never used:
 * a guess sends nobody mail.
 */
#include "core/address.h"

#include <assert.h>
#include <string.h>

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

enum address_verdict
address_judge(const char *address, const char *safe_mail, size_t *at)
{
	size_t i;

	for (i = 0; address[i] != '\0'; i++) {
		*at = i;
		if (i >= ADDRESS_MAX)
			return ADDRESS_LONG;
		if (is_alpha(address[i]) || is_digit(address[i]))
			continue;
		if (strchr(safe_mail, address[i]) == NULL)
			return ADDRESS_BYTE;
		/* "-oQ/tmp" would be the mailer's option. */
		if (i == 0)
			return ADDRESS_START;
		/* Recipients may become words of their own (core/mailcmd.c). */
		if (address[i] == '-' && address[i - 1] == ',')
			return ADDRESS_OPTION;
	}
	*at = i;
	return i > 0 ? ADDRESS_SAFE : ADDRESS_EMPTY;
}

bool
address_is_safe(const char *address, const char *safe_mail)
{
	size_t at;

	return address_judge(address, safe_mail, &at) == ADDRESS_SAFE;
}

/* Variables */

/* Is that a proper $NAME or ${NAME}? Then its length. */
static size_t
variable_length(const char *dollar, const char **name, size_t *name_len)
{
	bool braces = dollar[1] == '{';
	const char *p = dollar + 1 + braces;

	*name = p;
	if (is_digit(*p))
		return 0;
	while (*p == '_' || is_alpha(*p) || is_digit(*p))
		p++;
	*name_len = (size_t)(p - *name);
	if (*name_len == 0 || (braces && *p != '}'))
		return 0;
	return (size_t)(p - dollar) + braces;
}

bool
address_next_piece(const char **at, struct address_piece *piece)
{
	const char *name = NULL;
	size_t name_len = 0;

	if (**at == '\0')
		return false;
	piece->bytes = *at;
	piece->len = **at == '$' ? variable_length(*at, &name, &name_len) : 0;
	piece->variable = piece->len > 0;
	if (!piece->variable || name_len > ADDRESS_NAME_MAX)
		name_len = 0;
	if (name_len > 0)
		memcpy(piece->name, name, name_len);
	piece->name[name_len] = '\0';
	if (!piece->variable)
		piece->len = **at == '$' ? strlen(*at) : strcspn(*at, "$");
	*at += piece->len;
	return true;
}

static int
append(char *out, size_t size, size_t *at, const char *bytes, size_t len)
{
	if (len >= size - *at)
		return -1;
	memcpy(out + *at, bytes, len);
	*at += len;
	out[*at] = '\0';
	return 0;
}

int
address_expand(const char *value,
    const char *(*lookup)(void *context, const char *name), void *context,
    char *out, size_t size)
{
	struct address_piece piece;
	size_t at = 0;

	assert(size > 0);
	out[0] = '\0';
	while (address_next_piece(&value, &piece)) {
		const char *bytes = piece.bytes;
		size_t len = piece.len;

		if (piece.variable) {
			bytes = piece.name[0] != '\0'
				    ? lookup(context, piece.name)
				    : NULL;
			len = bytes != NULL ? strlen(bytes) : 0;
		}
		if (len > 0 && append(out, size, &at, bytes, len) == -1)
			return -1;
	}
	return 0;
}

/* What was meant */

struct mending {
	char *out;
	size_t size, len;
	bool failed;
};

static void
put_address(struct mending *mending, const char *bytes, size_t len)
{
	bool first = mending->len == 0;

	if (len == 0)
		return;
	if ((!first && append(mending->out, mending->size, &mending->len, ",",
			   1) == -1) ||
	    append(mending->out, mending->size, &mending->len, bytes, len) ==
		-1)
		mending->failed = true;
}

static void
trim(const char **bytes, size_t *len)
{
	while (*len > 0 && is_blank((*bytes)[*len - 1]))
		--*len;
	while (*len > 0 && is_blank(**bytes)) {
		++*bytes;
		--*len;
	}
}

/* "a@x b@x": words in a row are addresses where each has an '@', and may be a
 * name where one has none. */
static void
put_words(struct mending *mending, const char *bytes, size_t len)
{
	bool several = false;

	for (size_t i = 0; i < len; i++)
		several = several || is_blank(bytes[i]);
	while (len > 0) {
		size_t word = 0;
		while (word < len && !is_blank(bytes[word]))
			word++;
		if (several && memchr(bytes, '@', word) == NULL)
			mending->failed = true;
		put_address(mending, bytes, word);
		bytes += word;
		len -= word;
		trim(&bytes, &len);
	}
}

/* What stands between two commas: "Name <a@x>", "a@x (name)", "'a@x'". */
static void
put_part(struct mending *mending, const char *bytes, size_t len)
{
	const char *angle, *end;

	trim(&bytes, &len);
	angle = memchr(bytes, '<', len);
	if (angle != NULL) {
		len -= (size_t)(angle + 1 - bytes);
		bytes = angle + 1;
		end = memchr(bytes, '>', len);
		mending->failed = mending->failed || end == NULL;
		if (end != NULL)
			len = (size_t)(end - bytes);
	} else if (len > 0 && bytes[len - 1] == ')') {
		end = memchr(bytes, '(', len);
		len = end != NULL ? (size_t)(end - bytes) : len;
	}
	trim(&bytes, &len);
	if (len >= 2 && (*bytes == '"' || *bytes == '\'') &&
	    bytes[len - 1] == *bytes) {
		bytes++;
		len -= 2;
		trim(&bytes, &len);
	}
	put_words(mending, bytes, len);
}

/* The length of a part: commas in quotes, in brackets and in comments divide
 * nothing. */
static size_t
part_length(const char *value, size_t len)
{
	char until = '\0';
	size_t i;

	for (i = 0; i < len; i++) {
		char c = value[i];
		if (until != '\0')
			until = c == until ? '\0' : until;
		else if (c == ',' || c == ';')
			break;
		else if (c == '"' || c == '<' || c == '(')
			until = (char)(c == '<' ? '>' : c == '(' ? ')' : c);
	}
	return i;
}

bool
address_mend(const char *value, const char *safe_mail, char *out, size_t size)
{
	struct mending mending = {.out = out, .size = size};
	const char *hash = strstr(value, " #");
	size_t len = hash != NULL ? (size_t)(hash - value) : strlen(value);

	assert(size > 0);
	out[0] = '\0';
	while (len > 0 && !mending.failed) {
		size_t part = part_length(value, len);
		put_part(&mending, value, part);
		part += part < len; /* the comma */
		value += part;
		len -= part;
	}
	return !mending.failed && address_is_safe(out, safe_mail);
}
