/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes one JSON object into a fixed buffer. What does not fit makes the whole object invalid, never a cut one.
 */
#ifndef USER_JSON_H
#define USER_JSON_H

#include <bulkhead/wire.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char text[WIRE_PAYLOAD_MAX];
	size_t length;
	bool comma; /* the next member needs one in front */
	bool overflow;
};

void json_begin(struct json *json);
/* true when the object is complete and fits; json->text holds json->length bytes */
bool json_end(struct json *json);
void json_add_number(struct json *json, const char *key, uint64_t value);
void json_add_string(struct json *json, const char *key, const char *value);
void json_add_numbers(struct json *json, const char *key, const uint64_t *values, size_t count);
/* members added between these two belong to an object of their own */
void json_open(struct json *json, const char *key);
void json_close(struct json *json);

#endif
