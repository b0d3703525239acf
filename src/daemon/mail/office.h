/*
 * What all letters of one daemon share: settings, outbox, style, log. Made by
 * mail.c; post.c, mailer_stream.c and mailer.c work in it. No function, no
 * other's header needs it.
 */
#ifndef EVCRON_DAEMON_MAIL_OFFICE_H
#define EVCRON_DAEMON_MAIL_OFFICE_H

#include <stdbool.h>

#include "core/mail_headers.h"
#include "daemon/mail/mail.h"
#include "sys/files/outbox.h"

struct sent;

struct office {
	struct mail_config config;
	struct outbox *outbox;
	struct sent *sent; /* may give way to letters that are to be sent */
	struct mail_headers_style style;
	int null_fd;    /* /dev/null, for what nobody will read */
	bool as_root;   /* mailers take on their users' ids */
	bool off;       /* -m off */
	bool body_only; /* -m has placeholders: no headers on stdin */
	bool lines_too; /* output also as CMDOUT lines: --output=both, or RHEL
			   and no sendmail at the start */
};

#endif
