/* Counts what settings of one table cost; see the header for the limits. */
#include "core/setting_limits.h"

void
setting_limits_init(struct setting_limits *limits, struct memory *memory,
    const struct hash_key *key)
{
	string_set_init(&limits->names, memory, key);
	string_set_init(&limits->zones, memory, key);
	limits->bytes = 0;
}

void
setting_limits_clear(struct setting_limits *limits)
{
	string_set_clear(&limits->names);
	string_set_clear(&limits->zones);
	limits->bytes = 0;
}

enum setting_verdict
setting_limits_add(struct setting_limits *limits, const struct setting *setting)
{
	uint32_t *bytes = string_set_find(&limits->names, setting->name);
	size_t new_bytes = setting->name.len + setting->value.len + 2;

	if (bytes == NULL)
		return SETTING_NO_MEMORY;
	limits->bytes += new_bytes - *bytes;
	*bytes = (uint32_t)new_bytes;
	return limits->bytes <= SETTINGS_BYTES_MAX ? SETTING_FITS
						   : SETTING_TOO_MANY_BYTES;
}

enum setting_verdict
setting_limits_zone(struct setting_limits *limits, struct slice value,
    uint32_t **known)
{
	*known = string_set_find(&limits->zones, value);
	if (*known == NULL)
		return SETTING_NO_MEMORY;
	return limits->zones.count <= TABLE_ZONES_MAX ? SETTING_FITS
						      : SETTING_TOO_MANY_ZONES;
}
