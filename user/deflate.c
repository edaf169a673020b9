/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Deflate with fixed codes (RFC 1951, 3.2.6). Each block stands alone: a match never leads out of it. A block that would not become
 * smaller is stored.
 */
#include <stdbool.h>
#include <string.h>
#include <user/deflate.h>

#define MATCH_MIN   4u /* what the hash is of; the format allows 3 */
#define MATCH_MAX   258u
#define REACH       32768u
#define END_SYMBOL  256u
#define STORED_HEAD 8u /* bytes that a stored block takes beside its content, at most */

static void put_bits(struct deflate *s, uint64_t value, unsigned count)
{
	s->bits |= value << s->bit_count;
	s->bit_count += count;
	while (s->bit_count >= 8) {
		s->out[s->out_size++] = (uint8_t)s->bits;
		s->bits >>= 8;
		s->bit_count -= 8;
	}
}

/* codes are packed from their most significant bit on */
static void put_code(struct deflate *s, unsigned code, unsigned length)
{
	unsigned reversed = 0;

	for (unsigned i = 0; i < length; i++)
		reversed |= (code >> i & 1) << (length - 1 - i);
	put_bits(s, reversed, length);
}

static void put_symbol(struct deflate *s, unsigned symbol)
{
	if (symbol < 144)
		put_code(s, 0x30 + symbol, 8);
	else if (symbol < 256)
		put_code(s, 0x190 + symbol - 144, 9);
	else if (symbol < 280)
		put_code(s, symbol - 256, 7);
	else
		put_code(s, 0xc0 + symbol - 280, 8);
}

static unsigned log2_of(unsigned value)
{
	return 31 - (unsigned)__builtin_clz(value);
}

/*
 * The code of a length or distance, which fall into ranges that double every 2^step codes; `extra`: the bits of `value`, lowest ones,
 * that follow the code. `value` counts from the smallest one.
 */
static unsigned range_code(unsigned value, unsigned step, unsigned *extra)
{
	unsigned mask = (1u << step) - 1;

	*extra = 0;
	if (value <= 2 * mask + 1)
		return value;
	*extra = log2_of(value) - step;
	return ((*extra + 1) << step) + (value >> *extra & mask);
}

static void put_match(struct deflate *s, unsigned length, unsigned distance)
{
	unsigned extra, code;

	if (length == MATCH_MAX) {
		put_symbol(s, 285);
	} else {
		code = range_code(length - 3, 2, &extra);
		put_symbol(s, 257 + code);
		put_bits(s, (length - 3) & ((1u << extra) - 1), extra);
	}
	code = range_code(distance - 1, 1, &extra);
	put_code(s, code, 5);
	put_bits(s, (distance - 1) & ((1u << extra) - 1), extra);
}

static unsigned hash_at(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word * 2654435761u >> 19;
}
_Static_assert(DEFLATE_HASHES == 1u << (32 - 19), "hash_at");

/* bytes that are the same, at most `most` */
static unsigned match_length(const uint8_t *a, const uint8_t *b, size_t most)
{
	unsigned length = 0;

	while (length < most && a[length] == b[length])
		length++;
	return length;
}

/* The length of a match for the bytes at `at`, which it remembers; 0: none. */
static unsigned find_match(struct deflate *s, size_t at, unsigned *distance)
{
	size_t rest = s->in_size - at, last;
	unsigned hash, length;

	if (rest < MATCH_MIN)
		return 0;
	hash = hash_at(s->in + at);
	last = s->latest[hash];
	s->latest[hash] = (uint16_t)(at + 1);
	if (last == 0 || at - (last - 1) > REACH)
		return 0;
	*distance = (unsigned)(at - (last - 1));
	length = match_length(s->in + at, s->in + last - 1, rest < MATCH_MAX ? rest : MATCH_MAX);
	return length >= MATCH_MIN ? length : 0;
}

/* False: it does not become smaller. */
static bool compress_block(struct deflate *s, bool is_last)
{
	put_bits(s, is_last, 1);
	put_bits(s, 1, 2);
	for (size_t at = 0; at < s->in_size;) {
		unsigned distance = 0, length = find_match(s, at, &distance);

		if (s->out_size >= s->in_size)
			return false;
		if (length)
			put_match(s, length, distance);
		else
			put_symbol(s, s->in[at]);
		at += length ? length : 1;
	}
	put_symbol(s, END_SYMBOL);
	return true;
}

static void store_block(struct deflate *s, bool is_last)
{
	put_bits(s, is_last, 1);
	put_bits(s, 0, 2);
	put_bits(s, 0, (8 - s->bit_count) % 8);
	put_bits(s, s->in_size, 16);
	put_bits(s, ~s->in_size & 0xffff, 16);
	memcpy(s->out + s->out_size, s->in, s->in_size);
	s->out_size += s->in_size;
}

static int block_end(struct deflate *s, bool is_last)
{
	uint64_t bits = s->bits;
	unsigned bit_count = s->bit_count;

	memset(s->latest, 0, sizeof(s->latest));
	s->out_size = 0;
	if (!compress_block(s, is_last)) {
		s->out_size = 0;
		s->bits = bits;
		s->bit_count = bit_count;
		store_block(s, is_last);
	}
	if (is_last)
		put_bits(s, 0, (8 - s->bit_count) % 8);
	s->in_size = 0;
	return s->out_size ? s->put(s->argument, s->out, s->out_size) : 0;
}

void deflate_begin(struct deflate *stream,
		   int (*put)(void *argument, const void *data, size_t size), void *argument)
{
	stream->put = put;
	stream->argument = argument;
	stream->in_size = 0;
	stream->bits = 0;
	stream->bit_count = 0;
}

int deflate_write(struct deflate *stream, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size > 0) {
		size_t room = sizeof(stream->in) - stream->in_size,
		       bytes = size < room ? size : room;

		memcpy(stream->in + stream->in_size, from, bytes);
		stream->in_size += bytes;
		from += bytes;
		size -= bytes;
		if (stream->in_size == sizeof(stream->in) && block_end(stream, false) != 0)
			return -1;
	}
	return 0;
}

int deflate_end(struct deflate *stream)
{
	return block_end(stream, true);
}
