/*
 * SipHash with one round a word and three at the end, as hash tables of Ruby,
 * Rust and the kernel have it: nobody without the key can find collisions.
 * The algorithm is Aumasson's and Bernstein's.
 */
#include "core/keyed_hash.h"

#include <endian.h>
#include <string.h>

struct sip {
	uint64_t a, b, c, d;
};

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_round(struct sip *v)
{
	v->a += v->b;
	v->b = rotate(v->b, 13) ^ v->a;
	v->a = rotate(v->a, 32);
	v->c += v->d;
	v->d = rotate(v->d, 16) ^ v->c;
	v->a += v->d;
	v->d = rotate(v->d, 21) ^ v->a;
	v->c += v->b;
	v->b = rotate(v->b, 17) ^ v->c;
	v->c = rotate(v->c, 32);
}

static void
sip_word(struct sip *v, uint64_t word)
{
	v->d ^= word;
	sip_round(v);
	v->a ^= word;
}

/* Up to eight bytes, the first one lowest. */
static uint64_t
word_of(const unsigned char *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len);
	return le64toh(word);
}

uint64_t
keyed_hash(const struct hash_key *key, const void *bytes, size_t len)
{
	struct sip v = {
	    .a = key->words[0] ^ UINT64_C(0x736f6d6570736575),
	    .b = key->words[1] ^ UINT64_C(0x646f72616e646f6d),
	    .c = key->words[0] ^ UINT64_C(0x6c7967656e657261),
	    .d = key->words[1] ^ UINT64_C(0x7465646279746573),
	};
	const unsigned char *byte = bytes;
	uint64_t last = (uint64_t)len << 56;

	for (; len >= 8; len -= 8, byte += 8)
		sip_word(&v, word_of(byte, 8));
	if (len > 0)
		last |= word_of(byte, len);
	sip_word(&v, last);
	v.c ^= 0xff;
	sip_round(&v);
	sip_round(&v);
	sip_round(&v);
	return v.a ^ v.b ^ v.c ^ v.d;
}
