/*
 * What fails is logged once, and again only after it worked a hundred times in
 * a row: what fails and works by turns would fill the log.
 */
#ifndef EVCRON_DAEMON_BASE_SAY_ONCE_H
#define EVCRON_DAEMON_BASE_SAY_ONCE_H

#include <stdbool.h>

#define SAY_ONCE_WORKED 100

struct say_once { /* zeroed: nothing was logged */
	bool said;
	unsigned worked; /* times in a row since the last failure */
};

/* It failed or worked. True: it failed, and that is to be logged. */
static inline bool
say_once(struct say_once *once, bool failed)
{
	bool news = failed && !once->said;

	if (failed) {
		once->said = true;
		once->worked = 0;
	} else if (once->said && ++once->worked == SAY_ONCE_WORKED) {
		once->said = false;
	}
	return news;
}

#endif
