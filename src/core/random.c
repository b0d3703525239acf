/*
 * Numbers for '~' and RANDOM_DELAY: hashes, so that nothing has to be
 * remembered for them to stay the same.
 */
#include "core/random.h"

#include <endian.h>
#include <string.h>

/* The finisher of splitmix64: each bit of x reaches each bit of the result. */
static uint64_t
finish(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Eight bytes, the first one lowest. */
static uint64_t
eight(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* Whole tables go through here: eight bytes at a time, the rest one by one. */
uint64_t
random_mix(uint64_t seed, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;
	/* The length goes in, so that "ab","c" and "a","bc" differ. */
	uint64_t mixed = finish(seed ^ len);

	for (; len >= 8; len -= 8, byte += 8) {
		mixed = (mixed ^ eight(byte)) * UINT64_C(0xbf58476d1ce4e5b9);
		mixed ^= mixed >> 32;
	}
	for (; len > 0; len--, byte++)
		mixed = (mixed ^ *byte) * UINT64_C(0x100000001b3);
	return finish(mixed);
}

unsigned
random_between(uint64_t seed, unsigned low, unsigned high)
{
	uint64_t span = (uint64_t)high - low + 1;

	return low + (unsigned)(((finish(seed) >> 32) * span) >> 32);
}

unsigned
random_delay_percent(uint64_t host_seed)
{
	static const char what[] = "RANDOM_DELAY";

	return random_between(random_mix(host_seed, what, sizeof(what) - 1), 0,
	    100);
}
