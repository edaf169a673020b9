/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formatted print against the host's snprintf, for every conversion, flag, width and length of
 * argument, and for every size of the buffer; what snprintf does not define alike is tested apart.
 */
#include <lib/fmt.h>
#include "unit.h"
#include <limits.h>

/* formats are made at run time here */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

#define EXPECT(...)                                                                   \
	do {                                                                          \
		char ours[128], theirs[128];                                          \
		int length = snprintf(theirs, sizeof(theirs), __VA_ARGS__);           \
		assert_int_equal(fmt_print(ours, sizeof(ours), __VA_ARGS__), length); \
		assert_string_equal(ours, theirs);                                    \
	} while (0)

static const char *const flags[] = {"", "-", "0", "#", "-0", "#0", "-#", "0#-"};
static const char *const widths[] = {"", "1", "5", "12", "24"};

static void test_numbers(void **state)
{
	static const uint64_t values[] = {0,
					  1,
					  9,
					  10,
					  255,
					  INT_MAX,
					  1u << 31,
					  UINT_MAX,
					  UINT64_C(1) << 32,
					  INT64_MAX,
					  UINT64_C(1) << 63,
					  UINT64_MAX,
					  0xdeadbeef12345678};
	static const char conversions[] = "diuxX";
	char format[32];

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags) * sizeof(widths) / sizeof(*widths);
	     i++)
		for (const char *c = conversions; *c; c++)
			for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
				const char *f = flags[i % 8], *w = widths[i / 8];

				/* # is not defined for decimal */
				if (strchr("diu", *c) && strchr(f, '#'))
					continue;
				snprintf(format, sizeof(format), "<%%%s%s%c>", f, w, *c);
				EXPECT(format, (unsigned)values[v]);
				snprintf(format, sizeof(format), "<%%%s%sl%c>", f, w, *c);
				EXPECT(format, values[v]);
				snprintf(format, sizeof(format), "<%%%s%sll%c>", f, w, *c);
				EXPECT(format, (unsigned long long)values[v]);
				snprintf(format, sizeof(format), "<%%%s%sz%c>", f, w, *c);
				EXPECT(format, (size_t)values[v]);
			}
}

static void test_text(void **state)
{
	static const char *const strings[] = {"", "a", "text", "a longer text than the width"};
	static const char *const precisions[] = {"", ".0", ".1", ".3", ".40", "."};
	char format[32];

	(void)state;
	for (size_t w = 0; w < 5; w++)
		for (size_t p = 0; p < 6; p++)
			for (size_t s = 0; s < 4; s++) {
				snprintf(format, sizeof(format), "[%%%s%ss]", widths[w],
					 precisions[p]);
				EXPECT(format, strings[s]);
				snprintf(format, sizeof(format), "[%%-%s%ss]", widths[w],
					 precisions[p]);
				EXPECT(format, strings[s]);
			}
	EXPECT("%.*s|%.*s|%.*s", 2, "abcd", 0, "abcd", -1, "abcd");
	EXPECT("%c|%5c|%-5c|", 'x', 'y', 'z');
	EXPECT("100%% of %s", "it");
	EXPECT("%s", (const char *)"");
}

static void test_no_terminator_read(void **state)
{
	char *four = malloc(4);
	char out[16];

	(void)state;
	memcpy(four, "abcd", 4);
	assert_int_equal(fmt_print(out, sizeof(out), "%.4s", four), 4);
	assert_string_equal(out, "abcd");
	free(four);
}

static void test_every_buffer_size(void **state)
{
	(void)state;
	for (size_t size = 0; size < 40; size++) {
		char *ours = malloc(size + 1), theirs[64]; /* + 1: malloc(0) may be NULL */
		int length = snprintf(theirs, size, "%s=%08x, %-6d|", "name", 0xabcu, -42);

		ours[size] = '~';
		assert_int_equal(fmt_print(ours, size, "%s=%08x, %-6d|", "name", 0xabcu, -42),
				 length);
		if (size > 0)
			assert_string_equal(ours, theirs);
		assert_int_equal(ours[size], '~');
		free(ours);
	}
	assert_int_equal(fmt_print(NULL, 0, "%d", 12345), 5);
}

static void expect_text(const char *expected, const char *format, ...)
{
	char out[128];
	va_list args;

	va_start(args, format);
	assert_int_equal(fmt_vprint(out, sizeof(out), format, args), strlen(expected));
	va_end(args);
	assert_string_equal(out, expected);
}

static void test_our_own(void **state)
{
	(void)state;
	expect_text("0x0 0x1000", "%p %p", NULL, (void *)0x1000);
	expect_text("(null)|(nu", "%s|%.3s", NULL, NULL);
	/* not known: the rest as it stands, no argument taken */
	expect_text("1 %f %d", "%d %f %d", 1, 2, 3);
	expect_text("%", "%");
	expect_text("a%-05", "a%-05");
	expect_text("%lll", "%lll");
	expect_text("%.", "%.");
}

static void test_sanitize(void **state)
{
	char text[256], *end = text;

	(void)state;
	for (int c = 0; c < 256; c++)
		*end++ = (char)c;
	fmt_sanitize(text, sizeof(text));
	for (int c = 0; c < 256; c++) {
		bool plain = (c >= ' ' && c <= '~') || c == '\n' || c == '\t';

		assert_int_equal((unsigned char)text[c], plain ? c : '?');
	}
	fmt_sanitize(text, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_terminator_read),
		cmocka_unit_test(test_every_buffer_size),
		cmocka_unit_test(test_our_own),
		cmocka_unit_test(test_sanitize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
