/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A queue of bytes that grows as it needs to, up to what its user lets in.
 */
#ifndef USER_BYTES_H
#define USER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data; /* of malloc; NULL while nothing was ever put in */
	size_t start;  /* of what is in the queue */
	size_t used;
	size_t room; /* bytes of data[] */
};

/* False, and nothing put, when there is no memory. */
bool bytes_put(struct bytes *bytes, const void *data, size_t size);
/* The oldest byte; the others follow it. */
static inline const uint8_t *bytes_first(const struct bytes *bytes)
{
	return bytes->data + bytes->start;
}
/* size: at most bytes->used */
void bytes_drop(struct bytes *bytes, size_t size);
void bytes_free(struct bytes *bytes);

#endif
