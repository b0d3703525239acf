/* Which names and files are tables: COMPAT.md 4.1 and 4.2 as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files/spool.h"

static char dir[] = "/tmp/evcron-spool-XXXXXX";

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		/* cronie; Debian: cron.d, with -l, spool */
		bool cronie, dropin, lsb, spool;
	} cases[] = {
	    {"plain", true, true, true, true},
	    {"a-b", true, true, true, true},
	    {"UPPER", true, true, false, true},
	    {"x_y", true, true, false, true},
	    {"_x-y", true, true, true, true},
	    {"a.b", true, false, false, true},
	    {"lanana.org-job", true, false, true, true},
	    {"a-b-", true, true, true, true},
	    {"a--b", true, true, true, true},
	    {"a.b--c", true, false, false, true},
	    {"x-y.dpkg-old", true, false, false, true},
	    {"x.dpkg-dist", true, false, false, true},
	    {"sp ace", true, false, false, true},
	    {".hidden", false, false, false, false},
	    {"#tmp.host.x", false, false, false, true},
	    {"back~", false, false, false, true},
	    {"x.rpmsave", false, false, false, true},
	    {"x.rpmorig", false, false, false, true},
	    {"x.rpmnew", false, false, false, true},
	    {"x.rpmnew2", true, false, false, true},
	    {".cron.hostname", false, false, false, false},
	    {"", false, false, false, false},
	};
	const struct personality *c = personality_find("redhat");
	const struct personality *d = personality_find("debian");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = cases[i].name;

		if (spool_is_table(c, TABLE_DROPIN, name, false) !=
			cases[i].cronie ||
		    spool_is_table(c, TABLE_USER, name, false) !=
			cases[i].cronie ||
		    spool_is_table(d, TABLE_DROPIN, name, false) !=
			cases[i].dropin ||
		    spool_is_table(d, TABLE_DROPIN, name, true) !=
			cases[i].lsb ||
		    spool_is_table(c, TABLE_DROPIN, name, true) !=
			cases[i].lsb ||
		    spool_is_table(c, TABLE_USER, name, true) !=
			cases[i].cronie ||
		    spool_is_table(d, TABLE_USER, name, true) != cases[i].spool)
			fail_msg("\"%s\"", name);
	}
}

static void
test_listing(void **state)
{
	struct spool_names names;
	char command[128];

	(void)state;
	snprintf(command, sizeof(command),
	    "mkdir %s/list && cd %s/list && touch b a .c B d~", dir, dir);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s/list", dir);
	assert_int_equal(spool_list(command, personality_find("redhat"),
			     TABLE_DROPIN, false, &names),
	    0);
	assert_int_equal(names.count, 3);
	assert_string_equal(names.list[0], "B");
	assert_string_equal(names.list[1], "a");
	assert_string_equal(names.list[2], "b");
	spool_names_clear(&names);
	assert_int_equal(spool_list("/nowhere", personality_find("redhat"),
			     TABLE_DROPIN, false, &names),
	    -1);
	assert_int_equal(errno, ENOENT);
}

/* Stats made up: whatever uid the test has. */
static void
test_checks(void **state)
{
	static const struct {
		const char *personality;
		enum table_kind kind;
		mode_t mode;
		uid_t uid;
		nlink_t links;
		bool is_link;
		uid_t link_uid;
		const char *event; /* NULL: good */
	} cases[] = {
#define FILE_ S_IFREG
	    {"redhat", TABLE_DROPIN, FILE_ | 0644, 0, 1, 0, 0, NULL},
	    {"redhat", TABLE_DROPIN, FILE_ | 0400, 0, 2, 0, 0, NULL},
	    {"redhat", TABLE_DROPIN, FILE_ | 0644, 0, 1, 1, 7, NULL},
	    {"redhat", TABLE_DROPIN, FILE_ | 0755, 0, 1, 0, 0, "BAD FILE MODE"},
	    {"redhat", TABLE_DROPIN, FILE_ | 0664, 0, 1, 0, 0, "BAD FILE MODE"},
	    {"redhat", TABLE_DROPIN, FILE_ | 0000, 0, 1, 0, 0, "BAD FILE MODE"},
	    {"redhat", TABLE_DROPIN, FILE_ | 04600, 0, 1, 0, 0,
		"BAD FILE MODE"},
	    {"redhat", TABLE_DROPIN, S_IFIFO | 0600, 0, 1, 0, 0, "NOT REGULAR"},
	    {"redhat", TABLE_DROPIN, FILE_ | 0644, 9, 1, 0, 0,
		"WRONG FILE OWNER"},
	    /* the mode comes before the owner */
	    {"redhat", TABLE_DROPIN, FILE_ | 0666, 9, 1, 0, 0, "BAD FILE MODE"},
	    {"redhat", TABLE_USER, FILE_ | 0644, 9, 1, 0, 0, NULL},
	    {"redhat", TABLE_USER, FILE_ | 0600, 0, 1, 0, 0, NULL},
	    {"redhat", TABLE_USER, FILE_ | 0600, 8, 1, 0, 0,
		"WRONG FILE OWNER"},
	    {"redhat", TABLE_USER, FILE_ | 0600, 9, 2, 0, 0, "BAD LINK COUNT"},
	    {"debian", TABLE_SYSTEM, FILE_ | 0755, 0, 1, 0, 0, NULL},
	    {"debian", TABLE_DROPIN, FILE_ | 0000, 0, 1, 0, 0, NULL},
	    {"debian", TABLE_DROPIN, FILE_ | 0644, 0, 1, 1, 0, NULL},
	    {"debian", TABLE_DROPIN, FILE_ | 0644, 0, 1, 1, 7,
		"WRONG SYMLINK OWNER"},
	    {"debian", TABLE_DROPIN, FILE_ | 0666, 9, 1, 0, 0,
		"WRONG FILE OWNER"},
	    {"debian", TABLE_DROPIN, S_IFDIR | 0755, 0, 1, 0, 0,
		"NOT A REGULAR FILE"},
	    {"debian", TABLE_DROPIN, FILE_ | 0620, 0, 1, 0, 0,
		"INSECURE MODE (group/other writable)"},
	    {"debian", TABLE_DROPIN, FILE_ | 0644, 0, 2, 0, 0,
		"NUMBER OF HARD LINKS > 1"},
	    {"debian", TABLE_USER, FILE_ | 0600, 9, 1, 0, 0, NULL},
	    {"debian", TABLE_USER, FILE_ | 0640, 9, 1, 0, 0,
		"INSECURE MODE (mode 0600 expected)"},
	    {"debian", TABLE_USER, FILE_ | 0600, 8, 1, 0, 0,
		"WRONG FILE OWNER"},
	    {"debian", TABLE_USER, FILE_ | 0600, 9, 2, 0, 0,
		"NUMBER OF HARD LINKS > 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spool_rules rules = {
		    .personality = personality_find(cases[i].personality),
		    .kind = cases[i].kind,
		    .user_uid = 9,
		};
		struct spool_file file = {.fd = -1,
		    .is_link = cases[i].is_link,
		    .link_uid = cases[i].link_uid};
		const char *event;
		char why[200];

		file.st.st_mode = cases[i].mode;
		file.st.st_uid = cases[i].uid;
		file.st.st_nlink = cases[i].links;
		file.problem = spool_check(&rules, &file);
		event = file.problem == SPOOL_GOOD
			    ? NULL
			    : spool_event(&rules, file.problem);
		if ((event == NULL) != (cases[i].event == NULL) ||
		    (event != NULL && strcmp(event, cases[i].event) != 0))
			fail_msg("case %zu: %s", i, event ? event : "good");
		if (event != NULL)
			assert_true(strlen(spool_explain(&rules, &file, why,
					sizeof(why))) > 10);
	}
}

/* What the kernel's word for it means here. */
static void
test_explain(void **state)
{
	static const struct {
		const char *personality;
		enum table_kind kind;
		enum spool_problem problem;
		int errnum;
		const char *says;
	} cases[] = {
	    {"debian", TABLE_USER, SPOOL_CANT_OPEN, ELOOP, "not be a link"},
	    {"debian", TABLE_DROPIN, SPOOL_CANT_OPEN, ELOOP, "in a circle"},
	    {"redhat", TABLE_USER, SPOOL_CANT_OPEN, ELOOP, "in a circle"},
	    {"redhat", TABLE_USER, SPOOL_CANT_FOLLOW, ENOENT, "no file behind"},
	    {"redhat", TABLE_DROPIN, SPOOL_CANT_OPEN, ENXIO, "socket"},
	    {"redhat", TABLE_DROPIN, SPOOL_CANT_OPEN, EACCES, "Permission"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spool_rules rules = {
		    .personality = personality_find(cases[i].personality),
		    .kind = cases[i].kind,
		};
		struct spool_file file = {.fd = -1,
		    .is_link = true,
		    .problem = cases[i].problem,
		    .errnum = cases[i].errnum};
		char why[200];

		if (strstr(spool_explain(&rules, &file, why, sizeof(why)),
			cases[i].says) == NULL)
			fail_msg("case %zu: %s", i, why);
	}
}

static int
make(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
test_open_and_read(void **state)
{
	struct spool_rules rules = {
	    .personality = personality_find("debian"),
	    .kind = TABLE_USER,
	    .user_uid = geteuid(),
	    .root_uid = geteuid(),
	};
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	struct spool_file file;
	char *bytes;
	size_t len;

	(void)state;
	fd = make("joe", "* * * * * x\n");
	assert_int_equal(spool_open(&rules, dirfd, "joe", &file), 0);
	assert_int_equal(spool_read(&file, &bytes, &len), 0);
	assert_int_equal(len, 12);
	assert_string_equal(bytes, "* * * * * x\n");
	free(bytes);
	spool_close(&file);
	/* grown since it was opened: read as it is now */
	assert_int_equal(spool_open(&rules, dirfd, "joe", &file), 0);
	assert_int_equal(pwrite(fd, "# more text than before\n", 24, 0), 24);
	assert_int_equal(spool_read(&file, &bytes, &len), 0);
	assert_int_equal(len, 24);
	assert_int_equal(file.st.st_size, 24);
	free(bytes);
	spool_close(&file);
	/* links: refused in Debian's spool, followed elsewhere */
	assert_int_equal(symlinkat("joe", dirfd, "link"), 0);
	assert_int_equal(spool_open(&rules, dirfd, "link", &file), -1);
	assert_int_equal(file.problem, SPOOL_CANT_OPEN);
	assert_int_equal(file.errnum, ELOOP);
	rules.kind = TABLE_DROPIN;
	assert_int_equal(spool_open(&rules, dirfd, "link", &file), 0);
	spool_close(&file);
	assert_int_equal(symlinkat("nowhere", dirfd, "dangling"), 0);
	assert_int_equal(spool_open(&rules, dirfd, "dangling", &file), -1);
	assert_int_equal(file.problem, SPOOL_CANT_FOLLOW);
	assert_int_equal(spool_open(&rules, dirfd, "absent", &file), -1);
	assert_int_equal(file.problem, SPOOL_ABSENT);
	/* too large, before a byte is read */
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(spool_open(&rules, dirfd, "joe", &file), -1);
	assert_int_equal(file.problem, SPOOL_TOO_LARGE);
	assert_int_equal(file.fd, -1);
	/* a FIFO does not hang, not even with -p */
	assert_int_equal(mkfifoat(dirfd, "fifo", 0600), 0);
	rules.permit_all = true;
	assert_int_equal(spool_open(&rules, dirfd, "fifo", &file), -1);
	assert_int_equal(file.problem, SPOOL_NOT_REGULAR);
	close(fd);
	close(dirfd);
}

static void
test_passes(void **state)
{
	(void)state;
	assert_true(spool_passes(SPOOL_CANT_OPEN, EMFILE));
	assert_true(spool_passes(SPOOL_CANT_READ, EIO));
	assert_true(spool_passes(SPOOL_CANT_READ, ETXTBSY));
	assert_true(spool_passes(SPOOL_NO_ANSWER, 0));
	assert_false(spool_passes(SPOOL_CANT_OPEN, EACCES));
	assert_false(spool_passes(SPOOL_CANT_OPEN, ELOOP));
	assert_false(spool_passes(SPOOL_BAD_MODE, 0));
	assert_false(spool_passes(SPOOL_ABSENT, ENOENT));
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_listing),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_explain),
	    cmocka_unit_test(test_open_and_read),
	    cmocka_unit_test(test_passes),
	};

	return cmocka_run_group_tests_name("spool", tests, setup, teardown);
}
