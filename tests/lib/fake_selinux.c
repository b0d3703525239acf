/*
 * In the place of libselinux: a kernel and a policy that say what a file tells
 * them to. Programs that are to be tested on a SELinux machine link it. The
 * file is named by $FAKE_SELINUX; without it SELinux is off. Its lines:
 *
 *	enforcing			else it is permissive
 *	fail FUNCTION			that call fails
 *	seuser NAME SEUSER LEVEL	of an account; else user_u and s0
 *	hang NAME			who is looked up for a minute
 *	contexts SEUSER CONTEXT...	its ordered list; else one
 *	label PATTERN CONTEXT		of files of such a path
 *	deny SOURCE TARGET CLASS PERMISSION	patterns as of a shell; all else
 *					is allowed
 *	domain PATTERN CONTEXT		of programs whose label is such
 *	without CLASS			the policy does not know it
 *
 * Each setexeccon adds "setexeccon PID UID CONTEXT" to $FAKE_SELINUX.record.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <selinux/context.h>
#include <selinux/get_context_list.h>
#include <selinux/selinux.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX 256
#define DAEMON   "system_u:system_r:crond_t:s0-s0:c0.c1023"

static const char *const classes[] = {"file", "context", "passwd", "process",
    "fifo_file"};
static const char *const permissions[] = {"entrypoint", "contains", "crontab",
    "read", "write"};

#define COUNT(list) (sizeof(list) / sizeof(list[0]))

/* ---- the file ---- */

/* The n-th line (from 0) that begins with word: its words after that one. */
static bool
find_line(const char *word, char (*words)[WORD_MAX], int n)
{
	const char *path = getenv("FAKE_SELINUX");
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	char line[2048], first[WORD_MAX];
	bool found = false;
	int at = 0;

	while (file != NULL && !found && fgets(line, sizeof(line), file)) {
		memset(words, 0, 4 * sizeof(*words));
		if (sscanf(line, "%255s %255s %255s %255s %255[^\n]", first,
			words[0], words[1], words[2], words[3]) < 1)
			continue;
		found = strcmp(first, word) == 0 && at++ == n;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static bool
fails(const char *function)
{
	char words[4][WORD_MAX];
	int n;

	for (n = 0; find_line("fail", words, n); n++) {
		if (strcmp(words[0], function) == 0) {
			errno = EINVAL;
			return true;
		}
	}
	return false;
}

static int
give(char **to, const char *text)
{
	*to = strdup(text);
	return *to == NULL ? -1 : 0;
}

/* The second word of a line whose first one is a pattern that fits. */
static bool
look_up(const char *word, const char *key, char *value)
{
	char words[4][WORD_MAX];
	int n;

	for (n = 0; find_line(word, words, n); n++) {
		if (fnmatch(words[0], key, 0) == 0) {
			memcpy(value, words[1], WORD_MAX);
			return true;
		}
	}
	return false;
}

/* ---- the kernel ---- */

int
is_selinux_enabled(void)
{
	return getenv("FAKE_SELINUX") != NULL;
}

int
security_getenforce(void)
{
	char words[4][WORD_MAX];

	return find_line("enforcing", words, 0);
}

int
security_deny_unknown(void)
{
	return security_getenforce();
}

int
getcon(char **context)
{
	return fails("getcon") ? -1 : give(context, DAEMON);
}

int
getprevcon(char **context)
{
	if (!is_selinux_enabled() || fails("getprevcon"))
		return -1;
	return give(context, "staff_u:staff_r:staff_t:s1-s2:c0");
}

int
getprevcon_raw(char **context)
{
	return getprevcon(context);
}

int
setexeccon(const char *context)
{
	char path[4096], line[1024];
	int fd, n;

	if (fails("setexeccon"))
		return -1;
	snprintf(path, sizeof(path), "%s.record", getenv("FAKE_SELINUX"));
	n = snprintf(line, sizeof(line), "setexeccon %d %u %s\n", (int)getpid(),
	    (unsigned)geteuid(), context);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		return -1;
	close(fd);
	return 0;
}

int
getfilecon(const char *path, char **context)
{
	char label[WORD_MAX] = "system_u:object_r:any_t:s0";

	if (fails("getfilecon"))
		return -1;
	(void)look_up("label", path, label);
	return give(context, label) == 0 ? (int)strlen(*context) + 1 : -1;
}

int
fgetfilecon(int fd, char **context)
{
	char link[64], path[4096];
	ssize_t n;

	if (fails("fgetfilecon"))
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	return getfilecon(path, context);
}

void
freecon(char *context)
{
	free(context);
}

void
freeconary(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

/* ---- the policy ---- */

static unsigned
index_of(const char *const *list, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return (unsigned)i + 1;
	}
	return 0;
}

security_class_t
string_to_security_class(const char *name)
{
	char words[4][WORD_MAX];

	if (find_line("without", words, 0) && strcmp(words[0], name) == 0)
		return 0;
	return (security_class_t)index_of(classes, COUNT(classes), name);
}

access_vector_t
string_to_av_perm(security_class_t class, const char *name)
{
	unsigned n = index_of(permissions, COUNT(permissions), name);

	(void)class;
	return fails("string_to_av_perm") || n == 0 ? 0 : 1U << (n - 1);
}

static bool
is_denied(const char *source, const char *target, const char *class,
    const char *permission)
{
	char words[4][WORD_MAX];
	int n;

	for (n = 0; find_line("deny", words, n); n++) {
		if (fnmatch(words[0], source, 0) == 0 &&
		    fnmatch(words[1], target, 0) == 0 &&
		    strcmp(words[2], class) == 0 &&
		    strcmp(words[3], permission) == 0)
			return true;
	}
	return false;
}

int
security_compute_av(const char *source, const char *target,
    security_class_t class, access_vector_t wanted,
    struct av_decision *decision)
{
	unsigned i;

	memset(decision, 0, sizeof(*decision));
	if (fails("security_compute_av"))
		return -1;
	for (i = 0; i < COUNT(permissions); i++) {
		if ((wanted & (1U << i)) != 0 &&
		    !is_denied(source, target, classes[class - 1],
			permissions[i]))
			decision->allowed |= 1U << i;
	}
	return 0;
}

int
security_compute_create(const char *source, const char *target,
    security_class_t class, char **context)
{
	char domain[WORD_MAX];

	(void)source;
	(void)class;
	if (fails("security_compute_create"))
		return -1;
	return give(context,
	    look_up("domain", target, domain) ? domain : DAEMON);
}

/* ---- who is who ---- */

int
getseuserbyname(const char *name, char **seuser, char **level)
{
	char words[4][WORD_MAX];
	int n;

	if (fails("getseuserbyname"))
		return -1;
	if (look_up("hang", name, words[0]))
		sleep(60);
	for (n = 0; find_line("seuser", words, n); n++) {
		if (strcmp(words[0], name) == 0)
			return give(seuser, words[1]) == 0
				   ? give(level, words[2])
				   : -1;
	}
	return give(seuser, "user_u") == 0 ? give(level, "s0") : -1;
}

int
get_ordered_context_list_with_level(const char *user, const char *level,
    const char *from, char ***list)
{
	char words[4][WORD_MAX], text[2 * WORD_MAX];
	int n, count = 0;

	(void)from;
	*list = calloc(4, sizeof(**list));
	if (*list == NULL || fails("get_ordered_context_list_with_level"))
		return -1;
	for (n = 0; find_line("contexts", words, n); n++) {
		if (strcmp(words[0], user) != 0)
			continue;
		for (count = 0; count < 3 && words[count + 1][0] != '\0';
		     count++)
			(*list)[count] = strdup(words[count + 1]);
		return count;
	}
	snprintf(text, sizeof(text), "%s:user_r:cronjob_t:%s", user,
	    level == NULL ? "s0" : level);
	(*list)[0] = strdup(text);
	return 1;
}

int
get_default_context_with_level(const char *user, const char *level,
    const char *from, char **context)
{
	char **list;

	(void)from;
	if (fails("get_default_context_with_level") ||
	    get_ordered_context_list_with_level(user, level, NULL, &list) < 1)
		return -1;
	*context = strdup(list[0]);
	freeconary(list);
	return *context == NULL ? -1 : 0;
}

int
get_default_context_with_rolelevel(const char *user, const char *role,
    const char *level, const char *from, char **context)
{
	char text[2 * WORD_MAX];

	(void)level;
	(void)from;
	if (fails("get_default_context_with_rolelevel"))
		return -1;
	snprintf(text, sizeof(text), "%s:%s:system_cronjob_t:s0", user, role);
	return give(context, text);
}

int
selinux_trans_to_raw_context(const char *context, char **raw)
{
	return fails("selinux_trans_to_raw_context") ? -1 : give(raw, context);
}

/* ---- the parts of a context ---- */

static char *
part(context_t context, int n)
{
	char *at = context->ptr;

	return ((char **)(void *)at)[n];
}

static void
set_part(context_t context, int n, const char *text, size_t len)
{
	char **at = (char **)context->ptr + n;

	free(*at);
	*at = text == NULL ? NULL : strndup(text, len);
}

/* 0 to 2: user, role, type; 3: range; 4: all of it. */
context_t
context_new(const char *text)
{
	context_t context;
	size_t len;
	int i;

	if (text == NULL || fails("context_new"))
		return NULL;
	context = calloc(1, sizeof(*context));
	if (context == NULL ||
	    (context->ptr = calloc(5, sizeof(char *))) == NULL)
		abort();
	for (i = 0; i < 4 && text != NULL; i++) {
		len = i < 3 ? strcspn(text, ":") : strlen(text);
		set_part(context, i, text, len);
		text = text[len] == '\0' ? NULL : text + len + 1;
	}
	return context;
}

/* "const" has come with libselinux 3.8. */
__typeof__(context_str(NULL))
context_str(context_t context)
{
	char text[2048];

	if (fails("context_str"))
		return NULL;
	snprintf(text, sizeof(text), "%s:%s:%s:%s", part(context, 0),
	    part(context, 1), part(context, 2), part(context, 3));
	set_part(context, 4, text, strlen(text));
	return part(context, 4);
}

void
context_free(context_t context)
{
	int i;

	if (context == NULL)
		return;
	for (i = 0; i < 5; i++)
		set_part(context, i, NULL, 0);
	free(context->ptr);
	free(context);
}

const char *
context_user_get(context_t context)
{
	return part(context, 0);
}

const char *
context_role_get(context_t context)
{
	return part(context, 1);
}

const char *
context_range_get(context_t context)
{
	return part(context, 3);
}

int
context_range_set(context_t context, const char *range)
{
	if (fails("context_range_set"))
		return -1;
	set_part(context, 3, range, strlen(range));
	return 0;
}
