/*
 * The list of what is wrong with a table. Filled by the rooms of the grammar,
 * shown by whoever asked for the parse. Keeps the first FAULTS_MAX and counts
 * the rest, so that no table, however bad, costs more than a megabyte.
 */
#include "core/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_TEXT_MAX 400
/* Hints leave room for what matters. */
#define FAULT_HINTS_MAX (FAULTS_MAX / 2)

void
faults_init(struct faults *faults)
{
	memset(faults, 0, sizeof(*faults));
}

static void
fault_clear(struct fault *fault)
{
	free(fault->text);
	free(fault->advice);
}

void
faults_clear(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		fault_clear(&faults->list[i]);
	free(faults->list);
	faults_init(faults);
}

/* Room for one more? */
static bool
faults_grow(struct faults *faults, enum fault_level level)
{
	if (faults->count >= FAULTS_MAX ||
	    (level == FAULT_HINT && faults->count >= FAULT_HINTS_MAX))
		return false;
	if (faults->count < faults->size)
		return true;
	size_t size = faults->size > 0 ? faults->size * 2 : 8;
	struct fault *list = realloc(faults->list, size * sizeof(*list));
	if (list == NULL)
		return false;
	faults->list = list;
	faults->size = size;
	return true;
}

void
faults_vadd(struct faults *faults, enum fault_level level, unsigned line,
    unsigned column, const char *word, const char *format, va_list arguments)
{
	if (faults->count + faults->dropped == 0 || level > faults->worst)
		faults->worst = level;

	char text[FAULT_TEXT_MAX + 1];
	char *copy = NULL;
	/* One that costs the whole table takes the place of the last one. */
	if (faults->count == FAULTS_MAX && level == FAULT_TABLE) {
		fault_clear(&faults->list[--faults->count]);
		faults->dropped++;
	}
	if (faults_grow(faults, level) &&
	    vsnprintf(text, sizeof(text), format, arguments) >= 0)
		copy = strdup(text);
	if (copy == NULL) {
		faults->dropped++;
		return;
	}
	faults->list[faults->count++] = (struct fault){
	    .level = level,
	    .line = line,
	    .column = column,
	    .word = word,
	    .text = copy,
	};
}

void
faults_add(struct faults *faults, enum fault_level level, unsigned line,
    unsigned column, const char *word, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	faults_vadd(faults, level, line, column, word, format, arguments);
	va_end(arguments);
}

void
faults_advise(struct faults *faults, unsigned column, size_t len,
    const char *advice)
{
	struct fault *fault = &faults->list[faults->count - 1];
	size_t size = strlen(advice);
	char plain[FAULT_ADVICE_MAX + 1];

	if (size == 0 || size > FAULT_ADVICE_MAX)
		return;
	/* With its NUL. A tab is as good as a blank, and can be shown. */
	for (size_t i = 0; i <= size; i++) {
		plain[i] = (char)(advice[i] == '\t' ? ' ' : advice[i]);
		if (i < size && plain[i] != '\n' &&
		    (plain[i] < ' ' || plain[i] > '~'))
			return;
	}
	free(fault->advice);
	fault->advice = strdup(plain);
	fault->advice_column = column;
	fault->advice_len = (unsigned)len;
}

const char *
fault_says(const struct fault *fault, char *out)
{
	const char *advice = fault->advice, *before = "; write ";
	size_t used, len;

	used = (size_t)snprintf(out, FAULT_SAYS_MAX, "%s", fault->text);
	for (; advice != NULL;
	     advice = advice[len] == '\n' ? advice + len + 1 : NULL) {
		len = strcspn(advice, "\n");
		if (used < FAULT_SAYS_MAX)
			used +=
			    (size_t)snprintf(out + used, FAULT_SAYS_MAX - used,
				"%s%.*s", before, (int)len, advice);
		before = " and below it ";
	}
	return out;
}

bool
faults_reach(const struct faults *faults, enum fault_level level)
{
	return faults->count + faults->dropped > 0 && faults->worst >= level;
}
