/*
 * The draft and its editor. All of this is the caller's: his directory, his
 * environment (as far as the C library leaves it to a set-id program: TMPDIR,
 * for one, is gone there), his program. The child has put the program's rights
 * down for good, and no descriptor but 0, 1 and 2 reaches it.
 */
#include "tools/crontab_draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/fd.h"

static const int edit_signals[] = {SIGHUP, SIGINT, SIGQUIT};
#define EDIT_SIGNALS (sizeof edit_signals / sizeof *edit_signals)

/* ---- the file ---- */

static int
write_draft(int fd, const char *bytes, size_t len)
{
	const struct timespec times[2] = {{0, 0}, {0, 0}};

	return fchmod(fd, 0600) == 0 && fd_write_whole(fd, bytes, len) == 0 &&
		       futimens(fd, times) == 0
		   ? 0
		   : -1;
}

/* /tmp/crontab.XXXXXX, with Debian a directory that has the file in it. */
static int
open_draft(const struct crontab *c, struct draft *draft)
{
	const char *tmp = secure_getenv("TMPDIR");
	char *name;

	if (tmp == NULL || tmp[0] == '\0')
		tmp = "/tmp";
	if (asprintf(&name, "%s/crontab.XXXXXX", tmp) < 0)
		return -1;
	if (!c->options.personality->debian) {
		draft->path = name;
		return mkostemp(draft->path, O_CLOEXEC);
	}
	draft->dir = name;
	if (mkdtemp(draft->dir) == NULL ||
	    asprintf(&draft->path, "%s/crontab", draft->dir) < 0) {
		draft->path = NULL;
		return -1;
	}
	return open(draft->path,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int
draft_create(const struct crontab *c, struct draft *draft, const char *bytes,
    size_t len)
{
	int fd;

	draft->dir = draft->path = NULL;
	fd = open_draft(c, draft);
	if (fd >= 0 && write_draft(fd, bytes, len) == 0 && close(fd) == 0)
		return 0;
	crontab_complain(draft->path != NULL  ? draft->path
			 : draft->dir != NULL ? draft->dir
					      : "crontab");
	if (c->options.personality->debian)
		(void)fputs("Creation of temporary crontab file failed - "
			    "aborting\n",
		    stderr);
	if (fd >= 0)
		draft_remove(draft, false);
	else
		draft_clear(draft);
	return -1;
}

/* Only files, and only in a directory that is still our own: somebody else may
 * write to where TMPDIR leads. */
static void
empty_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = NULL;
	struct dirent *item;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid())
		dir = fdopendir(fd);
	if (dir == NULL) {
		fd_close(&fd);
		return;
	}
	while ((item = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), item->d_name, 0);
	closedir(dir);
}

void
draft_remove(struct draft *draft, bool all)
{
	if (draft->path != NULL)
		(void)unlink(draft->path);
	if (draft->dir != NULL && all)
		empty_dir(draft->dir);
	/* Else a copy that the editor made there stays, with the directory. */
	if (draft->dir != NULL)
		(void)rmdir(draft->dir);
	draft_clear(draft);
}

void
draft_clear(struct draft *draft)
{
	free(draft->dir);
	free(draft->path);
	draft->dir = draft->path = NULL;
}

static enum draft_verdict
broken(const char *why)
{
	(void)fprintf(stderr, "%s\n", why);
	return DRAFT_BROKEN;
}

/* The editor may have put another file there, even a link; that is not
 * followed, and not touched. */
static enum draft_verdict
judge_draft(const struct crontab *c, const struct draft *draft, int fd)
{
	bool debian = c->options.personality->debian;
	const char *irregular =
	    debian ? "The temporary crontab must remain a regular file"
		   : "crontab: illegal crontab";
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return broken(irregular);
	if (fd < 0 || fstat(fd, &st) != 0) {
		crontab_complain(draft->path);
		return errno == ENOENT ? DRAFT_BROKEN : DRAFT_UNREAD;
	}
	if (!S_ISREG(st.st_mode))
		return broken(irregular);
	if (debian && st.st_uid != c->privilege.real_uid)
		return broken("Temporary crontab no longer owned by you.");
	return st.st_mtim.tv_sec == 0 && st.st_mtim.tv_nsec == 0
		   ? DRAFT_UNCHANGED
		   : DRAFT_CHANGED;
}

enum draft_verdict
draft_read(const struct crontab *c, const struct draft *draft, char **bytes,
    size_t *len)
{
	int fd = open(draft->path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	enum draft_verdict verdict = judge_draft(c, draft, fd);

	*bytes = NULL;
	if (verdict == DRAFT_CHANGED) {
		*bytes = crontab_read(fd, len);
		if (*bytes == NULL) {
			crontab_complain(draft->path);
			verdict = DRAFT_UNREAD;
		}
	}
	fd_close(&fd);
	return verdict;
}

/* ---- the editor ---- */

static const char *
editor_of(const struct crontab *c)
{
	static const char *const names[] = {"VISUAL", "EDITOR"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return c->options.personality->editor;
}

/* Does it take "+N" before the name of a file? Known by its first word. */
static bool
takes_line(const char *editor)
{
	static const char *const names[] = {"vi", "vim", "nvim", "view",
	    "vim.basic", "vim.tiny", "nvi", "elvis", "nano", "rnano", "pico",
	    "emacs", "emacsclient", "mg", "jed", "joe", "jmacs", "jpico",
	    "jstar", "ne", "zile", "mcedit", "micro", "kak", "editor",
	    "sensible-editor"};
	size_t len = strcspn(editor, " \t"), i, word;

	for (i = len; i > 0 && editor[i - 1] != '/'; i--)
		continue;
	editor += i;
	len -= i;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		word = strlen(names[i]);
		if (word == len && memcmp(names[i], editor, len) == 0)
			return true;
	}
	return false;
}

static void run_editor(const struct crontab *, const char *editor,
    const char *command, const struct sigaction *kept)
    __attribute__((noreturn));

static void
run_editor(const struct crontab *c, const char *editor, const char *command,
    const struct sigaction *kept)
{
	const char *dir = c->options.personality->edit_dir;

	if (privilege_forget(&c->privilege) != 0) {
		crontab_complain("setuid(getuid())");
		_exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < EDIT_SIGNALS; i++)
		(void)sigaction(edit_signals[i], &kept[i], NULL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (dir != NULL && chdir(dir) != 0) {
		crontab_complain("chdir(/tmp)");
		_exit(EXIT_FAILURE);
	}
	execl("/bin/sh", "/bin/sh", "-c", command, (char *)NULL);
	crontab_complain(editor);
	_exit(EXIT_FAILURE);
}

/* How it ended: 0, or -1 when that means that nothing is to be installed. */
static int
wait_for_editor(pid_t pid, const char *editor)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		(void)fprintf(stderr,
		    "crontab: waitpid() failed waiting for PID %d from \"%s\": "
		    "%s\n",
		    (int)pid, editor, strerror(errno));
		return -1;
	}
	if (WIFSIGNALED(status))
		(void)fprintf(stderr,
		    "crontab: \"%s\" killed; signal %d (%score dumped)\n",
		    editor, WTERMSIG(status), WCOREDUMP(status) ? "" : "no ");
	else if (WEXITSTATUS(status) != 0)
		(void)fprintf(stderr, "crontab: \"%s\" exited with status %d\n",
		    editor, WEXITSTATUS(status));
	return status == 0 ? 0 : -1;
}

int
draft_edit(const struct crontab *c, const struct draft *draft, unsigned line)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, kept[EDIT_SIGNALS];
	const char *editor = editor_of(c);
	char *command, at[32] = "";
	int status = -1;
	pid_t pid;

	if (line > 0 && takes_line(editor))
		(void)snprintf(at, sizeof at, "+%u ", line);
	if (asprintf(&command, "%s %s%s", editor, at, draft->path) < 0) {
		crontab_complain(editor);
		return -1;
	}
	/* What is typed at the editor is not for us. */
	for (size_t i = 0; i < EDIT_SIGNALS; i++)
		(void)sigaction(edit_signals[i], &ignore, &kept[i]);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_editor(c, editor, command, kept);
	if (pid < 0)
		crontab_complain("fork");
	else
		status = wait_for_editor(pid, editor);
	for (size_t i = 0; i < EDIT_SIGNALS; i++)
		(void)sigaction(edit_signals[i], &kept[i], NULL);
	free(command);
	return status;
}
