/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A random number generator from the ChaCha20 block function (RFC 8439, 2.3). Each request takes
 * its bytes from a key stream whose first 32 bytes replace the key, so that what was given out
 * cannot be computed from the state later. random_lock guards the key.
 */
#include <lwk/random.h>
#include <lwk/spinlock.h>
#include <lwk/timer.h>
#include <string.h>

#define KEY_WORDS   8u
#define BLOCK_WORDS 16u

static struct spinlock random_lock;
static uint32_t key[KEY_WORDS];
static uint64_t requests;

static uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

static void block(const uint32_t *with, uint64_t counter, uint64_t nonce, uint32_t *out)
{
	const uint32_t in[BLOCK_WORDS] = {0x61707865,        0x3320646e,
					  0x79622d32,        0x6b206574,
					  with[0],           with[1],
					  with[2],           with[3],
					  with[4],           with[5],
					  with[6],           with[7],
					  (uint32_t)counter, (uint32_t)(counter >> 32),
					  (uint32_t)nonce,   (uint32_t)(nonce >> 32)};

	memcpy(out, in, sizeof(in));
	for (unsigned i = 0; i < 10; i++) {
		for (unsigned c = 0; c < 4; c++)
			quarter_round(out, c, c + 4, c + 8, c + 12);
		for (unsigned c = 0; c < 4; c++)
			quarter_round(out, c, (c + 1) % 4 + 4, (c + 2) % 4 + 8, (c + 3) % 4 + 12);
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

void random_seed(const void *seed, size_t size)
{
	const uint8_t *bytes = seed;
	uint32_t out[BLOCK_WORDS];
	uint64_t flags = spin_lock_irq(&random_lock);

	for (size_t i = 0; i < size; i++) {
		key[i / 4 % KEY_WORDS] ^= (uint32_t)bytes[i] << i % 4 * 8;
		if (i % (4 * KEY_WORDS) == 4 * KEY_WORDS - 1 || i == size - 1) {
			block(key, 0, 0, out);
			memcpy(key, out, sizeof(key));
		}
	}
	spin_unlock_irq(&random_lock, flags);
}

void random_fill(void *to, size_t size)
{
	uint32_t own[KEY_WORDS], out[BLOCK_WORDS];
	uint64_t flags = spin_lock_irq(&random_lock);
	uint64_t nonce = ++requests;
	uint8_t *at = to;

	block(key, arch_counter_read(), nonce, out);
	memcpy(key, out, sizeof(key));
	memcpy(own, out + KEY_WORDS, sizeof(own));
	spin_unlock_irq(&random_lock, flags);
	for (uint64_t counter = 0; size > 0; counter++) {
		size_t bytes = size < sizeof(out) ? size : sizeof(out);

		block(own, counter, nonce, out);
		memcpy(at, out, bytes);
		at += bytes;
		size -= bytes;
	}
}
