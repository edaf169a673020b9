/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory and string functions for freestanding images. Compiled so that the compiler does not turn
 * a loop here into a call of the function it stands in. No access is unaligned: early code runs
 * with the MMU off, where all memory is device memory.
 */
#include <lib/string.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)

static bool share_alignment(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

static bool is_aligned(const void *p)
{
	return ((uintptr_t)p & (WORD - 1)) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	if (share_alignment(t, f)) {
		for (; bytes > 0 && !is_aligned(t); bytes--)
			*t++ = *f++;
		for (; bytes >= 4 * WORD; bytes -= 4 * WORD, t += 4 * WORD, f += 4 * WORD) {
			word_t a = ((const word_t *)f)[0], b = ((const word_t *)f)[1];
			word_t c = ((const word_t *)f)[2], d = ((const word_t *)f)[3];

			((word_t *)t)[0] = a;
			((word_t *)t)[1] = b;
			((word_t *)t)[2] = c;
			((word_t *)t)[3] = d;
		}
		for (; bytes >= WORD; bytes -= WORD, t += WORD, f += WORD)
			*(word_t *)t = *(const word_t *)f;
	}
	while (bytes-- > 0)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	uint8_t *t = (uint8_t *)to + bytes;
	const uint8_t *f = (const uint8_t *)from + bytes;

	/*
	 * unsigned distance: below `bytes` only when `to` starts inside of `from`; else an
	 * ascending copy is right
	 */
	if ((uintptr_t)to - (uintptr_t)from >= bytes) {
		for (t = to, f = from; bytes > 0 && (!share_alignment(t, f) || !is_aligned(t));
		     bytes--)
			*t++ = *f++;
		for (; bytes >= WORD; bytes -= WORD, t += WORD, f += WORD)
			*(word_t *)t = *(const word_t *)f;
		while (bytes-- > 0)
			*t++ = *f++;
		return to;
	}
	for (; bytes > 0 && (!share_alignment(t, f) || !is_aligned(t)); bytes--)
		*--t = *--f;
	for (; bytes >= WORD; bytes -= WORD) {
		t -= WORD;
		f -= WORD;
		*(word_t *)t = *(const word_t *)f;
	}
	while (bytes-- > 0)
		*--t = *--f;
	return to;
}

void *memset(void *to, int byte, size_t bytes)
{
	uint8_t *t = to;
	word_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);

	for (; bytes > 0 && !is_aligned(t); bytes--)
		*t++ = (uint8_t)byte;
	for (; bytes >= 4 * WORD; bytes -= 4 * WORD, t += 4 * WORD) {
		((word_t *)t)[0] = word;
		((word_t *)t)[1] = word;
		((word_t *)t)[2] = word;
		((word_t *)t)[3] = word;
	}
	while (bytes-- > 0)
		*t++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *x = a, *y = b;

	for (; bytes > 0; bytes--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *in, int byte, size_t bytes)
{
	const uint8_t *p = in;

	for (; bytes > 0; bytes--, p++)
		if (*p == (uint8_t)byte)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t max)
{
	size_t length = 0;

	while (length < max && text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++)
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	return 0;
}

char *strchr(const char *text, int byte)
{
	return memchr(text, byte, strlen(text) + 1);
}

char *strrchr(const char *text, int byte)
{
	for (size_t left = strlen(text) + 1; left > 0; left--)
		if (text[left - 1] == (char)byte)
			return (char *)(uintptr_t)&text[left - 1];
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return UINT_MAX;
}

static unsigned long parse_digits(const char **text, unsigned base, bool *overflow)
{
	unsigned long value = 0;

	for (unsigned digit; (digit = digit_value(**text)) < base; (*text)++) {
		*overflow |= __builtin_mul_overflow(value, base, &value);
		*overflow |= __builtin_add_overflow(value, digit, &value);
	}
	return value;
}

unsigned long strtoul(const char *text, char **end, int base)
{
	const char *p = text, *digits;
	unsigned long value;
	bool negative, overflow = false;

	while (is_space(*p))
		p++;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if ((base == 0 || base == 16) && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') &&
	    digit_value(p[2]) < 16) {
		base = 16;
		p += 2;
	}
	if (base == 0)
		base = *p == '0' ? 8 : 10;
	digits = p;
	value = parse_digits(&p, (unsigned)base, &overflow);
	if (end)
		*end = (char *)(uintptr_t)(p == digits ? text : p);
	if (overflow)
		return ULONG_MAX;
	return negative ? -value : value;
}
