/* The command line, under each personality. */
#include "tools/crond_options.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGS_MAX 8

struct parsed {
	enum crond_options_verdict verdict;
	int status;
	struct crond_options options;
	char out[8192]; /* stdout */
	char err[8192]; /* stderr */
};

static void
read_back(FILE *f, char *text, size_t size)
{
	size_t n;

	rewind(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	(void)fclose(f);
}

/* The C library's words. */
#ifdef __GLIBC__
#define BAD_LETTER     "invalid option -- '"
#define BAD_LETTER_END "'"
#else
#define BAD_LETTER     "unrecognized option: "
#define BAD_LETTER_END ""
#endif

/* Parses words, which are split on blanks, with stdout and stderr caught. */
static void
parse(struct parsed *p, const char *personality, const char *words)
{
	static char line[256];
	static char *argv[ARGS_MAX + 3]; /* operands point there */
	int argc = 2, saved_out, saved_err;
	FILE *out = tmpfile(), *err = tmpfile();
	char *rest, *word;

	assert_non_null(out);
	assert_non_null(err);
	argv[0] = (char *)(uintptr_t) "crond";
	argv[1] = line;
	(void)snprintf(line, sizeof line, "--personality=%s %s", personality,
	    words);
	rest = strchr(line, ' ');
	*rest++ = '\0';
	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] != '\0')
			argv[argc++] = word;
		assert_true(argc < ARGS_MAX + 2);
	}
	argv[argc] = NULL;

	(void)fflush(stdout);
	saved_out = dup(STDOUT_FILENO);
	saved_err = dup(STDERR_FILENO);
	assert_true(dup2(fileno(out), STDOUT_FILENO) >= 0);
	assert_true(dup2(fileno(err), STDERR_FILENO) >= 0);
	p->status = -1;
	p->verdict = crond_options_parse(&p->options, argc, argv, &p->status);
	(void)fflush(stdout);
	assert_true(dup2(saved_out, STDOUT_FILENO) >= 0);
	assert_true(dup2(saved_err, STDERR_FILENO) >= 0);
	close(saved_out);
	close(saved_err);
	read_back(out, p->out, sizeof p->out);
	read_back(err, p->err, sizeof p->err);
}

static void
test_flags(void **state)
{
	static const struct {
		const char *personality, *words;
		size_t flag; /* the bool that must be set ... */
		bool want;   /* ... or not */
	} cases[] = {
#define FLAG(f) offsetof(struct crond_options, f)
	    {"debian", "", FLAG(foreground), false},
	    {"debian", "-f", FLAG(foreground), true},
	    {"redhat", "-f", FLAG(foreground), true},
	    {"redhat", "--foreground", FLAG(foreground), true},
	    {"redhat", "-n", FLAG(foreground), true},
	    {"redhat", "-n", FLAG(full_hostname), false},
	    {"suse", "-n", FLAG(foreground), true},
	    {"debian", "-n", FLAG(foreground), false},
	    {"debian", "-n", FLAG(full_hostname), true},
	    {"redhat", "--full-hostname", FLAG(full_hostname), true},
	    {"debian", "-l", FLAG(lsb_names), true},
	    {"redhat", "--lsb-names", FLAG(lsb_names), true},
	    {"debian", "-p", FLAG(permit_all), true},
	    {"redhat", "--permit-all", FLAG(permit_all), true},
	    {"debian", "-P", FLAG(keep_path), true},
	    {"redhat", "--inherit-path", FLAG(keep_path), true},
	    {"debian", "-i", FLAG(sweep_always), true},
	    {"redhat", "--no-inotify", FLAG(sweep_always), true},
	    {"redhat", "-c", FLAG(cluster), true},
	    {"debian", "--cluster", FLAG(cluster), true},
	    {"redhat", "-i", FLAG(cluster), false},
	    {"redhat", "-x sch,proc", FLAG(foreground), true},
	    {"redhat", "-x sch,proc", FLAG(dry), false},
	    {"redhat", "-xmisc,test", FLAG(dry), true},
	    {"debian", "--check a b", FLAG(check), true},
	    {"debian", "--outbox", FLAG(outbox), true},
	    {"debian", "--outbox --sent", FLAG(sent), true},
	    {"redhat", "--sent ID", FLAG(sent), true},
	    {"redhat", "--flush", FLAG(flush), true},
	    {"redhat", "--flush", FLAG(foreground), false},
#undef FLAG
	};
	struct parsed p;
	bool value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		parse(&p, cases[i].personality, cases[i].words);
		if (p.verdict != OPTIONS_GOOD)
			fail_msg("%s: %s", cases[i].words, p.err);
		memcpy(&value, (char *)&p.options + cases[i].flag,
		    sizeof value);
		if (value != cases[i].want)
			fail_msg("%s %s: flag %zu", cases[i].personality,
			    cases[i].words, i);
		assert_string_equal(p.err, "");
	}
}

static void
test_values(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "debian", "-f");
	assert_int_equal(p.options.log_mask, LOG_RUN_START | LOG_RUN_FAILED);
	assert_int_equal(p.options.mailers_max, 16);
	assert_int_equal(p.options.stall_secs, 600);
	assert_int_equal(p.options.answer_secs, 5);
	assert_true(p.options.letter_max == (uint64_t)64 << 20);
	assert_true(p.options.outbox_max == (uint64_t)1 << 30);
	assert_null(p.options.mailer);
	assert_null(p.options.root);
	assert_null(p.options.operands[0]);
	parse(&p, "redhat", "-f");
	assert_int_equal(p.options.log_mask,
	    LOG_RUN_START | LOG_RUN_END | LOG_RUN_FAILED);
	assert_int_equal(p.options.log_asked, LOG_RUN_START);
	parse(&p, "debian", "-L 4");
	assert_int_equal(p.options.log_mask, LOG_RUN_FAILED);
	assert_int_equal(p.options.log_asked, LOG_RUN_FAILED);
	parse(&p, "redhat", "-L 0");
	assert_int_equal(p.options.log_mask, 0);
	parse(&p, "debian",
	    "-L15 -m off --root=/x --mailers=3 --stall=9 "
	    "--answer=60");
	assert_int_equal(p.options.log_mask, 15);
	assert_string_equal(p.options.mailer, "off");
	assert_string_equal(p.options.root, "/x");
	assert_int_equal(p.options.mailers_max, 3);
	assert_int_equal(p.options.stall_secs, 9);
	assert_int_equal(p.options.answer_secs, 60);
	parse(&p, "debian", "--letter-max=2M --outbox-max=65536");
	assert_true(p.options.letter_max == 2 << 20);
	assert_true(p.options.outbox_max == 65536);
	assert_int_equal(p.options.backoff.count, 4);
	assert_int_equal(p.options.backoff.waits[0], 60);
	assert_int_equal(p.options.backoff.limit_secs, 5 * 86400);
	assert_int_equal(p.options.outbox_secs, 30 * 86400);
	assert_int_equal(p.options.warn_secs, 3600);
	assert_int_equal(p.options.sent_secs, 7 * 86400);
	assert_true(p.options.sent_max == (uint64_t)64 << 20);
	assert_true(p.options.mailbox_max == (uint64_t)50 << 20);
	parse(&p, "debian",
	    "--retry=2s,3m --retry-for=2h --outbox-age=9d --warn-after=7 "
	    "--sent-age=1d --sent-max=1M --mailbox-max=2M");
	assert_int_equal(p.options.backoff.count, 2);
	assert_int_equal(p.options.backoff.waits[1], 180);
	assert_int_equal(p.options.backoff.limit_secs, 7200);
	assert_int_equal(p.options.outbox_secs, 9 * 86400);
	assert_int_equal(p.options.warn_secs, 7);
	assert_int_equal(p.options.sent_secs, 86400);
	assert_true(p.options.sent_max == 1 << 20);
	assert_true(p.options.mailbox_max == 2 << 20);
	parse(&p, "debian", "--check -u joe a b");
	assert_string_equal(p.options.user, "joe");
	assert_string_equal(p.options.operands[0], "a");
	assert_string_equal(p.options.operands[1], "b");
	assert_null(p.options.operands[2]);
	parse(&p, "debian", "-L junk -f");
	assert_int_equal(p.verdict, OPTIONS_GOOD);
	assert_int_equal(p.options.log_mask, 0);
	assert_non_null(strstr(p.err, "junk"));
	parse(&p, "debian", "--log=both -f");
	assert_int_equal(p.options.target, TARGET_BOTH);
	assert_int_equal(p.options.output, OUTPUT_MAILED);
	assert_int_equal(p.options.grace_secs, -1);
	assert_false(p.options.json);
	parse(&p, "debian", "-f --log=stdout --log-format=json --output=both");
	assert_int_equal(p.options.target, TARGET_STDOUT);
	assert_int_equal(p.options.output, OUTPUT_BOTH);
	assert_true(p.options.json);
	parse(&p, "debian", "-f --log-format=text --output=log --grace=2m");
	assert_int_equal(p.options.output, OUTPUT_LOGGED);
	assert_int_equal(p.options.grace_secs, 120);
	assert_false(p.options.json);
	parse(&p, "redhat", "-s --grace=0");
	assert_int_equal(p.options.output, OUTPUT_LOGGED);
	assert_int_equal(p.options.grace_secs, 0);
	parse(&p, "redhat", "--syslog-output --output=mail");
	assert_int_equal(p.options.output, OUTPUT_MAILED);
}

static void
test_ends(void **state)
{
	static const struct {
		const char *personality, *words;
		int status;
		const char *out, *err; /* contained there */
	} cases[] = {
	    {"debian", "-V", 0, "evcron ", ""},
	    {"redhat", "--version", 0, "personality redhat", ""},
	    {"debian", "--help", 0, "Usage:", ""},
	    {"debian", "--help", 0, "Subject (also -n)", ""},
	    {"redhat", "--help", 0, "foreground (also -n)", ""},
	    {"redhat", "-h", 1, "", "Usage:"},
	    {"debian", "-h", 1, "", "usage: cron"},
	    {"debian", "-Z", 1, "",
		"crond: " BAD_LETTER "Z" BAD_LETTER_END "\n"
		"usage: cron"},
	    {"redhat", "-Z", 1, "",
		"crond: " BAD_LETTER "Z" BAD_LETTER_END "\n"
		"Usage:"},
	    {"redhat", "--nonesuch", 1, "", "nonesuch"},
	    {"redhat", "-m", 1, "", "requires an argument"},
	    {"redhat", "-x nonesuch", 1, "", "nonesuch"},
	    {"redhat", "-m 'a", 1, "", "-m: "},
	    {"redhat", "-u joe", 1, "", "--check"},
	    {"redhat", "--personality=bsd", 1, "", "bsd"},
	    {"redhat", "--log=file", 1, "", "file"},
	    {"redhat", "--log=stderr", 1, "", "-f"},
	    {"redhat", "--log=stdout", 1, "", "-f"},
	    {"redhat", "-f --log=syslog --log-format=json", 1, "",
		"--log-format"},
	    {"redhat", "--log-format=json", 1, "", "--log-format"},
	    {"redhat", "-f --log-format=xml", 1, "", "xml"},
	    {"redhat", "--output=stdout", 1, "", "--output"},
	    {"redhat", "--grace=-1", 1, "", "--grace"},
	    {"redhat", "--mailers=0", 1, "", "--mailers"},
	    {"redhat", "--stall=-1", 1, "", "--stall"},
	    {"redhat", "--letter-max=1", 1, "", "--letter-max"},
	    {"redhat", "--letter-max=64X", 1, "", "--letter-max"},
	    {"redhat", "--outbox-max=99999999999T", 1, "", "--outbox-max"},
	    {"redhat", "--root=", 1, "", "--root"},
	    {"redhat", "--retry=1m,,", 1, "", "--retry"},
	    {"redhat", "--retry-for=0", 1, "", "--retry-for"},
	    {"redhat", "--outbox-age=1y", 1, "", "--outbox-age"},
	    {"redhat", "--mailbox-max=1", 1, "", "--mailbox-max"},
	    {"redhat", "--warn-after=", 1, "", "--warn-after"},
	    {"redhat", "--sent-max=x", 1, "", "--sent-max"},
	    {"redhat", "--sent-age=-1d", 1, "", "--sent-age"},
	    {"redhat", "--flush all", 1, "", "--flush"},
	    {"redhat", "--flush --outbox", 1, "", "one of these"},
	    {"redhat", "--check --sent", 1, "", "one of these"},
	};
	struct parsed p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		parse(&p, cases[i].personality, cases[i].words);
		if (p.verdict != OPTIONS_EXIT || p.status != cases[i].status)
			fail_msg("%s: verdict %d, status %d", cases[i].words,
			    (int)p.verdict, p.status);
		if (strstr(p.out, cases[i].out) == NULL ||
		    strstr(p.err, cases[i].err) == NULL)
			fail_msg("%s: '%s' '%s'", cases[i].words, p.out, p.err);
		/* Nothing is said at the wrong place. */
		assert_true((cases[i].out[0] == '\0') == (p.out[0] == '\0'));
		assert_true((cases[i].err[0] == '\0') == (p.err[0] == '\0'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
