/*
 * For LD_PRELOAD, in tests: a daemon's processes that do not become what they
 * are to be. A shell that is to echo something does so, any other one and a
 * mailer do nothing; each ends at once with 0, after one byte more in the file
 * that NO_EXEC names. What the daemon does for a run stays as it is.
 *
 * The child of a vfork may call only what leaves its parent alone: here all are
 * system calls.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *counted;

__attribute__((constructor)) static void
look(void)
{
	counted = getenv("NO_EXEC");
}

static void
put(int fd, const char *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		_exit(1);
}

/* Each session has its own share of the processor, where Linux groups them so:
 * beside much else the daemon would wait for its children's turn. */
pid_t
setsid(void)
{
	return getpid();
}

int
execve(const char *path, char *const argv[], char *const env[])
{
	static const char echo[] = "echo ";
	const char *name = strrchr(path, '/');
	bool shell = name != NULL && strcmp(name, "/sh") == 0;
	const char *command = shell && argv[1] != NULL ? argv[2] : NULL;
	int fd;

	(void)env;
	if (command != NULL && strncmp(command, echo, sizeof echo - 1) == 0) {
		command += sizeof echo - 1;
		put(1, command, strlen(command));
		put(1, "\n", 1);
	}
	fd = open(counted, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		_exit(1);
	put(fd, shell ? "j" : "m", 1);
	_exit(0);
}
