/*
 * To crond: one connection at a time. A new crond connects to our socket; what
 * the old one has sent is read to its end before the new one is served.
 *
 * A message with a FIFO is received only where there is a descriptor to spare:
 * one that does not fit is dropped by the kernel, here, with its lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/mail_users.h"
#include "collector/hub.h"
#include "collector/job_log.h"
#include "core/escaped.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/mkdirs.h"
#include "sys/seqpacket.h"

#define SOCKET       "socket"
#define LOCK         "lock"
#define MESSAGES_MAX 64 /* in one go */
#define RETRY_NS     ((int64_t)1000000000)
#define OVERS_MAX    1000

static void lost(struct hub *);

/* Without a crond */

static void
log_line(struct hub *h, struct talk_item *item)
{
	const struct personality *p = h->collector.personality;
	const struct log_target target = {.socket = h->options.log_socket,
	    .ident = p->daemon};
	struct collector_message m;
	struct log_job job;

	if (h->options.log_socket == NULL ||
	    !collector_message_read(&m, item->bytes, item->len))
		return;
	if (h->log == NULL)
		h->log = log_open(&target);
	if (h->log == NULL)
		return;
	job = (struct log_job){.ident = m.pid > 0 ? p->job_ident : p->daemon,
	    .pid = m.pid > 0 ? m.pid : getpid(),
	    .gone = true};
	if (m.who != NULL && m.event != NULL &&
	    strncmp(m.event, "CMDOUT", strlen("CMDOUT")) == 0)
		log_output(h->log, &job, m.who, m.text,
		    escaped_read((char *)(uintptr_t)m.text),
		    strcmp(m.event, "CMDOUT+") == 0);
	else
		log_event_as(h->log, &job, m.priority, m.who, m.event, 0, "%s",
		    m.text);
}

bool
link_logs(const struct hub *h)
{
	return h->log != NULL && log_waits(h->log);
}

/* The item is gone, one way or the other. */
static void
done_with(struct hub *h, struct talk_item *item)
{
	if (item->kind == TALK_LINE)
		talk_line_gone(h->collector.talk);
	free(item);
}

/* What a crond was sent it may not have read before it went: the next one hears
 * the ends again. The runs' files say it too. */
static void
keep_over(struct hub *h, struct talk_item *item)
{
	TAILQ_INSERT_TAIL(&h->overs, item, link);
	if (h->over_count < OVERS_MAX) {
		h->over_count++;
		return;
	}
	item = TAILQ_FIRST(&h->overs);
	TAILQ_REMOVE(&h->overs, item, link);
	free(item);
}

/* Keeps what the next crond is to hear. Items are in h->out. */
static void
send_nobody(struct hub *h)
{
	struct talk_item *item;

	while ((item = TAILQ_FIRST(&h->out)) != NULL) {
		if (item->kind == TALK_LINE && h->log != NULL &&
		    log_is_behind(h->log))
			return;
		TAILQ_REMOVE(&h->out, item, link);
		if (item->kind == TALK_OVER) {
			keep_over(h, item);
			continue;
		}
		if (item->kind == TALK_LINE)
			log_line(h, item);
		done_with(h, item);
	}
}

/* Sending */

/* What epoll is to tell of. Without a descriptor to spare nothing is read. */
static void
watch(struct hub *h)
{
	struct epoll_event event = {.events = h->deaf ? 0 : EPOLLIN,
	    .data.ptr = &h->listener};

	if (h->listener >= 0)
		(void)epoll_ctl(h->epoll, EPOLL_CTL_MOD, h->listener, &event);
	event.data.ptr = &h->crond;
	if (h->sending)
		event.events |= EPOLLOUT;
	if (h->crond >= 0)
		(void)epoll_ctl(h->epoll, EPOLL_CTL_MOD, h->crond, &event);
}

static void
set_sending(struct hub *h, bool sending)
{
	if (sending == h->sending)
		return;
	h->sending = sending;
	watch(h);
}

static void
go_deaf(struct hub *h)
{
	h->deaf = true;
	h->retry_ns = clock_mono_ns() + RETRY_NS;
	watch(h);
}

void
link_listen_again(struct hub *h)
{
	if (!h->deaf)
		return;
	h->deaf = false;
	watch(h);
}

static void
send_some(struct hub *h)
{
	struct talk_item *item;

	while (h->crond >= 0 && h->greeted &&
	       (item = TAILQ_FIRST(&h->out)) != NULL) {
		if (item->len > 0 &&
		    seqpacket_send(h->crond, item->bytes, item->len, -1) != 0) {
			/* Its end is seen by who reads: what it has sent
			 * counts. */
			set_sending(h, errno == EAGAIN || errno == ENOBUFS ||
					   errno == ENOMEM);
			return;
		}
		TAILQ_REMOVE(&h->out, item, link);
		if (item->kind == TALK_OVER)
			keep_over(h, item);
		else
			done_with(h, item);
	}
	if (h->crond >= 0)
		set_sending(h, false);
}

void
link_flush(struct hub *h)
{
	if (h->crond >= 0)
		send_some(h);
	else
		send_nobody(h);
	if (h->log != NULL)
		log_flush(h->log);
}

void
link_send(struct hub *h, struct talk_item *item)
{
	TAILQ_INSERT_TAIL(&h->out, item, link);
}

void
link_say(struct hub *h, const struct collector_message *m)
{
	char bytes[512];
	ssize_t n = collector_message_write(m, bytes, sizeof bytes);
	struct talk_item *item =
	    n > 0 ? malloc(sizeof *item + (size_t)n + 1) : NULL;

	if (item == NULL)
		return;
	*item = (struct talk_item){.kind = TALK_WORD, .len = (size_t)n};
	memcpy(item->bytes, bytes, (size_t)n);
	link_send(h, item);
}

/* First of all, before what has waited: who we are and what we have. */
void
link_greet(struct hub *h)
{
	struct talk_items waited;
	const struct worker *w;

	TAILQ_INIT(&waited);
	TAILQ_CONCAT(&waited, &h->out, link);
	link_say(h, &(struct collector_message){.word = WORD_HELLO,
			.number = COLLECTOR_VERSION,
			.uid = h->options.uid,
			.generation = h->options.generation,
			.pid = getpid()});
	TAILQ_FOREACH(w, &h->workers, all)
		if (w->kind == WORKER_RUN && !w->over)
			link_say(h,
			    &(struct collector_message){.word = WORD_HOLDS,
				.id = w->name});
	link_say(h, &(struct collector_message){.word = WORD_READY});
	TAILQ_CONCAT(&h->out, &h->overs, link);
	h->over_count = 0;
	TAILQ_FOREACH(w, &h->workers, all)
		if (w->mailing[0] != '\0')
			link_say(h,
			    &(struct collector_message){.word = WORD_WANT,
				.id = w->mailing});
	TAILQ_CONCAT(&h->out, &waited, link);
	h->greeted = true;
	h->kept_said = h->idle_said = false;
}

/* Receiving */

static void
hear(struct hub *h, const struct collector_message *m, int attached)
{
	switch (m->word) {
	case WORD_USER:
		mail_users_note(&h->collector, m);
		break;
	case WORD_RUN:
		runs_begin(h, m->id, attached);
		break;
	case WORD_ENDED:
		runs_ended(h, m);
		break;
	case WORD_GRANT:
		letters_grant(h, m->id);
		break;
	case WORD_DROP:
		letters_drop(h, m->bytes);
		break;
	case WORD_FLUSH:
		letters_flush(h);
		break;
	case WORD_PING:
		link_say(h, &(struct collector_message){.word = WORD_PONG,
				.number = m->number});
		break;
	case WORD_BYE:
		h->ending = true;
		break;
	default:
		break;
	}
}

/* Is there a descriptor for what may come with the next message? */
static bool
has_spare(struct hub *h)
{
	int fd = fcntl(h->epoll, F_DUPFD_CLOEXEC, 3);

	if (fd < 0) {
		go_deaf(h);
		return false;
	}
	fd_close(&fd);
	return true;
}

/* false: there is nothing more now, or the connection is lost. */
static bool
receive(struct hub *h)
{
	struct collector_message m;
	int attached = -1;
	ssize_t n;

	if (!has_spare(h))
		return false;
	n = seqpacket_receive(h->crond, h->bytes, COLLECTOR_MESSAGE_MAX,
	    &attached);
	if (n < 0 && errno == EMSGSIZE)
		return true;
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		lost(h);
		return false;
	}
	if (collector_message_read(&m, h->bytes, (size_t)n))
		hear(h, &m, attached);
	/* A descriptor of another word's is left open: what it is nobody knows,
	 * and its close may hang. */
	return !h->ending;
}

void
link_on_crond(struct hub *h, uint32_t events)
{
	int i;

	if (events & EPOLLOUT)
		send_some(h);
	for (i = 0; i < MESSAGES_MAX && h->crond >= 0 && receive(h); i++)
		;
}

/* Connections */

static void
lost(struct hub *h)
{
	struct talk_items out;
	struct talk_item *item;

	fd_close(&h->crond);
	h->greeted = h->sending = false;
	/* Of what was for that crond, lines and ends are for others too. */
	TAILQ_INIT(&out);
	TAILQ_CONCAT(&out, &h->out, link);
	while ((item = TAILQ_FIRST(&out)) != NULL) {
		TAILQ_REMOVE(&out, item, link);
		if (item->kind == TALK_WORD)
			done_with(h, item);
		else
			TAILQ_INSERT_TAIL(&h->out, item, link);
	}
	runs_tell_crond(h, false);
	letters_grant_alone(h);
}

/* A process that is killed closes its descriptors from the lowest on: when
 * crond sees our end, and starts the next one, our lock is gone, which tells
 * that one to go on with our runs. */
static int
above_lock(const struct hub *h, int fd)
{
	int higher;

	if (fd > h->lock)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, h->lock + 1);
	if (higher < 0)
		return fd;
	fd_close(&fd);
	return higher;
}

static void
take(struct hub *h, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &h->crond};

	fd = above_lock(h, fd);
	h->crond = fd;
	h->sending = false;
	(void)fd_cloexec(fd);
	(void)fd_nonblock(fd);
	(void)epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &event);
}

void
link_on_listener(struct hub *h)
{
	int fd = seqpacket_accept(h->listener);

	if (fd < 0) {
		if (errno != EAGAIN)
			go_deaf(h);
		return;
	}
	/* A dead crond's last words. */
	while (h->crond >= 0 && receive(h))
		;
	if (h->crond >= 0)
		lost(h);
	take(h, fd);
	link_greet(h);
	runs_tell_crond(h, true);
}

static int
open_directory(struct hub *h)
{
	const char *path = h->options.collect_dir;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	h->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (h->dir >= 0)
		h->lock = openat(h->dir, LOCK,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return h->lock < 0 ? -1 : 0;
}

/* Without a name no other crond finds us: this one does all the same. The lock
 * is a record lock: it ends with the main thread, whatever others hang in. -1:
 * another collector has it. */
static int
take_directory(struct hub *h)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct epoll_event event = {.events = EPOLLIN,
	    .data.ptr = &h->listener};

	if (open_directory(h) == 0) {
		if (fcntl(h->lock, F_SETLK, &lock) != 0 &&
		    (errno == EAGAIN || errno == EACCES))
			return -1;
		h->listener = seqpacket_listen(h->dir, SOCKET);
	}
	if (h->listener < 0)
		job_log(&h->collector, NULL, LOG_WARNING, "CRON", "HANDOVER",
		    errno,
		    "can't be found in %s: a later crond will not know "
		    "of jobs that run now",
		    h->options.collect_dir);
	else
		(void)epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->listener, &event);
	return 0;
}

bool
link_is_there(struct hub *h, uint64_t generation)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[64];
	bool held;
	int fd;

	if (h->dir < 0)
		return false;
	(void)snprintf(path, sizeof path, "../%lu.%llu/" LOCK,
	    (unsigned long)h->options.uid, (unsigned long long)generation);
	fd = openat(h->dir, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	held =
	    fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	fd_close(&fd);
	return held;
}

int
link_open(struct hub *h)
{
	h->crond = h->listener = h->dir = h->lock = -1;
	TAILQ_INIT(&h->out);
	TAILQ_INIT(&h->overs);
	/* One byte more: a message is read as text. */
	h->bytes = malloc(COLLECTOR_MESSAGE_MAX + 1);
	if (h->bytes == NULL)
		return -1;
	if (h->options.collect_dir != NULL && take_directory(h) != 0)
		return -1;
	if (h->options.socket >= 0)
		take(h, h->options.socket);
	return 0;
}

void
link_close(struct hub *h)
{
	if (h->listener >= 0) {
		(void)unlinkat(h->dir, SOCKET, 0);
		(void)unlinkat(h->dir, LOCK, 0);
		(void)rmdir(h->options.collect_dir);
	}
	if (h->log != NULL)
		log_close(h->log);
}
