/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copying from file to file, a buffer at a time. What was read and could not be written is read again by the next call.
 */
#include <lwk/errno.h>
#include <lwk/file_copy.h>
#include <lwk/file_flags.h>
#include <lwk/heap.h>

#define BUFFER_ORDER 4u
#define BUFFER_SIZE  ((uint64_t)PAGE_SIZE << BUFFER_ORDER)

/* one buffer from `at` on: bytes that arrived, 0 at the end, or -errno */
static long copy_piece(const struct file_copy *copy, uint64_t at, void *buffer, size_t size)
{
	struct file_transfer in = {
		.buffer = io_buffer_kernel(buffer, size), .wanted = size, .at = &at};
	struct file_transfer out = {.at = copy->to_at};
	long got = file_read(copy->from, &in), put;

	if (got <= 0)
		return got;
	out.buffer = io_buffer_kernel(buffer, (size_t)got);
	out.wanted = (uint64_t)got;
	put = file_write(copy->to, &out);
	if (put > 0 && copy->to_at)
		*copy->to_at += (uint64_t)put;
	return put;
}

long file_copy(const struct file_copy *copy, uint64_t count)
{
	uint64_t at = copy->from_at ? *copy->from_at : (uint64_t)file_place(copy->from, SEEK_CUR);
	void *buffer = page_alloc(BUFFER_ORDER);
	uint64_t done = 0;
	long moved = buffer ? 1 : -ENOMEM;

	while (moved > 0 && done < count) {
		uint64_t size = count - done < BUFFER_SIZE ? count - done : BUFFER_SIZE;

		moved = copy_piece(copy, at + done, buffer, (size_t)size);
		if (moved > 0)
			done += (uint64_t)moved;
	}
	if (buffer)
		page_free(buffer, BUFFER_ORDER);
	if (copy->from_at)
		*copy->from_at += done;
	else if (done)
		file_seek(copy->from, (int64_t)(at + done), SEEK_SET);
	return done || moved > 0 ? (long)done : moved;
}
