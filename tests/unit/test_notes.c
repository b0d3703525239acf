/*
 * What is noted of lines that every cron takes, and means otherwise than who
 * wrote them: where, at which level, and what would be right. Lines that look
 * odd and are meant draw no note.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/table.h"
#include "oracle_lines.h"
#include "parsed.h"
#include "reference.h"

#define NEIGHBOURS 3000

struct note {
	const char *line;
	unsigned column;
	const char *word;
	const char *advice; /* NULL: none */
};

/* A setting that a shell would read otherwise. */
static const struct note settings[] = {
    {"TZ=UTC 0 5 * * * backup", 8, "setting", "TZ=UTC\n0 5 * * * backup"},
    {"CRON_TZ=UTC 0 5 * * * x", 13, "setting", "CRON_TZ=UTC\n0 5 * * * x"},
    {"TZ=UTC A=b */5 * * * * x y", 12, "setting",
	"TZ=UTC\nA=b\n*/5 * * * * x y"},
    {"MAILTO= 0 5 * * * x", 9, "setting", "MAILTO=\"\"\n0 5 * * * x"},
    {"MAILTO=root @daily x", 13, "setting", "MAILTO=root\n@daily x"},
    {"FOO=bar @daily /x", 9, "setting", "FOO=bar\n@daily /x"},
    {"FOO=bar; 0 5 * * * x", 10, "setting", "FOO=bar\n0 5 * * * x"},
    {"FOO=a b 0 5 * * * x", 9, "setting", "FOO=a b\n0 5 * * * x"},
    {"TZ=UTC 0 25 * * * x", 8, "setting", NULL},
    {"MAILTO=root # on call", 13, "setting", "MAILTO=root"},
    {"MAILTO=root\t#on call", 13, "setting", "MAILTO=root"},
    {" A = b  # c", 9, "setting", "A=b"},
    {"MAILTO=# nobody", 8, "setting", "MAILTO=\"\""},
    {"FOO=bar;", 8, "setting", "FOO=bar"},
    {"FOO=bar; export FOO", 8, "setting", "FOO=bar"},
    {"A=b; export A; C=d", 4, "setting", "A=b\nC=d"},
    {"A=1 B=2", 5, "setting", "A=1\nB=2"},
    {"MAILTO=root PATH=/bin", 13, "setting", "MAILTO=root\nPATH=/bin"},
    {"$FOO=bar", 1, "setting", "FOO=bar"},
    {"FOO+=bar", 1, "setting", "FOO=bar"},
};

/* Entries of a user's table. */
static const struct note entries[] = {
    {"0 3 * * * tar czf \"/b/$(date +%F).tgz\" /home", 31, "command",
	"tar czf \"/b/$(date +\\%F).tgz\" /home"},
    {"@daily x `date +%F` \\% %", 17, "command", "x `date +\\%F` \\% \\%"},
    {"@daily date +%Y-%m", 14, "command", "date +\\%Y-\\%m"},
    {"@daily date +\\%Y-%m", 18, "command", "date +\\%Y-\\%m"},
    {"@daily awk '{printf \"%d\", $1}' x", 22, "command",
	"awk '{printf \"\\%d\", $1}' x"},
    {"@daily echo 90% full", 15, "command", "echo 90\\% full"},
    {"@daily echo 100%", 16, "command", "echo 100\\%"},
    {"@daily wget http://x/a%20b", 23, "command", "wget http://x/a\\%20b"},
    {"@daily printf %s a", 15, "command", "printf \\%s a"},
    {"@daily git log --format=%h", 25, "command", "git log --format=\\%h"},
    {"0 0 12 * * ? x", 12, "command", "0 12 * * *"},
    {"0 0 4 * * 1-5 x", 11, "command", "0 4 * * 1-5"},
    {"0 0 4 * * MON-FRI x", 11, "command", "0 4 * * MON-FRI"},
    {"0 0 4 * * mon x", 11, "command", "0 4 * * mon"},
    {"0 0 4 * * 1,3 x", 11, "command", "0 4 * * 1,3"},
    {"0 0 1 1 * 2027 x", 11, "command", "0 0 1 1 *"},
    {"0 0 1 1 * 2027-2030 x", 11, "command", "0 0 1 1 *"},
    {"0 0 1 * * 0-6/2 x", 11, "command", "0 1 * * 0-6/2"},
    {"0 0 12 * * ? 2027 x", 12, "command", "0 12 * * *"},
    {"0 0 12 * * MON-FRI 2027-2030 x", 12, "command", "0 12 * * MON-FRI"},
    {"@daily 0 x", 8, "command", "@daily"},
    {"@daily ? x", 8, "command", "@daily"},
    {"*/5 * * * * root /usr/bin/backup", 13, "command", "/usr/bin/backup"},
    {"@daily root x", 8, "command", "x"},
    {"@reboot  root\tx y", 10, "command", "x"},
    {"0 5 * * * root -n x", 11, "command", "-n"},
    {"0 5 * * * -n root x", 14, "command", "x"},
    {"0 5 * * * www-data php /x", 11, "command", "php"},
    {"0 5 * * * joe /home/joe/x", 11, "command", "/home/joe/x"},
    {"0 0 30 2 * x", 5, "never", NULL},
    {"0 0 30 feb * x", 5, "never", NULL},
    {"0 0 30,31 2 * x", 5, "never", NULL},
    {"0 0 30-31 2 * x", 5, "never", NULL},
    {"0 0 31 2,4,6,9,11 * x", 5, "never", NULL},
    {"0 0 31 4-6/2 * x", 5, "never", NULL},
    {"0 0 31 2 */2 x", 5, "never", NULL},
    {"0 0 31~31 2 * x", 5, "never", NULL},
    {"* * 30 2 * x", 5, "never", NULL},
};

static const struct note system_entries[] = {
    {"@daily /usr/bin/backup all", 8, "user", "root /usr/bin/backup"},
    {"0 5 * * * cd /x && y", 11, "user", "root cd"},
    {"0 5 * * * A=b x", 11, "user", "root A=b"},
    {"0 5 * * * ./x y", 11, "user", "root ./x"},
    {"0 3 * * * wget -q http://x/", 16, "bad option", "root wget"},
    {"@daily /usr/bin/backup --all", 24, "bad option", "root /usr/bin/backup"},
    {"0 3 * * * [ -x /x ] && /x", 13, "bad option", "root ["},
    {"0 3 * * * backup --all", 18, "bad option", NULL},
    {"0 0 4 * * 1-5 root x", 11, "command", "0 4 * * 1-5"},
    {"0 0 12 * * ? root x", 12, "command", "0 12 * * *"},
    {"@daily root date +%F", 19, "command", "date +\\%F"},
    {"0 0 31 2 * root x", 5, "never", NULL},
};

static const struct note hints[] = {
    {"* 3 * * * x", 1, "each minute", "0"},
    {"*/1 3 * * * x", 1, "each minute", "0"},
    {"* 3,15 * * * x", 1, "each minute", "0"},
    {"* */4 * * * x", 1, "each minute", "0"},
    {"* * 1 * * x", 1, "each minute", "0"},
    {"*/45 * * * * x", 1, "step", NULL},
    {"*/7 * * * * x", 1, "step", NULL},
    {"0-59/45 * * * * x", 1, "step", NULL},
    {"0 */5 * * * x", 3, "step", NULL},
    {"0 0 1 */5 * x", 7, "step", NULL},
    {"0 0 31 2 mon x", 5, "never", NULL},
};

/* Nothing to note. */
static const char *const plain[] = {
    "A=b",
    "PATH=/usr/bin:/bin",
    "DAYS=1 2 3 4 5 6 7",
    "HOURS=8 9 10 11 12 lunch",
    "SUBJECT=Report @daily for joe",
    "OPTS=-Da=b -Dc=d",
    "opts=user=joe pass=x",
    "COLORS=#fff #000",
    "A=\"b # c\"",
    "A=say 'b # c'",
    "CMD=cd /x && make",
    "CMD=x; y",
    "URL=http://x/#top",
    "CHANNEL=#cron",
    "A=",
    "@daily x",
    "@daily mail -s \"x\" joe%Dear Joe,%this is 5% of it.",
    "@daily cat %hello%world",
    "@daily sh%echo a%echo b",
    "@daily mail joe@example.org%Hi",
    "@daily mail joe2%Hi",
    "@daily echo it\\'s%x",
    "@daily date +\\%F",
    "@daily x \"$(date '+\\%F')\" > /y 2>&1",
    "@daily (cd /x; y)%z",
    "@daily x ${A:-b}%z",
    "@daily 7z a /x /y",
    "@daily 2to3 /x",
    "@daily mon -c /etc/mon.cf",
    "@daily w",
    "@daily [ -x /x ] && /x",
    "@daily root -b -q macro.C",
    "@daily rootcheck x",
    "@daily joe",
    "@daily joe x",
    "@daily -n x",
    "0 0 29 2 * x",
    "0 0 31 1,2 * x",
    "0 0 28-31 2 * x",
    "0 0 30 4 * x",
    "0 0 31 */2 * x",
    "* 8-17 * * * x",
    "* 22,23 * * * x",
    "* 0,23 * * * x",
    "* * * * 1-5 x",
    "* * 1-7 * 1 x",
    "*/5 3 * * * x",
    "*/30 * * * * x",
    "0 */6 * * * x",
    "0 0 */2 * * x",
    "0 0 * * */2 x",
    "5-59/25 * * * * x",
    "*/45,50 * * * * x",
};

static const char *const plain_system[] = {
    "@daily root x",
    "@daily www-data [ -x /x ] && /x",
    "@daily joe.doe x",
    "@daily EXAMPLE\\joe x",
    "@daily backup /x",
    "17 * * * * root cd / && run-parts --report /etc/cron.hourly",
    "25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts "
    "--report /etc/cron.daily; }",
    "5-55/10 * * * * root command -v debian-sa1 > /dev/null && debian-sa1 1 "
    "1",
    "30 7-23 * * * root [ -x /etc/init.d/anacron ] && if [ ! -d "
    "/run/systemd/system ]; then /usr/sbin/invoke-rc.d anacron start "
    ">/dev/null; fi",
    "57 0 * * 0 root if [ -x /usr/share/mdadm/checkarray ] && [ $(date +\\%d) "
    "-le 7 ]; then /usr/share/mdadm/checkarray --cron --all --idle --quiet; fi",
};

#define LIST(list) (list), sizeof(list) / sizeof((list)[0])

static void
check_note(enum table_kind kind, const struct note *note,
    const enum fault_level *level)
{
	char bytes[512];

	snprintf(bytes, sizeof(bytes), "%s\n", note->line);
	for (int debian = 0; debian < 2; debian++) {
		struct parsed p =
		    parse(debian ? "debian" : "redhat", kind, bytes);
		const struct fault *fault = NULL;
		for (size_t i = 0; i < p.faults.count; i++)
			if (strcmp(p.faults.list[i].word, note->word) == 0)
				fault = &p.faults.list[i];
		if (fault == NULL || fault->column != note->column ||
		    (level != NULL && fault->level != *level) ||
		    (fault->advice == NULL) != (note->advice == NULL) ||
		    (note->advice != NULL &&
			strcmp(fault->advice, note->advice) != 0))
			fail_msg("'%s': %s, column %u, advice %s", note->line,
			    fault != NULL ? fault->text : "no note",
			    fault != NULL ? fault->column : 0,
			    fault != NULL && fault->advice != NULL
				? fault->advice
				: "none");
		if (level != NULL)
			assert_int_equal(p.verdict, TABLE_GOOD);
		parsed_clear(&p);
	}
}

static void
check_notes(enum table_kind kind, const struct note *notes, size_t count,
    const enum fault_level *level)
{
	for (size_t i = 0; i < count; i++)
		check_note(kind, &notes[i], level);
}

static void
test_settings(void **state)
{
	const enum fault_level notice = FAULT_NOTICE;

	(void)state;
	check_notes(TABLE_USER, LIST(settings), &notice);
}

static void
test_entries(void **state)
{
	const enum fault_level notice = FAULT_NOTICE;

	(void)state;
	check_notes(TABLE_USER, LIST(entries), &notice);
	check_notes(TABLE_DROPIN, LIST(system_entries), NULL);
}

static void
test_hints(void **state)
{
	const enum fault_level hint = FAULT_HINT;

	(void)state;
	check_notes(TABLE_USER, LIST(hints), &hint);
}

/* The shell's part of the command is said in full, or for some length. */
static void
test_what_the_shell_gets(void **state)
{
	struct parsed p = parse("redhat", TABLE_USER,
	    "0 3 * * * tar czf \"/b/$(date +%F).tgz\" /home\n");

	(void)state;
	assert_int_equal(p.faults.count, 1);
	assert_non_null(strstr(p.faults.list[0].text,
	    "the shell gets 'tar czf \"/b/$(date +', what"));
	parsed_clear(&p);
}

static void
check_plain(enum table_kind kind, const char *line)
{
	char bytes[ORACLE_LINE_BYTES + 2];

	snprintf(bytes, sizeof(bytes), "%s\n", line);
	struct parsed p = parse("redhat", kind, bytes);
	if (p.faults.count > 0)
		fail_msg("'%s': %s", line, p.faults.list[0].text);
	parsed_clear(&p);
}

static void
test_plain_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		check_plain(TABLE_USER, plain[i]);
	for (size_t i = 0; i < sizeof(plain_system) / sizeof(plain_system[0]);
	     i++)
		check_plain(TABLE_DROPIN, plain_system[i]);
}

static bool
is_ubuntu(const char *name)
{
	return strcmp(name, "ubuntu") == 0;
}

/* Other users are found where somebody can be asked. */
static void
test_other_users(void **state)
{
	static const char text[] = "0 5 * * * ubuntu /usr/bin/x\n"
				   "0 5 * * * ubuntu x\n"
				   "0 5 * * * sync /mnt\n";
	struct parsed p = parse("redhat", TABLE_USER, text);
	struct faults faults;
	struct table *table;

	(void)state;
	assert_int_equal(p.faults.count, 0);
	p.source.user_only = is_ubuntu;
	faults_init(&faults);
	assert_int_equal(table_parse(&p.source, text, strlen(text),
			     memory_heap(), &faults, &table),
	    TABLE_GOOD);
	assert_int_equal(faults.count, 1);
	assert_int_equal(faults.list[0].line, 1);
	assert_int_equal(faults.list[0].column, 11);
	assert_string_equal(faults.list[0].advice, "/usr/bin/x");
	table_unref(table);
	faults_clear(&faults);
	parsed_clear(&p);
}

/* --- neighbours --- */

static const char *
pick(uint64_t *seed, const char *const *list, size_t count)
{
	return list[reference_between(seed, 0, (int64_t)count - 1)];
}

#define PICK(list) pick(&seed, LIST(list))

static const char *const times[] = {"*/5 * * * *", "0 5 * * *", "30 4 * * 1-5",
    "15 14 1 * *", "0 0 * jan-mar *", "@daily", "@reboot", "@hourly",
    "~ 3 * * *", "0\t5  *\t* *"};
static const char *const commands[] = {"/usr/bin/backup", "/x -y z",
    "/usr/local/bin/run >/dev/null 2>&1", "/bin/true && /bin/x"};
static const char *const names[] = {"TZ", "CRON_TZ", "MAILTO", "PATH", "SHELL",
    "HOME", "FOO", "LANG"};
static const char *const values[] = {"UTC", "root", "/bin", "a@example.org",
    "C.UTF-8"};
/* What takes a format, which takes the place of the '@'. */
static const char *const formats[] = {"$(date +@)", "\"`date +@`\"", "'@'",
    "\"@\"", "$(date '+@')", "\"$(date \"+@\")\""};
static const char *const conversions[] = {"%F", "%Y-%m-%d", "%H%M", "%s",
    "%Y/%m", "%a"};
static const char *const sixths[] = {"?", "1-5", "MON-FRI", "1,3,5", "2027",
    "0-6/2", "sun,sat", "6", "L", "15W", "5L", "6#3", "2026-2028"};
static const char *const users[] = {"root", "nobody", "www-data"};

static void
expect(const char *personality, enum table_kind kind, const char *line,
    const char *word, size_t column)
{
	struct parsed p = parse(personality, kind, line);
	bool found = false;

	for (size_t i = 0; i < p.faults.count; i++)
		found = found || (strcmp(p.faults.list[i].word, word) == 0 &&
				     p.faults.list[i].column == column);
	if (!found || p.verdict != TABLE_GOOD)
		fail_msg("%s: %s: no note in column %zu", personality, line,
		    column);
	parsed_clear(&p);
}

static void
test_neighbours(void **state)
{
	uint64_t seed = reference_seed();
	char line[512], inner[128];
	int at;

	(void)state;
	for (int i = 0; i < NEIGHBOURS; i++) {
		const char *personality = i & 1 ? "debian" : "redhat";
		const char *time = PICK(times), *command = PICK(commands);
		const char *name = PICK(names), *value = PICK(values);

		snprintf(line, sizeof(line), "%s=%s%s%n%s %s\n", name, value,
		    i & 2 ? " " : "; ", &at, time, command);
		expect(personality, TABLE_USER, line, "setting",
		    (size_t)at + 1);
		snprintf(line, sizeof(line), "%s =%s %n# %s\n", name, value,
		    &at, command);
		expect(personality, TABLE_USER, line, "setting",
		    (size_t)at + 1);
		const char *format = PICK(formats);
		size_t head = strcspn(format, "@");
		snprintf(inner, sizeof(inner), "%.*s%s%s", (int)head, format,
		    PICK(conversions), format + head + 1);
		snprintf(line, sizeof(line), "%s %s/%s\n", time, command,
		    inner);
		expect(personality, TABLE_USER, line, "command",
		    strcspn(line, "%") + 1);
		snprintf(line, sizeof(line), "%s %n%s %s\n", time, &at,
		    PICK(sixths), command);
		expect(personality, TABLE_USER, line, "command",
		    (size_t)at + 1);
		snprintf(line, sizeof(line), "%s%s %n%s %s\n", i & 2 ? "" : " ",
		    time, &at, PICK(users), command);
		expect(personality, TABLE_USER, line, "command",
		    (size_t)at + 1);
		snprintf(line, sizeof(line), "%s %n%s a\n", time, &at,
		    "/usr/bin/backup");
		expect(personality, TABLE_SYSTEM, line, "user", (size_t)at + 1);
		/* and the line as it should be */
		snprintf(line, sizeof(line), "%s\t%s", time, command);
		check_plain(TABLE_USER, line);
		snprintf(line, sizeof(line), "%s\troot %s", time, command);
		check_plain(TABLE_DROPIN, line);
	}
}

/* Each day of each month against the calendar. */
static void
test_days(void **state)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31};

	(void)state;
	for (int month = 1; month <= 12; month++) {
		for (int day = 1; day <= 31; day++) {
			char line[64];
			snprintf(line, sizeof(line), "0 0 %d %d * x\n", day,
			    month);
			struct parsed p = parse("redhat", TABLE_USER, line);
			assert_int_equal(p.faults.count, day > days[month - 1]);
			parsed_clear(&p);
		}
	}
}

/* How many notes the oracles draw: of the real lines in them none is wrong, so
 * a rule that gets wider is to be looked at. */
static void
test_oracles(void **state)
{
	struct oracle_lines lines = oracle_lines_read();
	static const char *const words[] = {"setting", "command", "user",
	    "never", "each minute"};
	size_t found[sizeof(words) / sizeof(words[0])] = {0};

	(void)state;
	for (size_t i = 0; i < lines.count; i++) {
		char bytes[ORACLE_LINE_BYTES + 2];
		snprintf(bytes, sizeof(bytes), "%s\n", lines.list[i]);
		struct parsed p = parse("redhat", TABLE_USER, bytes);
		for (size_t k = 0; k < p.faults.count; k++)
			for (size_t w = 0; w < sizeof(words) / sizeof(words[0]);
			     w++)
				if (strcmp(p.faults.list[k].word, words[w]) ==
				    0) {
					found[w]++;
					printf("%s: %s\n", words[w],
					    lines.list[i]);
				}
		parsed_clear(&p);
	}
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		printf("%s: %zu\n", words[w], found[w]);
	free(lines.list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_hints),
	    cmocka_unit_test(test_what_the_shell_gets),
	    cmocka_unit_test(test_plain_lines),
	    cmocka_unit_test(test_other_users),
	    cmocka_unit_test(test_neighbours),
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_oracles),
	};

	return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}
