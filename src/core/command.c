/*
 * A command's '%' and '\'. Called when a job starts: the table keeps the text
 * as it was written.
 *
 *	echo a\%b%one%two	sh gets "echo a%b", its stdin "one\ntwo\n"
 *
 * In the command a pair "\\" uses up the escape, so that "\\%" is a backslash
 * and the end of the command; whether the pair itself stays or becomes one
 * backslash is where the incumbents differ. Behind the first '%' only "\%" is
 * an escape.
 */
#include "core/command.h"

#include <stdlib.h>
#include <string.h>

/* Copies the command's part to out; the bytes of text used, without the '%'
 * that ends it. */
static size_t
split_shell(char *out, const char *text, size_t len, int backslash_pairs)
{
	size_t i = 0;

	while (i < len && text[i] != '%') {
		if (text[i] != '\\' || i + 1 == len) {
			*out++ = text[i++];
			continue;
		}
		char next = text[i + 1];
		if (next != '%' && !(next == '\\' && backslash_pairs))
			*out++ = '\\';
		*out++ = next;
		i += 2;
	}
	*out = '\0';
	return i;
}

size_t
command_length(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] != '%')
		i += text[i] == '\\' && i + 1 < len ? 2 : 1;
	return i;
}

/* Copies stdin data to out, which has room for len + 2; its length. */
static size_t
split_input(char *out, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len && text[i + 1] == '%')
			out[used++] = text[++i];
		else
			out[used++] = text[i] == '%' ? '\n' : text[i];
	}
	if (used > 0 && out[used - 1] != '\n')
		out[used++] = '\n';
	out[used] = '\0';
	return used;
}

int
command_split(struct command *command, const char *text, size_t len,
    int backslash_pairs)
{
	memset(command, 0, sizeof(*command));
	command->shell = malloc(len + 1);
	if (command->shell == NULL)
		return -1;
	size_t used = split_shell(command->shell, text, len, backslash_pairs);
	if (used == len)
		return 0;

	size_t rest = len - used - 1;
	command->input = malloc(rest + 2);
	if (command->input == NULL) {
		command_clear(command);
		return -1;
	}
	command->input_len = split_input(command->input, text + used + 1, rest);
	return 0;
}

void
command_clear(struct command *command)
{
	free(command->shell);
	free(command->input);
	memset(command, 0, sizeof(*command));
}
