/* What of a table is in force. Knows texts, not what became of the files. */
#include "daemon/tables/table_install.h"

#define AGAIN_MIN_MS INT64_C(1000)
#define AGAIN_MAX_MS INT64_C(60000)
#define AGAIN_DOUBLE 6

struct table_id
table_slot_id(const struct table_slot *slot)
{
	return (struct table_id){slot->base.kind, slot->base.name, slot->path};
}

void
table_slot_retry(struct loader *loader, struct table_slot *slot)
{
	int64_t ms = AGAIN_MIN_MS;

	if (slot->tries < AGAIN_DOUBLE)
		ms <<= slot->tries++;
	else
		ms = AGAIN_MAX_MS;
	loader->hooks.again(loader->hooks.context, slot, ms);
}

void
table_uninstall(struct loader *loader, struct table_slot *slot)
{
	struct table *old = slot->base.table;

	if (old == NULL)
		return;
	agenda_remove(loader->config->agenda, old);
	slot->base.table = NULL;
	table_unref(old);
	loader->changed = true;
}

void
table_drop_last_good(struct loader *loader, struct table_slot *slot)
{
	struct table_id id = table_slot_id(slot);

	last_good_drop(&loader->keep, &id);
	slot->copied = false;
}

void
table_install_no_memory(struct loader *loader, struct table_slot *slot)
{
	struct table_id id = table_slot_id(slot);

	if (!slot->logged_no_memory)
		table_log_no_room(&loader->report, &id,
		    slot->base.table != NULL);
	slot->logged_no_memory = true;
	slot->base.read = false;
	table_slot_retry(loader, slot);
}

/* One that was there at the start and had to wait has missed something. */
static int
put_on_agenda(struct loader *loader, struct table_slot *slot,
    struct table *table)
{
	const struct reload_config *config = loader->config;

	if (table_set_context(table, slot->context) < 0 ||
	    agenda_add(config->agenda, table) < 0)
		return -1;
	if (slot->missed && config->late != NULL)
		config->late(config->context, table, slot->base.mark.ctime_ns);
	slot->missed = false;
	return 0;
}

/* The new one first, then the old one off: between two ticks nothing is due, so
 * nothing runs twice, and without memory the old one is still there. */
void
table_install(struct loader *loader, struct table_slot *slot,
    struct table *table)
{
	struct table_id id = table_slot_id(slot);

	if (put_on_agenda(loader, slot, table) < 0) {
		table_unref(table);
		table_install_no_memory(loader, slot);
		return;
	}
	slot->logged_no_memory = false;
	table_uninstall(loader, slot);
	slot->base.table = table;
	slot->good_at_ns = slot->base.mark.mtime_ns;
	table_drop_last_good(loader, slot);
	slot->user_missing = false;
	loader->changed = true;
	if (!slot->at_start)
		table_log_loaded(&loader->report, &id);
	slot->at_start = false;
}

static bool
refused_debian(const struct loader *loader)
{
	return loader->config->source->personality->table_all_or_nothing;
}

static struct table_copy
copy_of(const struct table_slot *slot)
{
	return (struct table_copy){
	    .written_at_ns = slot->good_at_ns,
	    .uid = slot->base.kind == TABLE_USER ? (uint32_t)slot->uid : 0,
	};
}

/* After a restart: what was in force before it. */
static bool
revive(struct loader *loader, struct table_slot *slot)
{
	struct table_copy copy = copy_of(slot);
	struct table_id id = table_slot_id(slot);
	struct table *table = last_good_get(&loader->keep, &id, &copy);

	if (table == NULL)
		return false;
	if (put_on_agenda(loader, slot, table) < 0) {
		table_unref(table);
		table_install_no_memory(loader, slot);
		return false;
	}
	slot->base.table = table;
	slot->good_at_ns = copy.written_at_ns;
	slot->at_start = false;
	slot->copied = true;
	loader->changed = true;
	return true;
}

bool
table_refuse(struct loader *loader, struct table_slot *slot)
{
	struct table_copy copy = copy_of(slot);
	struct table_id id = table_slot_id(slot);

	if (!refused_debian(loader)) {
		table_uninstall(loader, slot);
		return false;
	}
	if (slot->base.table == NULL)
		return revive(loader, slot);
	if (!slot->copied)
		last_good_put(&loader->keep, &id, slot->base.table, &copy);
	slot->copied = true;
	return false;
}

void
table_log_last_good(struct loader *loader, struct table_slot *slot,
    bool revived)
{
	struct table_id id = table_slot_id(slot);

	if (revived)
		table_log_revived(&loader->report, &id,
		    (time_t)(slot->good_at_ns / 1000000000));
}
