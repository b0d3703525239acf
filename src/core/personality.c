/*
 * The constants of each system, and nothing else. What they mean is told in
 * the header; why they are so, in the incumbents' sources and packages.
 */
#include "core/personality.h"

#include <assert.h>
#include <string.h>

static const struct personality debian = {
    .name = "debian",
    .debian = true,
    .daemon = "cron",
    .job_ident = "CRON",

    .system_table = "/etc/crontab",
    .dropin_dir = "/etc/cron.d",
    .spool_dir = "/var/spool/cron/crontabs",
    .spool_parent = "/var/spool/cron",
    .spool_mode = 01730,
    .spool_group = "crontab",
    .pid_file = "/run/crond.pid",
    .pid_file_removed = false,
    .reboot_marker = "/run/crond.reboot",
    .marker_required = true,
    .work_dir = "/var/spool/cron",
    .sendmail = "/usr/sbin/sendmail",
    .mailbox_dir = "/var/mail",
    .pam_service = "cron",

    .names = NAMES_DEBIAN,
    .table_all_or_nothing = true,
    .junk_ignored = true,
    .unknown_options_run = true,
    .empty_command_known = true,
    .extensions_new = true,
    .backslash_pairs = true,
    .quoted_trimmed = true,
    .unknown_user_refused = true,
    .line_max = 998,
    .command_max = 998,
    .command_too_long = true,
    .lines_max = 10000,

    .path = "/usr/bin:/bin",
    .sets_user = false,
    .inherits_locale = false,
    .home_required = false,
    .pam_for_system_root = true,

    .linger_secs = 0,
    .mailer_gets_job_env = false,
    .safe_mail = "@!:%-.,_+=/",
    .logs_end = false,

    .everyone_allowed = true,
    .access_of_target = true,
    .stored_header = true,
    .root_keeps = false,
    .keeps_backup = false,
    .temp_prefix = "tmp.",
    .editor = "/usr/bin/sensible-editor",
    .edit_dir = "/tmp",
};

/* What cronie is wherever it runs. */
#define CRONIE                                                                 \
	.debian = false, .system_table = "/etc/crontab",                       \
	.dropin_dir = "/etc/cron.d", .spool_mode = 0700,                       \
	.pid_file = "/run/crond.pid", .pid_file_removed = true,                \
	.reboot_marker = "/run/cron.reboot", .marker_required = false,         \
	.sendmail = "/usr/sbin/sendmail", .pam_service = "crond",              \
	.mailbox_dir = "/var/spool/mail", .names = NAMES_CRONIE,               \
	.line_max = 131071, .command_max = 131071, .entries_max = 10000,       \
	.settings_max = 1000, .filler_max = 32768,                             \
	.path = "/usr/bin:/bin:/usr/sbin:/sbin", .sets_user = true,            \
	.inherits_locale = true, .home_required = true,                        \
	.pam_for_system_root = false, .linger_secs = 60,                       \
	.mailer_gets_job_env = true, .safe_mail = "@!:%-.,_+",                 \
	.logs_end = true, .root_keeps = true, .keeps_backup = true,            \
	.temp_prefix = "#tmp.", .temp_names_host = true, .editor = "vi"

static const struct personality redhat = {
    CRONIE,
    .name = "redhat",
    .daemon = "crond",
    .job_ident = "CROND",
    .spool_dir = "/var/spool/cron",
};

static const struct personality suse = {
    CRONIE,
    .name = "suse",
    .daemon = "cron",
    .job_ident = "CRON",
    .spool_dir = "/var/spool/cron/tabs",
};

/* Each of them as the build's own, with the others behind it. */
static const struct personality *const orders[][4] = {
    {&debian, &redhat, &suse, NULL},
    {&redhat, &debian, &suse, NULL},
    {&suse, &debian, &redhat, NULL},
};

static const struct personality *const *
personality_order(const char *name)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(orders[i][0]->name, name) == 0)
			return orders[i];
	}
	return NULL;
}

const struct personality *
personality_find(const char *name)
{
	const struct personality *const *order =
	    personality_order(name != NULL ? name : EVCRON_PERSONALITY);

	return order != NULL ? order[0] : NULL;
}

const struct personality *const *
personality_all(void)
{
	const struct personality *const *order =
	    personality_order(EVCRON_PERSONALITY);

	assert(order != NULL);
	return order;
}

bool
personality_inherits(const struct personality *personality,
    const char *variable)
{
	static const char *const names[] = {
	    "LANG",
	    "LC_CTYPE",
	    "LC_NUMERIC",
	    "LC_TIME",
	    "LC_COLLATE",
	    "LC_MONETARY",
	    "LC_MESSAGES",
	    "LC_PAPER",
	    "LC_NAME",
	    "LC_ADDRESS",
	    "LC_TELEPHONE",
	    "LC_MEASUREMENT",
	    "LC_IDENTIFICATION",
	    "LC_ALL",
	    "LANGUAGE",
	    "RANDOM_DELAY",
	    "MAILFROM",
	};
	size_t len = strcspn(variable, "=");

	if (!personality->inherits_locale || variable[len] != '=')
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(names[i], variable, len) == 0 &&
		    names[i][len] == '\0')
			return true;
	}
	return false;
}
