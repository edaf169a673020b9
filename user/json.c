/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes one JSON object into a fixed buffer (RFC 8259).
 */
#include <stdio.h>
#include <string.h>
#include <user/json.h>

static void put(struct json *json, const char *text)
{
	size_t length = strlen(text);

	if (json->overflow || length > sizeof(json->text) - json->length) {
		json->overflow = true;
		return;
	}
	memcpy(json->text + json->length, text, length);
	json->length += length;
}

static void put_number(struct json *json, uint64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	put(json, digits);
}

/* control characters, quotes, backslashes and everything beyond ASCII as \u00XX: bytes are taken for Latin-1 */
static void put_string(struct json *json, const char *value)
{
	char escape[8];

	put(json, "\"");
	for (; *value != '\0'; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
			(void)snprintf(escape, sizeof(escape), "\\u%04x", byte);
		else
			(void)snprintf(escape, sizeof(escape), "%c", byte);
		put(json, escape);
	}
	put(json, "\"");
}

static void put_key(struct json *json, const char *key)
{
	if (json->comma)
		put(json, ",");
	json->comma = true;
	put_string(json, key);
	put(json, ":");
}

void json_begin(struct json *json)
{
	json->length = 0;
	json->comma = false;
	json->overflow = false;
	put(json, "{");
}

bool json_end(struct json *json)
{
	put(json, "}");
	return !json->overflow;
}

void json_add_number(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	put_number(json, value);
}

void json_add_string(struct json *json, const char *key, const char *value)
{
	put_key(json, key);
	put_string(json, value);
}

void json_add_numbers(struct json *json, const char *key, const uint64_t *values, size_t count)
{
	put_key(json, key);
	put(json, "[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put(json, ",");
		put_number(json, values[i]);
	}
	put(json, "]");
}

void json_open(struct json *json, const char *key)
{
	put_key(json, key);
	put(json, "{");
	json->comma = false;
}

void json_close(struct json *json)
{
	put(json, "}");
	json->comma = true;
}
