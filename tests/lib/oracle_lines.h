/*
 * The lines of both oracles in tests/data: real ones, and some that never were.
 * For tests that have <cmocka.h>.
 */
#ifndef EVCRON_TESTS_ORACLE_LINES_H
#define EVCRON_TESTS_ORACLE_LINES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORACLE_LINES_MAX  16384
#define ORACLE_LINE_BYTES 512

struct oracle_lines {
	char (*list)[ORACLE_LINE_BYTES];
	size_t count;
};

/* A JSON string, from behind its opening quote: each line of it. */
static inline void
oracle_string(struct oracle_lines *lines, const char *at)
{
	size_t used = 0;

	for (;; at++) {
		char c = *at;
		assert_true(c != '\0' && c != '\n');
		if (c == '\\') {
			c = *++at;
			assert_non_null(strchr("tn\"\\", c));
			c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c);
		} else if (c == '"') {
			break;
		}
		assert_true(used + 1 < ORACLE_LINE_BYTES &&
			    lines->count < ORACLE_LINES_MAX);
		if (c != '\n') {
			lines->list[lines->count][used++] = c;
			continue;
		}
		lines->list[lines->count++][used] = '\0';
		used = 0;
	}
	if (used > 0)
		lines->list[lines->count++][used] = '\0';
}

static inline void
oracle_file(struct oracle_lines *lines, const char *name, const char *key)
{
	const char *srcdir = getenv("srcdir");
	size_t size = 65536;
	char path[4096], *object = malloc(size);

	assert_non_null(object);
	snprintf(path, sizeof(path), "%s/tests/data/%s",
	    srcdir != NULL ? srcdir : ".", name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(object, (int)size, file) != NULL) {
		const char *value = strstr(object, key);
		assert_non_null(value);
		oracle_string(lines, value + strlen(key));
	}
	fclose(file);
	free(object);
}

/* All of them; to be freed. */
static inline struct oracle_lines
oracle_lines_read(void)
{
	struct oracle_lines lines = {
	    .list = calloc(ORACLE_LINES_MAX, sizeof(*lines.list))};

	assert_non_null(lines.list);
	oracle_file(&lines, "grammar.jsonl", "\"line\": \"");
	oracle_file(&lines, "fires.jsonl", "\"table\":\"");
	return lines;
}

#endif
