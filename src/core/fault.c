/*
 * The list of what is wrong with a table. Filled by the rooms of the grammar,
 * shown by whoever asked for the parse. Keeps the first FAULTS_MAX and counts
 * the rest, so that no table, however bad, costs more than half a megabyte.
 */
#include "core/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_TEXT_MAX 400

void
faults_init(struct faults *faults)
{
	memset(faults, 0, sizeof(*faults));
}

void
faults_clear(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		free(faults->list[i].text);
	free(faults->list);
	faults_init(faults);
}

/* Room for one more? */
static bool
faults_grow(struct faults *faults)
{
	if (faults->count >= FAULTS_MAX)
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
		free(faults->list[--faults->count].text);
		faults->dropped++;
	}
	if (faults_grow(faults) &&
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

bool
faults_reach(const struct faults *faults, enum fault_level level)
{
	return faults->count + faults->dropped > 0 && faults->worst >= level;
}
