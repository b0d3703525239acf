/* Bytes of users' output on their way to the log. */
#include "core/escaped.h"

#include <string.h>

static const char bytes_escaped[] = {'\t', '\n', '\0', '\\'};
static const char letters[] = {'t', 'n', '0', '\\'};

char *
escaped_write(char *out, const char *bytes, size_t len)
{
	const char *found;
	char *at = out;
	size_t i;

	for (i = 0; i < len; i++) {
		found = memchr(bytes_escaped, bytes[i], sizeof bytes_escaped);
		if (found == NULL) {
			*at++ = bytes[i];
			continue;
		}
		*at++ = '\\';
		*at++ = letters[found - bytes_escaped];
	}
	*at = '\0';
	return out;
}

size_t
escaped_read(char *text)
{
	const char *from = text, *found;
	char *to = text;

	while (*from != '\0') {
		found = from[0] == '\\' && from[1] != '\0'
			    ? memchr(letters, from[1], sizeof letters)
			    : NULL;
		*to++ = found == NULL ? *from : bytes_escaped[found - letters];
		from += found == NULL ? 1 : 2;
	}
	return (size_t)(to - text);
}
