/* Text with a bound, and lines of it. The buffer is the caller's. */
#include "core/strbuf.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
strbuf_put(struct strbuf *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->bytes + t->len, t->size - t->len, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < t->size - t->len);
	t->len += (size_t)n;
}

void
strbuf_add(struct strbuf *t, const char *bytes, size_t len)
{
	assert(len < t->size - t->len);
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	t->bytes[t->len] = '\0';
}

bool
strbuf_line(char **at, char **name, char **value)
{
	char *end;

	if (**at == '\n' || **at == '\0')
		return false;
	end = strchr(*at, '\n');
	if (end != NULL)
		*end = '\0';
	*name = *at;
	*value = strchr(*at, ' ');
	if (end == NULL || *value == NULL) {
		*at = NULL;
		return false;
	}
	*(*value)++ = '\0';
	*at = end + 1;
	return true;
}

bool
strbuf_number(const char *value, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n;

	if (*value != '-' && (*value < '0' || *value > '9'))
		return false;
	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}
