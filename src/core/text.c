/* Text with a bound. letter.c and label.c write by it. */
#include "core/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void
text_put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->bytes + t->len, t->size - t->len, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < t->size - t->len);
	t->len += (size_t)n;
}
