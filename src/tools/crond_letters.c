/*
 * Letters shown. Reads what the daemon may be writing: a label that makes no
 * sense is looked at again. Nothing that users wrote reaches the terminal but
 * through sys/fault_print.h.
 */
#include "tools/crond_letters.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/backoff.h"
#include "core/duration.h"
#include "core/printable.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/letter_file.h"
#include "sys/files/lock.h"
#include "sys/files/outbox.h"
#include "sys/fault_print.h"

#define LOOKS         3
#define PAUSE_NS      20000000
#define ANSWER_LOOKS  500 /* of PAUSE_NS: 10 s */
#define COMMAND_WIDTH 30
#define CHUNK         4096

struct row { /* all of it printable */
	char id[80], when[24], user[40], command[96], bytes[24];
	char tries[16], next[24], why[4 * LETTER_META_WHY_MAX + 64];
};

struct letter {
	struct letter_meta label;
	struct stat st;
	uint64_t size;
	int fd;
};

static void
pause_shortly(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};

	(void)nanosleep(&pause, NULL);
}

/* 0, or -1 with errno 0 (it is no letter) or what open said. */
static int
open_letter(struct outbox *box, const char *name, struct letter *l)
{
	enum letter_meta_verdict verdict = LETTER_META_BROKEN;
	int i;

	l->fd = outbox_reader(box, name);
	if (l->fd < 0 || fstat(l->fd, &l->st) != 0) {
		fd_close(&l->fd);
		return -1;
	}
	for (i = 0; i < LOOKS && verdict == LETTER_META_BROKEN; i++) {
		if (i > 0)
			pause_shortly();
		verdict = letter_file_read(l->fd, &l->label, &l->size);
	}
	if (verdict == LETTER_META_GOOD)
		return 0;
	fd_close(&l->fd);
	errno = 0;
	return -1;
}

static void
letter_close(struct letter *l)
{
	run_record_unref(l->label.record);
	fd_close(&l->fd);
}

/* The list */

/* Printable, and with dots where it is longer than width. */
static void
put_short(char *out, size_t size, const char *text, size_t width)
{
	char safe[1024];

	printable(safe, sizeof safe, text, strnlen(text, sizeof safe / 4));
	if (strlen(safe) <= width)
		snprintf(out, size, "%s", safe);
	else
		snprintf(out, size, "%.*s...", (int)(width - 3), safe);
}

static void
put_status(char *out, size_t size, const struct run_record *record)
{
	if (!record->ended || !record->status_known)
		snprintf(out, size, "unknown");
	else if (WIFSIGNALED(record->status))
		snprintf(out, size, "signal %d", WTERMSIG(record->status));
	else
		snprintf(out, size, "exit %d", WEXITSTATUS(record->status));
}

static void
put_next(char *out, size_t size, const struct letter_meta *label)
{
	uint64_t secs =
	    backoff_passed(clock_wall_ns() / 1000000000, label->tries.next_at);
	char length[32];

	if (!label->record->ended)
		snprintf(out, size, "-");
	else if (label->tries.count == 0 || secs == 0)
		snprintf(out, size, "now");
	else
		snprintf(out, size, "in %s",
		    duration_show(length, sizeof length, secs));
}

static void
put_why(char *out, size_t size, const struct letter_meta *label)
{
	const struct letter_tries *tries = &label->tries;
	const char *why = label->why;

	if (!label->record->ended)
		why = "its run goes on, or was cut off";
	else if (tries->count == 0)
		why = "on its way";
	printable_string(out, size, why);
}

static void
fill_row(struct row *row, const char *name, const struct letter *l, bool sent)
{
	const struct run_record *record = l->label.record;

	put_short(row->id, sizeof row->id, name, sizeof row->id - 1);
	clock_show(row->when, sizeof row->when, CLOCK_SHORT,
	    run_record_began_at(record));
	put_short(row->user, sizeof row->user, record->user,
	    sizeof row->user - 1);
	put_short(row->command, sizeof row->command, record->command,
	    COMMAND_WIDTH);
	snprintf(row->bytes, sizeof row->bytes, "%llu",
	    (unsigned long long)(l->size - l->label.body_at - l->label.first));
	if (sent) {
		put_status(row->tries, sizeof row->tries, record);
		clock_show(row->next, sizeof row->next, CLOCK_SHORT,
		    (int64_t)l->st.st_mtim.tv_sec);
		return;
	}
	snprintf(row->tries, sizeof row->tries, "%lu",
	    (unsigned long)l->label.tries.count);
	put_next(row->next, sizeof row->next, &l->label);
	put_why(row->why, sizeof row->why, &l->label);
}

struct widths {
	int id, user, command, bytes, tries, next;
};

static int
wider(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

static void
widen(struct widths *w, const struct row *row)
{
	w->id = wider(w->id, row->id);
	w->user = wider(w->user, row->user);
	w->command = wider(w->command, row->command);
	w->bytes = wider(w->bytes, row->bytes);
	w->tries = wider(w->tries, row->tries);
	w->next = wider(w->next, row->next);
}

static void
print_row(const struct widths *w, const struct row *row)
{
	(void)printf("%-16s  %-*s  %-*s  %*s  %*s  %-*s  %-*s%s%s\n", row->when,
	    w->user, row->user, w->command, row->command, w->bytes, row->bytes,
	    w->tries, row->tries, w->next, row->next, w->id, row->id,
	    row->why[0] != '\0' ? "  " : "", row->why);
}

/* Two ways through the directory, so that there need be no table in memory. */
static int
each_row(struct outbox *box, const struct outbox_names *names, bool sent,
    struct widths *w, bool print)
{
	struct letter letter;
	struct row row;
	int status = EXIT_SUCCESS;
	size_t i;

	for (i = 0; i < names->count; i++) {
		memset(&row, 0, sizeof row);
		if (open_letter(box, names->list[i], &letter) != 0) {
			if (errno == ENOENT)
				continue; /* on its way in the meantime */
			status = EXIT_FAILURE;
			if (print) {
				fault_print_text(stdout, names->list[i]);
				(void)printf(": %s\n",
				    errno == 0 ? "no letter" : strerror(errno));
			}
			continue;
		}
		fill_row(&row, names->list[i], &letter, sent);
		letter_close(&letter);
		if (print)
			print_row(w, &row);
		else
			widen(w, &row);
	}
	return status;
}

static int
list(struct outbox *box, bool sent)
{
	static const struct row waiting = {"ID", "WHEN", "USER", "COMMAND",
	    "BYTES", "TRIES", "NEXT", "WHY"};
	static const struct row kept = {"ID", "WHEN", "USER", "COMMAND",
	    "BYTES", "STATUS", "SENT", ""};
	const struct row *head = sent ? &kept : &waiting;
	struct outbox_names names;
	struct widths w = {0};
	int status;

	if (outbox_list(box, &names) != 0) {
		perror(outbox_path(box));
		return EXIT_FAILURE;
	}
	if (names.count == 0) {
		(void)printf("%s\n",
		    sent ? "no letters are kept as sent" : "no letters wait");
		return EXIT_SUCCESS;
	}
	widen(&w, head);
	(void)each_row(box, &names, sent, &w, false);
	print_row(&w, head);
	status = each_row(box, &names, sent, &w, true);
	outbox_names_clear(&names);
	return status;
}

/* One letter */

static int
print_part(int fd, uint64_t at, uint64_t end)
{
	char bytes[CHUNK];
	ssize_t n;

	while (at < end) {
		n = pread(fd, bytes,
		    end - at < sizeof bytes ? (size_t)(end - at) : sizeof bytes,
		    (off_t)at);
		if (n <= 0)
			return n < 0 ? -1 : 0;
		fault_print_lines(stdout, bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

static int
print_letter(const struct letter *l)
{
	const struct letter_meta *label = &l->label;
	uint64_t body_at = label->body_at + label->first;
	uint64_t from = label->headers_at > 0 ? label->headers_at : body_at;

	/* Headers of a stream stand before what it took. */
	if (label->first == 0 || from >= label->body_at)
		return print_part(l->fd, from, l->size);
	if (print_part(l->fd, from, label->body_at) != 0)
		return -1;
	(void)printf("[%llu bytes are not kept any more]\n",
	    (unsigned long long)label->first);
	return print_part(l->fd, body_at, l->size);
}

static int
print_named(struct outbox *box, const char *name)
{
	struct letter letter;
	int result = -1;

	errno = ENOENT;
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
	    open_letter(box, name, &letter) != 0) {
		fault_print_text(stderr, name);
		(void)fprintf(stderr, ": %s\n",
		    errno == 0 ? "no letter" : strerror(errno));
		return -1;
	}
	result = print_letter(&letter);
	letter_close(&letter);
	return result;
}

int
crond_letters_show(const struct crond_options *o, const struct paths *paths)
{
	struct outbox *box =
	    outbox_open(o->sent ? paths->sent_dir : paths->outbox_dir);
	int status = EXIT_SUCCESS;
	char *const *name;

	if (box == NULL) {
		perror(o->personality->daemon);
		return EXIT_FAILURE;
	}
	if (outbox_look(box) != 0 &&
	    (errno != ENOENT || o->operands[0] != NULL)) {
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    outbox_path(box), strerror(errno));
		status = EXIT_FAILURE;
	} else if (o->operands[0] == NULL) {
		status = list(box, o->sent);
	} else {
		for (name = o->operands; *name != NULL; name++)
			if (print_named(box, *name) != 0)
				status = EXIT_FAILURE;
	}
	outbox_close(box);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}

/* Flush */

/* Does it take the mark? */
static bool
is_answered(struct outbox *box)
{
	int i;

	for (i = 0; i < ANSWER_LOOKS; i++) {
		if (!outbox_marked(box))
			return true;
		pause_shortly();
	}
	return false;
}

static int
tell_daemon(const struct crond_options *o, const struct paths *paths,
    struct outbox *box)
{
	const char *daemon = o->personality->daemon;
	pid_t pid = lock_holder(paths->pid_file);

	if (pid == 0 || kill(pid, SIGHUP) != 0) {
		(void)fprintf(stderr,
		    "%s: no daemon runs that could try them; the next one will "
		    "do it when it starts\n",
		    daemon);
		return EXIT_FAILURE;
	}
	if (is_answered(box)) {
		(void)printf("all letters are tried now\n");
		return EXIT_SUCCESS;
	}
	(void)fprintf(stderr,
	    "%s: process %ld, which holds %s, does not answer\n", daemon,
	    (long)pid, paths->pid_file);
	return EXIT_FAILURE;
}

int
crond_letters_flush(const struct crond_options *o, const struct paths *paths)
{
	struct outbox *box = outbox_open(paths->outbox_dir);
	struct outbox_names names = {0};
	int status = EXIT_FAILURE;

	if (box == NULL) {
		perror(o->personality->daemon);
		return EXIT_FAILURE;
	}
	if (outbox_look(box) != 0 && errno != ENOENT) {
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    outbox_path(box), strerror(errno));
	} else if (outbox_look(box) != 0 ||
		   (outbox_list(box, &names) == 0 && names.count == 0)) {
		(void)printf("no letters wait\n");
		status = EXIT_SUCCESS;
	} else if (outbox_mark(box) != 0) {
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    outbox_path(box), strerror(errno));
	} else {
		status = tell_daemon(o, paths, box);
	}
	outbox_names_clear(&names);
	outbox_close(box);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
