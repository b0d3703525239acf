/*
 * Signals as events of the loop. A job resets all of them after its fork
 * (sys/spawn/spawn.h): nothing of this reaches a job.
 */
#include "daemon/base/signals.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

static void
signal_cb(struct ev_loop *loop, struct ev_signal *w, int revents)
{
	struct signals *signals = w->data;
	const struct signals_hooks *hooks = &signals->hooks;

	assert(loop == signals->loop);
	(void)revents;
	switch (w->signum) {
	case SIGTERM:
	case SIGINT:
		hooks->stop(hooks->context);
		break;
	case SIGHUP:
	case SIGURG:
		hooks->reload(hooks->context);
		break;
	case SIGUSR2:
		hooks->upgrade(hooks->context);
		break;
	default:
		hooks->unused(hooks->context, w->signum);
		break;
	}
}

void
signals_start(struct signals *signals, struct ev_loop *loop,
    const struct signals_hooks *hooks)
{
	static const int watched[SIGNALS_WATCHED] = {SIGTERM, SIGINT, SIGHUP,
	    SIGURG, SIGUSR1, SIGUSR2};
	int i;

	signals->loop = loop;
	signals->hooks = *hooks;
	for (i = 0; i < SIGNALS_WATCHED; i++) {
		ev_signal_init(&signals->watchers[i], signal_cb, watched[i]);
		signals->watchers[i].data = signals;
		ev_signal_start(loop, &signals->watchers[i]);
	}
}

void
signals_stop(struct signals *signals)
{
	int i;

	for (i = 0; i < SIGNALS_WATCHED; i++)
		ev_signal_stop(signals->loop, &signals->watchers[i]);
}

void
signals_ignore_deadly(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}
