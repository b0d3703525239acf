/*
 * Mail from hostile bytes: the label of a letter as found on disk, headers and
 * Subject of whatever record it tells, -m's words, $NAME in addresses. What is
 * read is written and read again, and must be the same; no header may have a
 * line that was not meant.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/letter_meta.h"
#include "core/mail_headers.h"
#include "core/mailcmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *
lookup(void *context, const char *name)
{
	return strcmp(name, "A") == 0 ? context : NULL;
}

/* Every line of the headers begins with a name that we wrote. */
static void
check_lines(const char *text)
{
	static const char *const names[] = {"From: ", "To: ", "Subject: ",
	    "MIME-Version: ", "Content-T",
	    "Auto-Submitted: ", "Precedence: ", "X-Cron-", "Date: "};
	size_t i;

	for (; *text != '\n'; text = strchr(text, '\n') + 1) {
		for (i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strncmp(text, names[i], strlen(names[i])) == 0)
				break;
		assert(i < sizeof names / sizeof names[0]);
	}
	assert(text[1] == '\0');
}

static void
check_headers(const char *personality, const struct run_record *record)
{
	const struct mail_headers_style style = {
	    .personality = personality_find(personality),
	    .host = "box.example.org",
	    .charset = "UTF-8",
	    .mark_failed = true,
	};
	size_t len, note_at;
	char *text = mail_headers_write(&style, record, &len);

	assert(text != NULL && len <= mail_headers_max(&style, record));
	check_lines(text);
	free(text);
	/* Sent late: the same, with a Date; the note is the body's. */
	text = letter_late(&style, record, "then", "note\n", &len, &note_at);
	assert(text != NULL && len <= mail_headers_max(&style, record));
	assert(note_at + 5 == len && strcmp(text + note_at, "note\n") == 0);
	text[note_at] = '\0';
	check_lines(text);
	assert(strstr(text, "\nDate: then\n") != NULL);
	free(text);
}

static void
check_label(const char *bytes, size_t len)
{
	struct letter_meta label, again;
	char *text;
	size_t n;

	if (letter_meta_read(&label, bytes, len) != LETTER_META_GOOD)
		return;
	text = letter_meta_write(&label, &n);
	assert(text != NULL && n <= letter_meta_max(label.record));
	assert(letter_meta_read(&again, text, n) == LETTER_META_GOOD);
	assert(again.headers_at == label.headers_at);
	assert(again.streamed == label.streamed && again.cut == label.cut);
	/* Without a try in vain there is nothing to tell of tries. */
	if (label.tries.count > 0)
		assert(again.tries.count == label.tries.count &&
		       again.tries.since_at == label.tries.since_at &&
		       again.tries.next_at == label.tries.next_at &&
		       again.tries.waited_secs == label.tries.waited_secs);
	assert(again.tries.final == label.tries.final);
	assert(strcmp(again.why, label.why) == 0);
	assert(strcmp(again.record->command, label.record->command) == 0);
	assert(again.record->env_size == label.record->env_size);
	check_headers("debian", label.record);
	check_headers("redhat", label.record);
	run_record_unref(again.record);
	run_record_unref(label.record);
	free(text);
}

static void
check_words(const char *text)
{
	const struct mailcmd_values values = {.recipient = text,
	    .subject = text,
	    .sender = "s"};
	char context[] = "value", out[64];
	struct mailcmd cmd;

	if (mailcmd_split(&cmd, text, &values) == MAILCMD_GOOD) {
		assert(cmd.count <= MAILCMD_MAX);
		assert(cmd.argv[cmd.count] == NULL);
		mailcmd_clear(&cmd);
	}
	if (address_expand(text, lookup, context, out, sizeof out) == 0)
		assert(strlen(out) < sizeof out);
	if (address_is_safe(text, "@!:%-.,_+=/"))
		assert(strpbrk(text, " \n'\"$") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		return 0;
	memcpy(text, bytes, len);
	text[len] = '\0';
	check_label(text, len);
	check_words(text);
	free(text);
	return 0;
}
