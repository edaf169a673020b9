/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The freestanding string functions against the host's, at every alignment and many lengths, in
 * buffers of which nothing but the asked bytes may change. They are linked as lib_*
 * (string_names.h).
 */
#include "unit.h"

#include "string_names.h"
#include <lib/string.h>
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strtoul

#define BUFFER 256

static void fill(struct random *random, uint8_t *bytes)
{
	for (unsigned i = 0; i < BUFFER; i++)
		bytes[i] = (uint8_t)random_next(random);
}

static void test_memcpy(void **state)
{
	struct random random = random_start();
	uint8_t from[BUFFER], ours[BUFFER], theirs[BUFFER];

	(void)state;
	for (size_t length = 0; length < 140; length++)
		for (size_t t = 0; t < 16; t++)
			for (size_t f = 0; f < 16; f++) {
				fill(&random, from);
				memset(ours, 0x55, BUFFER);
				memset(theirs, 0x55, BUFFER);
				memcpy(theirs + t, from + f, length);
				assert_ptr_equal(lib_memcpy(ours + t, from + f, length), ours + t);
				assert_memory_equal(ours, theirs, BUFFER);
			}
}

static void test_memmove(void **state)
{
	struct random random = random_start();
	uint8_t ours[BUFFER], theirs[BUFFER];

	(void)state;
	for (unsigned i = 0; i < 40000; i++) {
		size_t length = (size_t)random_below(&random, 100);
		size_t t = (size_t)random_below(&random, 120),
		       f = (size_t)random_below(&random, 120);

		if (random_one_in(&random, 2))
			f = t + 8 * random_below(&random, 4);
		fill(&random, ours);
		memcpy(theirs, ours, BUFFER);
		memmove(theirs + t, theirs + f, length);
		assert_ptr_equal(lib_memmove(ours + t, ours + f, length), ours + t);
		assert_memory_equal(ours, theirs, BUFFER);
	}
}

static void test_memset(void **state)
{
	uint8_t ours[BUFFER], theirs[BUFFER];

	(void)state;
	for (size_t length = 0; length < 140; length++)
		for (size_t t = 0; t < 16; t++) {
			memset(ours, 0x55, BUFFER);
			memset(theirs, 0x55, BUFFER);
			memset(theirs + t, (int)length - 70, length);
			assert_ptr_equal(lib_memset(ours + t, (int)length - 70, length), ours + t);
			assert_memory_equal(ours, theirs, BUFFER);
		}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* Few different bytes, so that much is alike; 0 and 0xff for the ends and the signs. */
static char *random_text(struct random *random, size_t *length)
{
	static const char alphabet[] = {'a', 'a', 'a', 'b', (char)0xff, (char)0x80};
	char *text;

	*length = (size_t)random_below(random, 24);
	text = malloc(*length + 1);
	for (size_t i = 0; i < *length; i++)
		text[i] = alphabet[random_below(random, sizeof(alphabet))];
	text[*length] = '\0';
	return text;
}

static void test_compare_and_find(void **state)
{
	struct random random = random_start();

	(void)state;
	for (unsigned i = 0; i < 40000; i++) {
		size_t la, lb, max = (size_t)random_below(&random, 26);
		char *a = random_text(&random, &la), *b = random_text(&random, &lb);
		size_t shorter = la < lb ? la : lb;
		const char wanted[] = {'a', 'b', (char)0xff, 'c', '\0'};

		assert_int_equal(sign(lib_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(lib_strncmp(a, b, max)), sign(strncmp(a, b, max)));
		assert_int_equal(sign(lib_memcmp(a, b, shorter)), sign(memcmp(a, b, shorter)));
		assert_int_equal(lib_strlen(a), la);
		assert_int_equal(lib_strnlen(a, max), strnlen(a, max));
		for (size_t k = 0; k < sizeof(wanted); k++) {
			assert_ptr_equal(lib_strchr(a, wanted[k]), strchr(a, wanted[k]));
			assert_ptr_equal(lib_strrchr(a, wanted[k]), strrchr(a, wanted[k]));
			assert_ptr_equal(lib_memchr(a, wanted[k], la), memchr(a, wanted[k], la));
		}
		free(a);
		free(b);
	}
	assert_null(lib_memchr("a", 'b', 0));
}

static void test_strtoul(void **state)
{
	static const char *const texts[] = {"0",
					    "42",
					    "  \t\n42x",
					    "+7",
					    "-1",
					    "0x",
					    "0x1fG",
					    "0X1F",
					    "017",
					    "08",
					    "zz",
					    "",
					    "-",
					    "+ 1",
					    "0xg",
					    "-0x10",
					    "1e3",
					    "7fffffff",
					    "18446744073709551615",
					    "18446744073709551616",
					    "-18446744073709551615",
					    "99999999999999999999999",
					    "-99999999999999999999999",
					    "ffffffffffffffff",
					    "10000000000000000f"};
	static const int bases[] = {0, 2, 8, 10, 16, 36};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (size_t k = 0; k < sizeof(bases) / sizeof(*bases); k++) {
			char *ours, *theirs;
			unsigned long expected = strtoul(texts[i], &theirs, bases[k]);

			assert_true(lib_strtoul(texts[i], &ours, bases[k]) == expected);
			assert_ptr_equal(ours, theirs);
		}
	assert_int_equal(lib_strtoul("12", NULL, 10), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy),  cmocka_unit_test(test_memmove),
		cmocka_unit_test(test_memset),  cmocka_unit_test(test_compare_and_find),
		cmocka_unit_test(test_strtoul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
