/*
 * Lines for crond. What is sent is printable already, so nothing of it changes
 * on the way; an error's text stands behind the parenthesis, so a line with one
 * is sent as a whole.
 */
#include "collector/job_log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "collector/talk.h"
#include "core/escaped.h"
#include "core/printable.h"

#define DETAIL_MAX 4096
#define WHOLE_MAX  (DETAIL_MAX + 1024)

static void
send_line(struct collector *c, const struct run_record *record, int priority,
    const char *who, const char *event, const char *text)
{
	talk_word(c->talk, &(struct collector_message){
			       .word = WORD_LOG,
			       .priority = priority,
			       .pid = record != NULL ? record->pid : 0,
			       .who = who,
			       .event = event,
			       .text = text,
			   });
}

void
job_log(struct collector *c, const struct run_record *record, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
{
	char detail[DETAIL_MAX], text[DETAIL_MAX], whole[WHOLE_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	printable_string(text, sizeof text, detail);
	if (errnum == 0) {
		send_line(c, record, priority, who, event, text);
		return;
	}
	(void)snprintf(whole, sizeof whole, "(%s) %s (%s): %s", who, event,
	    text, strerror(errnum));
	send_line(c, record, priority, NULL, NULL, whole);
}

void
job_log_output(struct collector *c, const struct run_record *record,
    const char *bytes, size_t len, bool cut)
{
	char text[DETAIL_MAX];

	assert(2 * len < sizeof text);
	send_line(c, record, LOG_INFO, record->user, cut ? "CMDOUT+" : "CMDOUT",
	    escaped_write(text, bytes, len));
}
