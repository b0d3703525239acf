/*
 * In the place of sys/spawn/session_pam.c or session_none.c: what a session
 *does is said by its user's name. Tests of rooms that open and close sessions
 *link it, whether there is PAM here or not.
 *
 *	refused, unopened	session_open fails with code 7, 8
 *	crash, hang		in session_open and in session_close
 *	fail			session_close returns 9
 *	large, huge		an environment of 100, of 200 KB
 *	say			it says "hello" thirty times
 *	late			session_set_groups adds LATE=1
 *	block			it blocks and ignores signals, sets an alarm,
 *				opens descriptors
 */
#ifndef EVCRON_TESTS_FAKE_PAM_H
#define EVCRON_TESTS_FAKE_PAM_H

#include <stdbool.h>

/* A file to which each closing adds "USER ENVIRONMENT\n". */
extern const char *fake_pam_record;

/* All users are "hang". */
extern bool fake_pam_hangs;

#endif
