/* What the daemon was started with. */
#include "sys/inherited_limits.h"

#include <stddef.h>

void
inherited_limits_take(struct inherited_limits *origin)
{
	struct sigaction action;
	int signo;

	if (getrlimit(RLIMIT_NOFILE, &origin->nofile) == -1)
		origin->nofile = (struct rlimit){1024, 4096};
	sigemptyset(&origin->ignored);
	for (signo = 1; signo < NSIG; signo++) {
		/* systemd starts services with SIGPIPE ignored; crond's jobs
		 * never had it so. */
		if (signo != SIGPIPE && sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			sigaddset(&origin->ignored, signo);
	}
}

void
inherited_limits_restore(const struct inherited_limits *origin)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	(void)setrlimit(RLIMIT_NOFILE, &origin->nofile);
	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGPIPE, &action, NULL);
	if (sigismember(&origin->ignored, SIGXFSZ) != 1)
		(void)sigaction(SIGXFSZ, &action, NULL);
}
