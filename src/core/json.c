/*
 * JSON strings, for the log (sys/log/logline.c). What a decoder of UTF-8 must
 * refuse is refused here: forms that are longer than they need be, surrogates,
 * numbers past the last character.
 */
#include "core/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LINE_SEPARATOR      0x2028
#define PARAGRAPH_SEPARATOR 0x2029

/* The length of the character that begins there, 0: it is none. */
static size_t
utf8_read(const unsigned char *at, size_t left, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80             ? 1
		     : (at[0] & 0xe0) == 0xc0 ? 2
		     : (at[0] & 0xf0) == 0xe0 ? 3
		     : (at[0] & 0xf8) == 0xf0 ? 4
					      : 0;

	if (len == 0 || len > left)
		return 0;
	*code = len == 1 ? at[0] : at[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* C0 and C1 controls, DEL, and what some take for the end of a line. */
static bool
is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       code == LINE_SEPARATOR || code == PARAGRAPH_SEPARATOR;
}

/* The picture of what begins there; *used of its bytes are in it. */
static size_t
picture(char out[8], const unsigned char *at, size_t left, size_t *used)
{
	uint32_t code;
	size_t len = utf8_read(at, left, &code);

	*used = len > 0 ? len : 1;
	if (len == 0)
		return (size_t)snprintf(out, 8, "\\\\x%02x", at[0]);
	if (is_control(code))
		return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)code);
	if (code == '"' || code == '\\')
		return (size_t)snprintf(out, 8, "\\%c", (int)code);
	memcpy(out, at, len);
	return len;
}

size_t
json_string(char *out, size_t size, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t put = 0, used;

	out[put++] = '"';
	while (len > 0) {
		char one[8];
		size_t width = picture(one, at, len, &used);

		if (put + width + 2 > size)
			break;
		memcpy(out + put, one, width);
		put += width;
		at += used;
		len -= used;
	}
	out[put++] = '"';
	out[put] = '\0';
	return put;
}
