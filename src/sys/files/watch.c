/*
 * inotify, thin. The descriptor is non-blocking, so watch_read takes what is
 * there and returns; the callback may change watches, for no event that was
 * read is kept over a call.
 */
#include "sys/files/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watch {
	int fd;
};

struct watch *
watch_open(void)
{
	struct watch *w = malloc(sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		int saved = errno;

		free(w);
		errno = saved;
		return NULL;
	}
	return w;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	close(w->fd);
	free(w);
}

int
watch_fd(const struct watch *w)
{
	return w->fd;
}

int
watch_add(struct watch *w, const char *path, uint32_t mask)
{
	return inotify_add_watch(w->fd, path, mask | IN_ONLYDIR);
}

void
watch_remove(struct watch *w, int id)
{
	int saved = errno;

	(void)inotify_rm_watch(w->fd, id);
	errno = saved;
}

static void
hand_out(const char *bytes, size_t len, watch_cb cb, void *context)
{
	size_t at = 0;

	while (len - at >= sizeof(struct inotify_event)) {
		struct inotify_event event;

		memcpy(&event, bytes + at, sizeof(event));
		at += sizeof(event);
		cb(context, (event.mask & IN_Q_OVERFLOW) ? -1 : event.wd,
		    event.mask, event.len > 0 ? bytes + at : "");
		at += event.len;
	}
}

int
watch_read(struct watch *w, watch_cb cb, void *context)
{
	char buffer[4096];

	for (;;) {
		ssize_t n = read(w->fd, buffer, sizeof(buffer));

		if (n > 0)
			hand_out(buffer, (size_t)n, cb, context);
		else if (n < 0 && errno == EAGAIN)
			return 0;
		else if (n == 0 || errno != EINTR)
			return -1;
	}
}
