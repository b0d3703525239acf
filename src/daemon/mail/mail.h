/*
 * Mail: letters whose runs are over are handed to mailers, at most 16 at once,
 * no more than half of them a user's, in order, an hour at most; at the cap a
 * letter is streamed while its job goes on. A mailer that fails, can't start or
 * hangs leaves the letter in the outbox, and the log says where; it is tried
 * again, then put into the user's mailbox (DESIGN.md "Mail").
 */
#ifndef EVCRON_DAEMON_MAIL_MAIL_H
#define EVCRON_DAEMON_MAIL_MAIL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/backoff.h"
#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

struct children;
struct mail;
struct post;
struct inherited_limits;
struct run_state;
struct state_files;
struct user_cache;

struct mail_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct user_cache *users;
	struct state_files *states;            /* NULL: no handover */
	const struct inherited_limits *origin; /* what mailers get back */
	const struct personality *personality;
	const char *outbox_dir; /* made if missing, 0700 */
	const char *command;    /* -m; NULL: the personality's sendmail;
				   "off": no mail */
	const char *sendmail;   /* its path, below the root */
	enum mail_output output;
	bool full_hostname;   /* cron -n */
	unsigned log_mask;    /* -L */
	unsigned mailers_max; /* 16 */
	unsigned stall_secs;  /* 600 */
	unsigned limit_secs;  /* of a mailer in all; 0: an hour */
	uint64_t letter_max;  /* 64 MiB */
	uint64_t outbox_max;  /* 1 GiB */
	/* Of letters that no mailer takes; 0 (or no waits) is the default. */
	struct backoff backoff;  /* core/backoff.h */
	uint64_t outbox_secs;    /* dropped then: 30 days */
	const char *mailbox_dir; /* /var/mail; NULL: no mailboxes */
	uint64_t mailbox_max;    /* 50 MiB */
	uint64_t warn_secs;      /* of failing mail: an hour */
	/* Of letters of failed runs, as sent. */
	const char *sent_dir; /* beside outbox_dir; NULL: they are not kept */
	uint64_t sent_max;    /* 64 MiB */
	uint64_t sent_secs;   /* 7 days */
};

/* config is copied, its pointers must outlive the mail. An outbox that can't be
 * made or used is logged; output is lost until it can be. NULL with errno: no
 * memory, or command makes no sense (EINVAL; crond_options.c has refused such a
 * one before). */
struct mail *mail_new(const struct mail_config *);
/* Forgets letters and mailers; what is in the outbox stays. Outputs whose runs
 * are over are forgotten with them. */
void mail_free(struct mail *);

/* Once, at the start, when all posts that go on with letters of an earlier
 * crond are there (none, where nothing was handed over): looks for letters in
 * the outbox that no post owns, and sees to it that they are sent. Adopt
 * first: a letter without a post counts as left behind, its run as ended. */
void mail_recover(struct mail *);

/* HUP: if "crond --flush" has left its mark, all letters are tried now. */
void mail_flush_if_marked(struct mail *);

/* Decides, when a run is set up, what becomes of its output (MAILTO, MAILFROM,
 * -m, -s, --output, -n; COMPAT.md 5, 7). env is the run's whole environment;
 * user its user. *recipient and *sender are malloced or NULL. -1: no memory. */
int mail_address(struct mail *, const struct env *env, const char *user,
    bool on_failure, enum mail_rule *, char **recipient, char **sender);

/* Its job is there, and has its pid: says what is to be said of its addresses
 * now. */
void mail_job_began(struct mail *, const struct run_record *);

/* A letter for the output of a run, empty yet; part 1, or 2 for what comes
 * after the run was over. References the record. NULL: no memory. */
struct post *mail_begin(struct mail *, struct run_record *, unsigned part);

/* A letter of this record that an earlier crond began: goes on with it, or
 * begins it. NULL: no memory. */
struct post *mail_adopt(struct mail *, const struct run_state *);
/* All that is left of that run is its letter: sends it, or waits for its
 * mailer, which may still be at it. */
void mail_adopt_sent(struct mail *, const struct run_state *);

/* As runs_poll_children, of mailers. */
void mail_poll_children(struct mail *);

/* A successor comes: writes down all that it must know. in_place: by an exec of
 * ours, so FIFOs stay open over that; false undoes it. */
void mail_hand_over(struct mail *, bool in_place);

/* At most 64 letters of late output for a user: each holds a descriptor as long
 * as a process of his likes. The oldest beyond that are completed. */
void mail_bound_late(struct mail *, uid_t uid);

/* The letter is complete: to its mailer it goes, or wherever record and outbox
 * have it. Takes it over. */
void mail_send(struct mail *, struct post *);

/* Lets go of a letter; its file stays as it is. */
void mail_forget(struct mail *, struct post *);

/* How many letters are under way or wait for a mailer. */
size_t mail_count(const struct mail *);
/* Of these, those that are not of background children: nobody knows when they
 * are complete. */
size_t mail_soon(const struct mail *);

#endif
