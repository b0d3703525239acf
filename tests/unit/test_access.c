/* cron.allow and cron.deny: the table of COMPAT.md 10.1 and what counts as a
 * line. Runs as root too, so unreadable lists are directories here. */
#include "sys/users/access.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64];
	char allow[80], deny[80];
	struct access_lists lists;
};

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->dir, "/tmp/test_access.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	snprintf(place->allow, sizeof place->allow, "%s/allow", place->dir);
	snprintf(place->deny, sizeof place->deny, "%s/deny", place->dir);
	place->lists.allow = place->allow;
	place->lists.deny = place->deny;
	*state = place;
	return 0;
}

static void
clean(const struct place *place)
{
	(void)unlink(place->allow);
	(void)unlink(place->deny);
	(void)rmdir(place->allow);
	(void)rmdir(place->deny);
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	clean(place);
	(void)rmdir(place->dir);
	free(place);
	return 0;
}

static void
put(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static bool
may(const struct place *place, const char *personality)
{
	const char *unreadable;
	bool allowed = access_allowed(personality_find(personality),
	    &place->lists, "alice", &unreadable);

	assert_null(unreadable);
	return allowed;
}

/* NULL: absent. */
struct row {
	const char *allow, *deny;
	bool debian, redhat, suse;
};

static void
test_rules(void **state)
{
	static const struct row rows[] = {
	    {NULL, NULL, true, false, false},
	    {NULL, "", true, true, true},
	    {NULL, "bob\n", true, true, true},
	    {NULL, "bob\nalice\n", false, false, false},
	    {"", NULL, false, false, false},
	    {"bob\n", NULL, false, false, false},
	    {"bob\nalice\ncarol\n", NULL, true, true, true},
	    {"alice\n", "alice\n", true, true, true},
	    {"", "bob\n", false, false, false},
	};
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clean(place);
		if (rows[i].allow != NULL)
			put(place->allow, rows[i].allow, strlen(rows[i].allow));
		if (rows[i].deny != NULL)
			put(place->deny, rows[i].deny, strlen(rows[i].deny));
		assert_int_equal(may(place, "debian"), rows[i].debian);
		assert_int_equal(may(place, "redhat"), rows[i].redhat);
		assert_int_equal(may(place, "suse"), rows[i].suse);
	}
}

/* Only a line that is exactly the name, with its newline. */
static void
test_lines(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool listed;
	} rows[] = {
	    {"alice\n", 6, true},
	    {"\n\nalice\n", 8, true},
	    {"alice", 5, false},
	    {"bob\nalice", 9, false},
	    {"alice\r\n", 7, false},
	    {" alice\n", 7, false},
	    {"alice \n", 7, false},
	    {"alice # comment\n", 16, false},
	    {"#alice\n", 7, false},
	    {"alicex\n", 7, false},
	    {"alic\n", 5, false},
	    {"ALICE\n", 6, false},
	    {"alice\0\n", 7, false},
	};
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clean(place);
		put(place->allow, rows[i].text, rows[i].len);
		assert_int_equal(may(place, NULL), rows[i].listed);
		clean(place);
		put(place->deny, rows[i].text, rows[i].len);
		assert_int_equal(may(place, NULL), !rows[i].listed);
	}
}

/* A list that can't be read is not one that is absent. */
static void
test_unreadable(void **state)
{
	const struct place *place = *state;
	const struct personality *debian = personality_find("debian");
	const char *unreadable;

	assert_int_equal(mkdir(place->deny, 0700), 0);
	assert_false(
	    access_allowed(debian, &place->lists, "alice", &unreadable));
	assert_ptr_equal(unreadable, place->deny);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(mkfifo(place->allow, 0600), 0);
	assert_false(
	    access_allowed(debian, &place->lists, "alice", &unreadable));
	assert_ptr_equal(unreadable, place->allow);
	clean(place);
	assert_int_equal(symlink("/dev/null", place->deny), 0);
	assert_true(may(place, "redhat"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rules, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
