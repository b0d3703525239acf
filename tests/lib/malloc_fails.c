/*
 * For LD_PRELOAD, in tests: while the file that MALLOC_FAILS names is there,
 * every third call of malloc, calloc and realloc says ENOMEM.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static bool
fails(void)
{
	static const char *path;
	static bool looked;
	static unsigned turn;
	int saved = errno;
	bool there;

	if (!looked) {
		looked = true;
		path = getenv("MALLOC_FAILS");
	}
	if (path == NULL)
		return false;
	there = syscall(SYS_access, path, 0) == 0;
	errno = saved;
	if (!there || ++turn % 3 != 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *at, size_t size)
{
	return size != 0 && fails() ? NULL : __libc_realloc(at, size);
}
