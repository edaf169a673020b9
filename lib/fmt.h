/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formatted print for freestanding code: %d %i %u %x %X %c %s %p %% with l, ll, z, a width, a
 * precision for %s (%.*s too), and the flags 0, - and #. Anything else, floating point above all,
 * is printed as it stands.
 */
#ifndef LIB_FMT_H
#define LIB_FMT_H

#include <stdarg.h>
#include <stddef.h>

/* like vsnprintf: always terminated when size > 0; returns the length the whole text has */
size_t fmt_vprint(char *buffer, size_t size, const char *format, va_list args);
size_t fmt_print(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Replaces every byte that is not printable ASCII, newline or tab by '?', in place: for text of
 * foreign origin (wire.h).
 */
void fmt_sanitize(char *text, size_t length);

#endif
