/*
 * Letters shown: of each user in turn, oldest first. Reads what a collector may
 * be writing: a label that makes no sense is looked at again. Nothing that
 * users wrote reaches the terminal but through sys/fault_print.h.
 */
#include "tools/crond_letters.h"

#include <dirent.h>
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

/* The outboxes of all users, in one directory. */
struct boxes {
	struct outbox **list;
	size_t count;
};

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

/* Boxes */

static void
boxes_clear(struct boxes *boxes)
{
	size_t i;

	for (i = 0; i < boxes->count; i++)
		outbox_close(boxes->list[i]);
	free(boxes->list);
	*boxes = (struct boxes){NULL, 0};
}

static int
by_uid(const void *a, const void *b)
{
	const struct outbox *const *left = a, *const *right = b;
	const char *one = strrchr(outbox_path(*left), '/') + 1;
	const char *other = strrchr(outbox_path(*right), '/') + 1;

	if (strlen(one) != strlen(other))
		return strlen(one) < strlen(other) ? -1 : 1;
	return strcmp(one, other);
}

static int
add_box(struct boxes *boxes, const char *dir, const char *name)
{
	struct outbox **more;
	char *path;

	more = reallocarray(boxes->list, boxes->count + 1,
	    sizeof(struct outbox *));
	if (more == NULL || asprintf(&path, "%s/%s", dir, name) < 0)
		return -1;
	boxes->list = more;
	more[boxes->count] = outbox_open(path);
	free(path);
	if (more[boxes->count] == NULL)
		return -1;
	/* One that has gone meanwhile. */
	if (outbox_look(more[boxes->count]) != 0) {
		outbox_close(more[boxes->count]);
		return errno == ENOMEM ? -1 : 0;
	}
	boxes->count++;
	return 0;
}

/* Those below that directory. -1 with errno. */
static int
boxes_open(struct boxes *boxes, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int result = 0;

	*boxes = (struct boxes){NULL, 0};
	if (dir == NULL)
		return -1;
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name))
			result = add_box(boxes, path, entry->d_name);
	(void)closedir(dir);
	if (result != 0) {
		boxes_clear(boxes);
		errno = ENOMEM;
	} else if (boxes->count > 0) {
		qsort(boxes->list, boxes->count, sizeof(struct outbox *),
		    by_uid);
	}
	return result;
}

/* How many letters there are; -1 with errno. */
static ssize_t
boxes_letters(const struct boxes *boxes)
{
	struct outbox_names names;
	size_t count = 0, i;

	for (i = 0; i < boxes->count; i++) {
		if (outbox_list(boxes->list[i], &names) != 0)
			return -1;
		count += names.count;
		outbox_names_clear(&names);
	}
	return (ssize_t)count;
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
all_rows(const struct boxes *boxes, bool sent, struct widths *w, bool print)
{
	struct outbox_names names;
	int status = EXIT_SUCCESS;
	size_t i;

	for (i = 0; i < boxes->count; i++) {
		if (outbox_list(boxes->list[i], &names) != 0) {
			perror(outbox_path(boxes->list[i]));
			status = EXIT_FAILURE;
			continue;
		}
		if (each_row(boxes->list[i], &names, sent, w, print) !=
		    EXIT_SUCCESS)
			status = EXIT_FAILURE;
		outbox_names_clear(&names);
	}
	return status;
}

static int
list(const struct boxes *boxes, bool sent)
{
	static const struct row waiting = {"ID", "WHEN", "USER", "COMMAND",
	    "BYTES", "TRIES", "NEXT", "WHY"};
	static const struct row kept = {"ID", "WHEN", "USER", "COMMAND",
	    "BYTES", "STATUS", "SENT", ""};
	const struct row *head = sent ? &kept : &waiting;
	struct widths w = {0};

	if (boxes_letters(boxes) == 0) {
		(void)printf("%s\n",
		    sent ? "no letters are kept as sent" : "no letters wait");
		return EXIT_SUCCESS;
	}
	widen(&w, head);
	(void)all_rows(boxes, sent, &w, false);
	print_row(&w, head);
	return all_rows(boxes, sent, &w, true);
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
open_named(const struct boxes *boxes, const char *name, struct letter *letter)
{
	size_t i;

	errno = ENOENT;
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return -1;
	for (i = 0; i < boxes->count; i++)
		if (open_letter(boxes->list[i], name, letter) == 0)
			return 0;
		else if (errno != ENOENT)
			return -1;
	errno = ENOENT;
	return -1;
}

static int
print_named(const struct boxes *boxes, const char *name)
{
	struct letter letter;
	int result;

	if (open_named(boxes, name, &letter) != 0) {
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
	const char *dir = o->sent ? paths->sent_dir : paths->outbox_dir;
	int status = EXIT_SUCCESS;
	struct boxes boxes;
	char *const *name;

	if (boxes_open(&boxes, dir) != 0 &&
	    (errno != ENOENT || o->operands[0] != NULL)) {
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    dir, strerror(errno));
		status = EXIT_FAILURE;
	} else if (o->operands[0] == NULL) {
		status = list(&boxes, o->sent);
	} else {
		for (name = o->operands; *name != NULL; name++)
			if (print_named(&boxes, *name) != 0)
				status = EXIT_FAILURE;
	}
	boxes_clear(&boxes);
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

static int
flush(const struct crond_options *o, const struct paths *paths)
{
	struct outbox *box = outbox_open(paths->outbox_dir);
	int status = EXIT_FAILURE;

	if (box == NULL || outbox_look(box) != 0 || outbox_mark(box) != 0)
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    paths->outbox_dir, strerror(errno));
	else
		status = tell_daemon(o, paths, box);
	outbox_close(box);
	return status;
}

int
crond_letters_flush(const struct crond_options *o, const struct paths *paths)
{
	int status = EXIT_FAILURE;
	struct boxes boxes;

	if (boxes_open(&boxes, paths->outbox_dir) != 0 && errno != ENOENT) {
		(void)fprintf(stderr, "%s: %s: %s\n", o->personality->daemon,
		    paths->outbox_dir, strerror(errno));
	} else if (boxes_letters(&boxes) == 0) {
		(void)printf("no letters wait\n");
		status = EXIT_SUCCESS;
	} else {
		status = flush(o, paths);
	}
	boxes_clear(&boxes);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
