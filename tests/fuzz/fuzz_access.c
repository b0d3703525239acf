/*
 * libFuzzer: any bytes as cron.allow. A user is listed if, and only if, a line
 * is exactly his name.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/users/access.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
is_listed(const uint8_t *bytes, size_t size, const char *name)
{
	size_t len = strlen(name), begin = 0, i;

	for (i = 0; i < size; i++) {
		if (bytes[i] != '\n')
			continue;
		if (i - begin == len && memcmp(bytes + begin, name, len) == 0)
			return true;
		begin = i + 1;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const users[] = {"joe", "a", "ro ot"};
	const struct personality *p = personality_find("redhat");
	int fd = memfd_create("allow", MFD_CLOEXEC);
	const char *unreadable;
	char path[64];
	size_t i;

	assert(fd >= 0);
	assert(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof users / sizeof *users; i++) {
		const struct access_lists lists = {path, "/nonexistent"};

		assert(access_allowed(p, &lists, users[i], &unreadable) ==
		       is_listed(data, size, users[i]));
		assert(unreadable == NULL);
	}
	close(fd);
	return 0;
}
