/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compression: what a small decoder of RFC 1951 makes of it is what went in, for data of all kinds and in pieces of any size; what
 * cannot be compressed grows by little. The system tests have zlib decode it.
 */
#include "unit.h"
#include <user/deflate.h>

#define SIZE_MAX_ (300000u)

static uint8_t packed[SIZE_MAX_ * 2], unpacked[SIZE_MAX_], data[SIZE_MAX_];
static size_t packed_size;

static int keep(void *argument, const void *bytes, size_t size)
{
	assert_ptr_equal(argument, packed);
	assert_true(packed_size + size <= sizeof(packed));
	memcpy(packed + packed_size, bytes, size);
	packed_size += size;
	return 0;
}

/* --- the decoder: stored and fixed blocks --- */

static size_t bit_at;

static unsigned take_bits(unsigned count)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++, bit_at++) {
		assert_true(bit_at / 8 < packed_size);
		value |= (unsigned)(packed[bit_at / 8] >> bit_at % 8 & 1) << i;
	}
	return value;
}

static unsigned take_code(unsigned count)
{
	unsigned code = 0;

	while (count--)
		code = code << 1 | take_bits(1);
	return code;
}

static unsigned take_symbol(void)
{
	unsigned code = take_code(7);

	if (code < 0x18)
		return 256 + code;
	code = code << 1 | take_bits(1);
	if (code >= 0x30 && code < 0xc0)
		return code - 0x30;
	if (code < 0xc8)
		return 280 + code - 0xc0;
	return 144 + (code << 1 | take_bits(1)) - 0x190;
}

/* tables of 3.2.5 */
static unsigned take_length(unsigned symbol)
{
	static const uint16_t base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
					15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
					67, 83, 99, 115, 131, 163, 195, 227, 258};
	static const uint8_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
					2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

	assert_true(symbol >= 257 && symbol <= 285);
	return base[symbol - 257] + take_bits(extra[symbol - 257]);
}

static unsigned take_distance(void)
{
	static const uint16_t base[] = {1,    2,    3,    4,     5,     7,    9,    13,
					17,   25,   33,   49,    65,    97,   129,  193,
					257,  385,  513,  769,   1025,  1537, 2049, 3073,
					4097, 6145, 8193, 12289, 16385, 24577};
	unsigned code = take_code(5);

	assert_true(code < 30);
	return base[code] + take_bits(code < 4 ? 0 : code / 2 - 1);
}

static size_t decode_fixed(size_t at)
{
	for (;;) {
		unsigned symbol = take_symbol(), length, distance;

		if (symbol == 256)
			return at;
		if (symbol < 256) {
			assert_true(at < sizeof(unpacked));
			unpacked[at++] = (uint8_t)symbol;
			continue;
		}
		length = take_length(symbol);
		distance = take_distance();
		assert_true(distance <= at && at + length <= sizeof(unpacked));
		for (; length > 0; length--, at++)
			unpacked[at] = unpacked[at - distance];
	}
}

static size_t decode_stored(size_t at)
{
	unsigned size;

	bit_at = (bit_at + 7) / 8 * 8;
	size = take_bits(16);
	assert_int_equal(take_bits(16), ~size & 0xffff);
	assert_true(at + size <= sizeof(unpacked));
	memcpy(unpacked + at, packed + bit_at / 8, size);
	bit_at += size * 8;
	return at + size;
}

static size_t decode(void)
{
	size_t at = 0;
	unsigned is_last;

	bit_at = 0;
	do {
		is_last = take_bits(1);
		at = take_bits(2) == 0 ? decode_stored(at) : decode_fixed(at);
	} while (!is_last);
	assert_int_equal((bit_at + 7) / 8, packed_size);
	return at;
}

static void check(size_t size, size_t piece)
{
	static struct deflate stream;

	packed_size = 0;
	deflate_begin(&stream, keep, packed);
	for (size_t done = 0; done < size; done += piece)
		assert_int_equal(deflate_write(&stream, data + done,
					       piece < size - done ? piece : size - done),
				 0);
	assert_int_equal(deflate_end(&stream), 0);
	assert_int_equal(decode(), size);
	assert_memory_equal(unpacked, data, size);
	assert_true(packed_size <= size + size / 1000 + 16);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       3,
				       4,
				       5,
				       257,
				       258,
				       259,
				       260,
				       1000,
				       DEFLATE_BLOCK - 1,
				       DEFLATE_BLOCK,
				       DEFLATE_BLOCK + 1,
				       SIZE_MAX_};

	(void)state;
	memset(data, 'z', sizeof(data));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check(sizes[i], sizes[i] + 1);
	assert_true(packed_size < SIZE_MAX_ / 100);
}

/* runs and copies of many lengths and distances between bytes of few or all values */
static void make_data(struct random *random, size_t size)
{
	unsigned values = random_one_in(random, 2) ? 256 : 1 + (unsigned)random_below(random, 4);
	size_t at = 0;

	while (at < size) {
		size_t length = 1 + random_below(random, random_one_in(random, 4) ? 600 : 12);
		size_t back = random_one_in(random, 3) ? 1 + random_below(random, 40000)
						       : 1 + random_below(random, 20);

		for (bool copy = back <= at && random_one_in(random, 2); length > 0 && at < size;
		     length--, at++)
			data[at] = copy ? data[at - back] : (uint8_t)random_below(random, values);
	}
}

static void test_random(void **state)
{
	struct random random = random_start();

	(void)state;
	for (int i = 0; i < 60; i++) {
		size_t size = random_below(&random, SIZE_MAX_);

		make_data(&random, size);
		check(size, 1 + random_below(&random, 100000));
	}
}

static void test_incompressible(void **state)
{
	struct random random = random_start();

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random_below(&random, 256);
	check(sizeof(data), 4096);
}

static int refuse(void *argument, const void *bytes, size_t size)
{
	(void)argument;
	(void)bytes;
	(void)size;
	return -1;
}

static void test_error(void **state)
{
	static struct deflate stream;

	(void)state;
	deflate_begin(&stream, refuse, NULL);
	assert_int_equal(deflate_write(&stream, data, 10), 0);
	assert_int_equal(deflate_write(&stream, data, DEFLATE_BLOCK), -1);
	deflate_begin(&stream, refuse, NULL);
	assert_int_equal(deflate_end(&stream), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_incompressible),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
