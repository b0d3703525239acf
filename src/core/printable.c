/*
 * mkprint: users' bytes as logs and terminals may show them. No locale is
 * asked, so that a log looks the same on every machine.
 */
#include "core/printable.h"

#include <string.h>

#define DEL 0x7f

/* Writes one byte's picture (at most 4 characters); its length. */
static size_t
picture(char *out, unsigned char byte)
{
	if (byte < ' ' || byte == DEL) {
		out[0] = '^';
		out[1] = (char)(byte ^ 0x40);
		return 2;
	}
	if (byte < DEL) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + (byte >> 6));
	out[2] = (char)('0' + ((byte >> 3) & 7));
	out[3] = (char)('0' + (byte & 7));
	return 4;
}

char *
printable(char *out, size_t size, const char *bytes, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char one[4];
		size_t width = picture(one, (unsigned char)bytes[i]);
		if (used + width >= size)
			break;
		memcpy(out + used, one, width);
		used += width;
	}
	out[used] = '\0';
	return out;
}

char *
printable_string(char *out, size_t size, const char *string)
{
	return printable(out, size, string, strlen(string));
}
