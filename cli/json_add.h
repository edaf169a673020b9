/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Members of the JSON objects that verbs print. */
#ifndef CLI_JSON_ADD_H
#define CLI_JSON_ADD_H

#include <json-c/json.h>
#include <stdint.h>

static inline void add_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static inline void add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

#endif
