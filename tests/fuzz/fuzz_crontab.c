/*
 * libFuzzer: any words as crontab's command line, as any caller. The first byte
 * chooses the caller; words end at newlines. What is accepted must make sense,
 * and nobody but root gets at another's table.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program would end: so does this round. */
static jmp_buf ended;

static _Noreturn void
leave(int status)
{
	(void)status;
	longjmp(ended, 1);
}

#define exit leave
#include "tools/crontab_options.c"
#undef exit

/* Its other half, crontab_shared.c, would want all of the program. */
int
crontab_end_output(void)
{
	return 0;
}

/* And those of sys: a build with none of what is optional. */
bool
context_built(void)
{
	return false;
}

bool
context_may_act_for_others(void)
{
	return true;
}

void
build_info_print(FILE *to)
{
	(void)to;
}

#define WORDS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct crontab_options *o, uid_t caller)
{
	assert(o->personality != NULL && o->root != NULL);
	assert(o->caller != NULL && o->user != NULL);
	assert(o->user[0] != '\0' && strlen(o->user) <= CRONTAB_NAME_MAX);
	assert(strchr(o->user, '/') == NULL);
	if (o->action == ACTION_INSTALL)
		assert(o->file != NULL);
	/* elevated: he may be nobody else, and nowhere else. */
	if (caller != 0) {
		assert(!o->is_root && !o->for_other);
		assert(o->root[0] == '\0' && o->user_uid == caller);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	static struct crontab_options options;
	char *argv[WORDS_MAX + 2] = {(char[]){"crontab"}};
	char *volatile text = NULL;
	char *at;
	volatile int argc = 1;
	uid_t caller;

	if (size == 0 || size > 4096)
		return 0;
	if (null == NULL) {
		null = fopen("/dev/null", "w");
		assert(null != NULL);
		stderr = stdout = null;
	}
	caller = data[0] % 3; /* root, daemon, bin */
	text = strndup((const char *)data + 1, size - 1);
	assert(text != NULL);
	for (at = strtok(text, "\n"); at != NULL && argc <= WORDS_MAX;
	     at = strtok(NULL, "\n"))
		argv[argc++] = at;
	if (setjmp(ended) == 0) {
		crontab_options_parse(&options, argc, argv, caller, true);
		check(&options, caller);
	}
	crontab_options_clear(&options); /* also what its exit left */
	free(text);
	return 0;
}
