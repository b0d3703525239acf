/* A key from the kernel; see the header. */
#include "sys/random_key.h"

#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

#include "sys/clock.h"

struct hash_key
random_key(void)
{
	struct hash_key key;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) == sizeof(key))
		return key;
	key.words[0] = (uint64_t)clock_wall_ns() ^ (uint64_t)getpid() << 40;
	key.words[1] = (uint64_t)clock_mono_ns() ^ (uint64_t)(uintptr_t)&key
						       << 16;
	return key;
}
