/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A queue of bytes in one piece of memory: what was taken leaves a gap in front, which is closed when the room is needed.
 */
#include <stdlib.h>
#include <string.h>
#include <user/bytes.h>

#define ROOM_MIN 256u

/* Whether `size` bytes fit behind what is there. */
static bool has_room(const struct bytes *bytes, size_t size)
{
	return bytes->room - bytes->start - bytes->used >= size;
}

static bool grow(struct bytes *bytes, size_t size)
{
	size_t room = bytes->room > ROOM_MIN ? bytes->room : ROOM_MIN;
	uint8_t *data;

	while (room - bytes->start - bytes->used < size) {
		if (room > SIZE_MAX / 2)
			return false;
		room *= 2;
	}
	data = realloc(bytes->data, room);
	if (data == NULL)
		return false;
	bytes->data = data;
	bytes->room = room;
	return true;
}

bool bytes_put(struct bytes *bytes, const void *data, size_t size)
{
	if (size == 0)
		return true;
	/* only a gap that is worth it: each byte is moved a bounded number of times */
	if (!has_room(bytes, size) && bytes->start > bytes->used / 2) {
		memmove(bytes->data, bytes_first(bytes), bytes->used);
		bytes->start = 0;
	}
	if (!has_room(bytes, size) && !grow(bytes, size))
		return false;
	memcpy(bytes->data + bytes->start + bytes->used, data, size);
	bytes->used += size;
	return true;
}

void bytes_drop(struct bytes *bytes, size_t size)
{
	bytes->used -= size;
	bytes->start = bytes->used > 0 ? bytes->start + size : 0;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}
