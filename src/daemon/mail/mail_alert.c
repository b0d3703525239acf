/* The watch on mail as a whole. A member of struct deferred. */
#include "daemon/mail/mail_alert.h"

#include <stdio.h>
#include <syslog.h>

#include "core/duration.h"

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct mail_alert *o = timer->data;
	const struct office *office = o->office;
	char length[32];

	(void)loop;
	(void)events;
	o->said = true;
	log_event(office->config.log, LOG_WARNING, "CRON", "MAIL", 0,
	    "no mail could be sent for %s; letters wait in %s; last: %s",
	    duration_show(length, sizeof length, office->config.warn_secs),
	    outbox_path(office->outbox), o->last);
}

void
mail_alert_init(struct mail_alert *o, struct office *office)
{
	*o = (struct mail_alert){.office = office};
	ev_init(&o->timer, on_timer);
	o->timer.data = o;
}

void
mail_alert_clear(struct mail_alert *o)
{
	ev_timer_stop(o->office->config.loop, &o->timer);
}

void
mail_alert_failed(struct mail_alert *o, const char *why, uint64_t since_secs)
{
	uint64_t limit = o->office->config.warn_secs;
	ev_tstamp left;

	snprintf(o->last, sizeof o->last, "%s", why);
	if (o->failing)
		return;
	o->failing = true;
	left = since_secs < limit ? (ev_tstamp)(limit - since_secs) : 0.;
	ev_timer_set(&o->timer, left, 0.);
	ev_timer_start(o->office->config.loop, &o->timer);
}

void
mail_alert_worked(struct mail_alert *o)
{
	ev_timer_stop(o->office->config.loop, &o->timer);
	if (o->said)
		log_event(o->office->config.log, LOG_WARNING, "CRON", "MAIL", 0,
		    "mail can be sent again");
	o->failing = o->said = false;
}
