/*
 * The output of one run: a named FIFO that the job has as stdout and stderr,
 * and the letter that it is spliced into, never parsed (DESIGN.md "Output",
 * "When is a run over"). Decides when a run is over, and hands the letter to
 * mail; what background children write later makes a letter of its own.
 */
#ifndef EVCRON_DAEMON_MAIL_OUTPUT_H
#define EVCRON_DAEMON_MAIL_OUTPUT_H

#include <ev.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

struct run_files;
struct mail;
struct output;
struct run_state;

/* One for all outputs. It outlives the mail, which has those that come late. */
struct output_config {
	struct ev_loop *loop;
	struct log *log;
	struct mail *mail;
	const struct personality *personality;
	const char *runs_dir;       /* holds the FIFOs, 0700; NULL: there is
				       none, and pipes have no names */
	struct run_files *handover; /* the same, for adoption; or NULL */
};

/* The run is over: exit and output are known, record is complete. Log lines of
 * the end are written by the callee; then the mail goes its way. */
typedef void (*output_over_cb)(void *context);

/* Makes the FIFO runs_dir/ID, owned by the record's user, and reads from it by
 * the loop from now on. Where we may not make it, or SELinux would deny a job
 * of that context (NULL: none) to write to it, it is a pipe without a name, the
 * run is not written down for a successor, and that is said once. *job_fd
 * (O_RDWR, close-on-exec) is for the job; the caller closes it after the start.
 * References the record. NULL with errno. */
struct output *output_open(const struct output_config *, struct run_record *,
    const char *context, int *job_fd);

/* Until it is released nothing is read: what a letter's front takes is not
 * known before the session's environment is (core/mail_headers.h). */
void output_hold(struct output *);
void output_release(struct output *);
/* The output of a run that an earlier crond started, with its FIFO and letter.
 * References the state's record. NULL with errno. */
struct output *output_adopt(const struct output_config *,
    const struct run_state *);
/* Likewise of what background children write when the run is over: it frees
 * itself. */
void output_adopt_late(const struct output_config *, const struct run_state *);

/* The job has a process, which the record names. */
void output_started(struct output *);

/* PAM has opened a session for the job, which record tells: a successor must
 * know. session_fifo is run's and stays so, or -1. */
void output_session(struct output *, int session_fifo);
/* Likewise of one that an earlier crond knew. */
void output_session_again(struct output *, int session_fifo);
/* It is being closed; session_fifo is gone. */
void output_session_ended(struct output *);

/* Of a run without a known process: eof is called, from the loop, when nobody
 * writes any more. The caller then says output_job_ended. */
void output_on_eof(struct output *, void (*eof)(void *context), void *context);

/* The job has ended while no crond ran: what was in the FIFO then may be gone.
 * To be followed by output_job_ended. */
void output_unseen(struct output *);
/* It has ended while one ran that may not have read all of it. Likewise. */
void output_unread(struct output *);

/* The job could not be started: takes it all back, frees. */
void output_cancel(struct output *);

/* The job was reaped and record has its end. over is called when the run is
 * over: perhaps before this returns, at the latest after the personality's
 * linger time, or (mail_config.stall_secs) where the log takes no lines. The
 * output then frees itself, at once or when the last writer of the FIFO goes.
 */
void output_job_ended(struct output *, output_over_cb over, void *context);

/* Stops watching and frees; FIFO and letter stay for a successor. */
void output_forget(struct output *);

#endif
