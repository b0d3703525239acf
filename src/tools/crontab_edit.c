/*
 * Editing. What an edit leaves is installed only if the table is still the one
 * that was edited; an edit that can't be installed is kept, and its place told.
 */
#include "tools/crontab_edit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/crontab_draft.h"
#include "tools/crontab_install.h"
#include "tools/crontab_spool.h"

/* Debian's first help to who has no table. */
static const char help_text[] =
    "# Edit this file to introduce tasks to be run by cron.\n"
    "# \n"
    "# Each task to run has to be defined through a single line\n"
    "# indicating with different fields when the task will be run\n"
    "# and what command to run for the task\n"
    "# \n"
    "# To define the time you can provide concrete values for\n"
    "# minute (m), hour (h), day of month (dom), month (mon),\n"
    "# and day of week (dow) or use '*' in these fields (for 'any').\n"
    "# \n"
    "# Notice that tasks will be started based on the cron's system\n"
    "# daemon's notion of time and timezones.\n"
    "# \n"
    "# Output of the crontab jobs (including errors) is sent through\n"
    "# email to the user the crontab file belongs to (unless redirected).\n"
    "# \n"
    "# For example, you can run a backup of all your user accounts\n"
    "# at 5 a.m every week with:\n"
    "# 0 5 * * 1 tar -zcf /var/backups/home.tgz /home/\n"
    "# \n"
    "# For more information see the manual pages of crontab(5) and cron(8)\n"
    "# \n"
    "# m h  dom mon dow   command\n";

/* What comes of an edit. */
enum edit_end {
	EDIT_DONE,   /* installed, or unchanged: the draft can go */
	EDIT_AGAIN,  /* *line is faulty */
	EDIT_KEPT,   /* the user gave it up; it stays */
	EDIT_FAILED, /* likewise, by no will of his */
	EDIT_BROKEN, /* there is nothing to keep */
};

/* A signal at the question is a "no" too: else nobody would be told where his
 * edit is. It only ends the read that waits. */
static const int no_signals[] = {SIGHUP, SIGINT, SIGQUIT};
#define NO_SIGNALS (sizeof no_signals / sizeof *no_signals)

static void
on_signal(int signum)
{
	(void)signum;
}

static void
hear_signals(struct sigaction *kept)
{
	const struct sigaction heard = {.sa_handler = on_signal};

	for (size_t i = 0; i < NO_SIGNALS; i++) {
		(void)sigaction(no_signals[i], NULL, &kept[i]);
		if (kept[i].sa_handler != SIG_IGN)
			(void)sigaction(no_signals[i], &heard, NULL);
	}
}

static void
mind_signals(const struct sigaction *kept)
{
	for (size_t i = 0; i < NO_SIGNALS; i++)
		(void)sigaction(no_signals[i], &kept[i], NULL);
}

static bool
ask_until_known(const struct crontab *c)
{
	for (int asked = 0; asked < CRONTAB_QUESTIONS; asked++) {
		(void)printf("Do you want to retry the same edit? (%s) ",
		    c->options.personality->debian ? "y/n" : "Y/N");
		(void)fflush(stdout);
		switch (crontab_answer()) {
		case 'y':
			return true;
		case 'n':
			return false;
		default:
			(void)fputs("Enter Y or N\n", stderr);
		}
	}
	return false;
}

static bool
ask_again(const struct crontab *c)
{
	struct sigaction kept[NO_SIGNALS];
	bool again;

	hear_signals(kept);
	again = ask_until_known(c);
	mind_signals(kept);
	return again;
}

static enum edit_end
install_draft(const struct crontab *c, const struct draft *draft,
    const struct stored *original, unsigned *line)
{
	enum crontab_outcome outcome;
	char *bytes;
	size_t len;

	switch (draft_read(c, draft, &bytes, &len)) {
	case DRAFT_CHANGED:
		break;
	case DRAFT_UNCHANGED:
		(void)fputs(c->options.personality->debian
				? "No modification made\n"
				: "crontab: no changes made to crontab\n",
		    stderr);
		return EDIT_DONE;
	case DRAFT_UNREAD:
		return EDIT_FAILED;
	default:
		if (c->options.personality->debian)
			(void)fputs("Error while editing crontab\n", stderr);
		return EDIT_BROKEN;
	}
	(void)fputs("crontab: installing new crontab\n", stderr);
	outcome = install_table(c, draft->path, bytes, len, original, line);
	free(bytes);
	if (outcome == OUTCOME_DONE)
		return EDIT_DONE;
	if (outcome != OUTCOME_FAULTY)
		return EDIT_FAILED;
	return ask_again(c) ? EDIT_AGAIN : EDIT_KEPT;
}

/* The draft is there. The exit status. */
static int
edit_draft(const struct crontab *c, struct draft *draft,
    const struct stored *original)
{
	enum edit_end end;
	unsigned line = 0;

	do {
		if (draft_edit(c, draft, line) != 0) {
			draft_remove(draft, false);
			return EXIT_FAILURE;
		}
		end = install_draft(c, draft, original, &line);
	} while (end == EDIT_AGAIN);
	if (end == EDIT_KEPT || end == EDIT_FAILED)
		(void)fprintf(stderr, "crontab: edits left in %s\n",
		    draft->path);
	else
		draft_remove(draft, end == EDIT_DONE);
	crontab_log(c, "END EDIT");
	return end == EDIT_DONE || end == EDIT_KEPT ? EXIT_SUCCESS
						    : EXIT_FAILURE;
}

int
edit_table(const struct crontab *c)
{
	struct stored original;
	struct draft draft;
	const char *bytes = "";
	char *text;
	size_t len = 0, header;
	int status = EXIT_FAILURE;

	crontab_log(c, "BEGIN EDIT");
	if (stored_read(c, &original) != 0)
		return EXIT_FAILURE;
	if (original.exists) {
		header = stored_header_len(c, original.bytes, original.len);
		bytes = original.bytes + header;
		len = original.len - header;
	} else {
		(void)fprintf(stderr,
		    "no crontab for %s - using an empty one\n",
		    c->options.user);
		if (c->options.personality->debian) {
			bytes = help_text;
			len = sizeof help_text - 1;
		}
	}
	text = crontab_begin(c, bytes, &len);
	if (text == NULL) {
		crontab_complain("crontab");
	} else if (draft_create(c, &draft, text, len) == 0) {
		status = edit_draft(c, &draft, &original);
		draft_clear(&draft);
	}
	free(text);
	stored_clear(&original);
	return status;
}
