/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formatted print. A conversion it does not know ends the interpretation: the rest of the format is
 * printed as it stands, and no argument is taken for something it is not.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <stdbool.h>
#include <stdint.h>

struct out {
	char *buffer;
	size_t size;
	size_t length; /* of the whole text, also of what did not fit */
};

struct spec {
	bool left, zero, alternate, has_precision;
	size_t width;
	size_t precision;
	unsigned longs; /* 0 int, 1 long or size_t, 2 long long */
	char conversion;
};

static void out_char(struct out *out, char c)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void out_text(struct out *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out_char(out, text[i]);
}

static void out_repeat(struct out *out, char c, size_t count)
{
	while (count-- > 0)
		out_char(out, c);
}

/* prefix and body, padded to the width: with zeros after the prefix, or with spaces on one side */
static void out_field(struct out *out, const struct spec *spec, const char *prefix,
		      const char *body, size_t body_length)
{
	size_t prefix_length = strlen(prefix);
	size_t length = prefix_length + body_length;
	size_t pad = spec->width > length ? spec->width - length : 0;
	bool zero = spec->zero && !spec->left;

	if (!spec->left && !zero)
		out_repeat(out, ' ', pad);
	out_text(out, prefix, prefix_length);
	if (zero)
		out_repeat(out, '0', pad);
	out_text(out, body, body_length);
	if (spec->left)
		out_repeat(out, ' ', pad);
}

static void out_number(struct out *out, const struct spec *spec, const char *prefix, uint64_t value,
		       unsigned base)
{
	const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char body[20]; /* of 2^64 in decimal */
	size_t at = sizeof(body);

	do {
		body[--at] = digits[value % base];
		value /= base;
	} while (value != 0);
	out_field(out, spec, prefix, &body[at], sizeof(body) - at);
}

static void out_string(struct out *out, struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	spec->zero = false;
	out_field(out, spec, "", text,
		  spec->has_precision ? strnlen(text, spec->precision) : strlen(text));
}

static size_t parse_number(const char **format)
{
	size_t value = 0;

	for (; **format >= '0' && **format <= '9'; (*format)++)
		value = value * 10 + (size_t)(**format - '0');
	return value;
}

static void parse_flags(const char **format, struct spec *spec)
{
	for (;; (*format)++) {
		if (**format == '-')
			spec->left = true;
		else if (**format == '0')
			spec->zero = true;
		else if (**format == '#')
			spec->alternate = true;
		else
			return;
	}
}

static void parse_spec(const char **format, struct spec *spec, va_list *args)
{
	parse_flags(format, spec);
	spec->width = parse_number(format);
	if (**format == '.') {
		(*format)++;
		spec->has_precision = true;
		if (**format == '*') {
			int precision = va_arg(*args, int);

			spec->has_precision = precision >= 0;
			spec->precision = precision >= 0 ? (size_t)precision : 0;
			(*format)++;
		} else {
			spec->precision = parse_number(format);
		}
	}
	for (; **format == 'z'; (*format)++)
		spec->longs = 1;
	for (; **format == 'l'; (*format)++)
		spec->longs++;
	spec->conversion = **format;
}

static uint64_t arg_unsigned(const struct spec *spec, va_list *args)
{
	if (spec->longs == 0)
		return va_arg(*args, unsigned);
	return spec->longs == 1 ? va_arg(*args, unsigned long) : va_arg(*args, unsigned long long);
}

static int64_t arg_signed(const struct spec *spec, va_list *args)
{
	if (spec->longs == 0)
		return va_arg(*args, int);
	return spec->longs == 1 ? va_arg(*args, long) : va_arg(*args, long long);
}

static void out_signed(struct out *out, const struct spec *spec, int64_t value)
{
	/* negated as unsigned: the least value has no positive twin */
	out_number(out, spec, value < 0 ? "-" : "", value < 0 ? -(uint64_t)value : (uint64_t)value,
		   10);
}

static void out_hex(struct out *out, const struct spec *spec, uint64_t value)
{
	const char *prefix = spec->conversion == 'X' ? "0X" : "0x";

	out_number(out, spec, spec->alternate && value != 0 ? prefix : "", value, 16);
}

/* false for a conversion that is not known; no argument is taken then */
static bool out_conversion(struct out *out, struct spec *spec, va_list *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		out_signed(out, spec, arg_signed(spec, args));
		return true;
	case 'u':
		out_number(out, spec, "", arg_unsigned(spec, args), 10);
		return true;
	case 'x':
	case 'X':
		out_hex(out, spec, arg_unsigned(spec, args));
		return true;
	case 'p':
		out_number(out, spec, "0x", (uintptr_t)va_arg(*args, void *), 16);
		return true;
	case 's':
		out_string(out, spec, va_arg(*args, const char *));
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		spec->zero = false;
		out_field(out, spec, "", &c, 1);
		return true;
	case '%':
		out_char(out, '%');
		return true;
	default:
		return false;
	}
}

size_t fmt_vprint(char *buffer, size_t size, const char *format, va_list args)
{
	struct out out = {.buffer = buffer, .size = size};
	va_list rest; /* as a parameter is an array on some machines, whose address is of no use */

	va_copy(rest, args);
	while (*format) {
		struct spec spec = {.left = false};
		const char *at = format;

		if (*format != '%') {
			out_char(&out, *format++);
			continue;
		}
		format++;
		parse_spec(&format, &spec, &rest);
		if (!out_conversion(&out, &spec, &rest)) {
			out_text(&out, at, strlen(at));
			break;
		}
		format++;
	}
	va_end(rest);
	if (size > 0)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return out.length;
}

size_t fmt_print(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = fmt_vprint(buffer, size, format, args);
	va_end(args);
	return length;
}

void fmt_sanitize(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((text[i] < ' ' && text[i] != '\n' && text[i] != '\t') || text[i] > '~')
			text[i] = '?';
}
