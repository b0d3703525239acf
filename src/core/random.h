/*
 * Values that look random and stay the same: over reloads, restarts, and
 * between crond, cronnext and crontab, but not between hosts (DESIGN.md 3.6).
 */
#ifndef EVCRON_CORE_RANDOM_H
#define EVCRON_CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Mixes bytes into a seed (start with the host's, or 0). A good 64-bit hash,
 * the same on every machine and byte order. */
uint64_t random_mix(uint64_t seed, const void *bytes, size_t len);

/* A number from low to high, both included, drawn from a mixed seed. */
unsigned random_between(uint64_t seed, unsigned low, unsigned high);

/* The factor of RANDOM_DELAY of a host, 0-100 percent. */
unsigned random_delay_percent(uint64_t host_seed);

#endif
