/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies to and from buffers of any kind. User memory is copied in pieces, of a buffer in parts each as it lies within a part;
 * between two of them the core may be given to others: copies may sleep anyway.
 */
#include <lwk/errno.h>
#include <lwk/sched.h>
#include <lwk/uaccess.h>
#include <string.h>

#define PIECE_MAX (UINT64_C(256) << 10)

/* The address at `offset` in the parts; *bytes is cut to what lies there together. */
static uint64_t part_at(const struct io_part *part, uint64_t offset, size_t *bytes)
{
	for (; offset >= part->length; part++)
		offset -= part->length;
	if (*bytes > part->length - offset)
		*bytes = (size_t)(part->length - offset);
	return part->address + offset;
}

/* where the buffer is at `offset`, when it is user memory; *bytes is cut to a piece */
static uaddr_t user_at(const struct io_buffer *buffer, size_t offset, size_t *bytes)
{
	sched_preempt_point();
	if (*bytes > PIECE_MAX)
		*bytes = PIECE_MAX;
	if (buffer->kind == IO_PARTS)
		return UADDR(part_at(buffer->parts, offset, bytes));
	return UADDR(buffer->user.v + offset);
}

int io_buffer_put(const struct io_buffer *to, size_t offset, const void *from, size_t bytes)
{
	if (to->kind == IO_KERNEL) {
		memcpy((char *)to->kernel + offset, from, bytes);
		return 0;
	}
	for (size_t done = 0, piece; done < bytes; done += piece) {
		uaddr_t at;

		piece = bytes - done;
		at = user_at(to, offset + done, &piece);
		if (copy_to_user(at, (const char *)from + done, piece) != 0)
			return -EFAULT;
	}
	return 0;
}

int io_buffer_get(const struct io_buffer *from, size_t offset, void *to, size_t bytes)
{
	if (from->kind == IO_KERNEL) {
		memcpy(to, (const char *)from->kernel + offset, bytes);
		return 0;
	}
	for (size_t done = 0, piece; done < bytes; done += piece) {
		uaddr_t at;

		piece = bytes - done;
		at = user_at(from, offset + done, &piece);
		if (copy_from_user((char *)to + done, at, piece) != 0)
			return -EFAULT;
	}
	return 0;
}

int io_buffer_clear(const struct io_buffer *to, size_t offset, size_t bytes)
{
	if (to->kind == IO_KERNEL) {
		memset((char *)to->kernel + offset, 0, bytes);
		return 0;
	}
	for (size_t done = 0, piece; done < bytes; done += piece) {
		uaddr_t at;

		piece = bytes - done;
		at = user_at(to, offset + done, &piece);
		if (clear_user(at, piece) != 0)
			return -EFAULT;
	}
	return 0;
}
