/*
 * Words between crond and a collector, from any bytes: what is read is written
 * and read again, and must be the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/collector_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
same(const char *a, const char *b)
{
	assert((a == NULL) == (b == NULL));
	/* Tabs at a text's end become blanks. */
	assert(a == NULL || strlen(a) == strlen(b));
}

static void
check(char *bytes, size_t len, char *written, size_t size)
{
	struct collector_message m, again;
	ssize_t n;

	if (!collector_message_read(&m, bytes, len) || m.word == WORD_UNKNOWN)
		return;
	assert(m.id == NULL || (m.id[0] != '.' && strchr(m.id, '/') == NULL &&
				   strlen(m.id) <= COLLECTOR_ID_MAX));
	n = collector_message_write(&m, written, size);
	assert(n > 0);
	assert(collector_message_read(&again, written, (size_t)n));
	assert(again.word == m.word && again.end == m.end);
	assert(again.status == m.status && again.mail == m.mail);
	assert(again.number == m.number && again.bytes == m.bytes);
	assert(again.lost == m.lost && again.at == m.at);
	assert(again.uid == m.uid && again.pid == m.pid);
	assert(again.account == m.account && again.gid == m.gid);
	same(again.id, m.id);
	same(again.who, m.who);
	same(again.event, m.event);
	same(again.text, m.text);
	same(again.name, m.name);
	same(again.groups, m.groups);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* Numbers may be written with leading zeros; never longer ones. */
	char *text = malloc(len + 1), *written = malloc(len + 64);

	if (text != NULL && written != NULL) {
		memcpy(text, bytes, len);
		check(text, len, written, len + 63);
	}
	free(text);
	free(written);
	return 0;
}
