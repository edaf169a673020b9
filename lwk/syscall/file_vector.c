/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * readv(2), writev(2), preadv(2), pwritev(2) and the latter two's successors: one transfer, so that nothing gets between the parts.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/syscall.h>

#define PARTS_MAX 1024u /* UIO_MAXIOV */

struct vector {
	struct io_part *parts;
	size_t count;
	uint64_t total; /* bytes */
};

/* each part in user memory, all together a size that can be expressed */
static int check_parts(struct vector *vector)
{
	struct io_buffer buffer;

	vector->total = 0;
	for (size_t i = 0; i < vector->count; i++) {
		const struct io_part *part = &vector->parts[i];
		int error = call_buffer(part->address, part->length, &buffer);

		if (error)
			return error;
		if (part->length > INT64_MAX - vector->total)
			return -EINVAL;
		vector->total += part->length;
	}
	return 0;
}

/* Copies and checks all of it before anything moves. The caller frees vector->parts. */
static int vector_get(uint64_t address, uint64_t count, struct vector *vector)
{
	size_t bytes = (size_t)count * sizeof(struct io_part);
	int error;

	if (count > PARTS_MAX)
		return -EINVAL;
	vector->count = (size_t)count;
	vector->parts = kmalloc(bytes ? bytes : 1);
	if (!vector->parts)
		return -ENOMEM;
	error = copy_from_user(vector->parts, UADDR(address), bytes);
	if (!error)
		error = check_parts(vector);
	if (error)
		kfree(vector->parts);
	return error;
}

/*
 * Parts one after the other, up to the one that the program may not touch itself. Once something was moved, nothing is waited for.
 */
static long transfer_parts(struct file *file, const struct vector *vector, const uint64_t *at,
			   transfer_fn transfer)
{
	uint64_t position = at ? *at : 0, done = 0;

	for (size_t i = 0; i < vector->count && done < FILE_COUNT_LIMIT; i++) {
		struct file_transfer io = {
			.wanted = done ? 0 : vector->total,
			.at = at ? &position : NULL,
			.nonblock = transfer == file_read && done > 0,
		};
		uint64_t length = vector->parts[i].length;
		long moved;

		if (length > FILE_COUNT_LIMIT - done)
			length = FILE_COUNT_LIMIT - done;
		if (length == 0)
			continue;
		io.buffer = io_buffer_user(vector->parts[i].address, (size_t)length);
		moved = transfer(file, &io);
		if (moved < 0)
			return done ? (long)done : moved;
		done += (uint64_t)moved;
		position += (uint64_t)moved;
		if ((uint64_t)moved < length)
			break;
	}
	return (long)done;
}

static long transfer_all(struct file *file, const struct vector *vector, const uint64_t *at,
			 transfer_fn transfer)
{
	uint64_t size = vector->total < FILE_COUNT_LIMIT ? vector->total : FILE_COUNT_LIMIT;
	struct file_transfer io = {
		.buffer = io_buffer_parts(vector->parts, (size_t)size),
		.wanted = vector->total,
		.at = at,
	};
	long result = size ? transfer(file, &io) : 0;

	return result == -EFAULT ? transfer_parts(file, vector, at, transfer) : result;
}

static long transfer_vector(const uint64_t *args, const uint64_t *at, transfer_fn transfer)
{
	struct file *file = call_file(args[0]);
	struct vector vector;
	long result;

	if (!file)
		return -EBADF;
	result = call_check_transfer(file, at, transfer);
	if (!result)
		result = vector_get(args[1], args[2], &vector);
	if (!result) {
		result = transfer_all(file, &vector, at, transfer);
		kfree(vector.parts);
	}
	file_put(file);
	return result;
}

static long sys_readv(const uint64_t *args)
{
	return transfer_vector(args, NULL, file_read);
}
SYSCALL(NR_readv, sys_readv);

static long sys_writev(const uint64_t *args)
{
	return call_written(transfer_vector(args, NULL, file_write));
}
SYSCALL(NR_writev, sys_writev);

/* the offset's halves come in two registers; on 64-bit machines the first one holds all of it */
static long sys_preadv(const uint64_t *args)
{
	return transfer_vector(args, &args[3], file_read);
}
SYSCALL(NR_preadv, sys_preadv);

static long sys_pwritev(const uint64_t *args)
{
	return transfer_vector(args, &args[3], file_write);
}
SYSCALL(NR_pwritev, sys_pwritev);

#define RWF_HIPRI   1u
#define RWF_DSYNC   2u
#define RWF_SYNC    4u
#define RWF_NOTHING (RWF_HIPRI | RWF_DSYNC | RWF_SYNC) /* nothing to do for them in memory */

/* with flags; offset -1: the file's position */
static long transfer_flagged(const uint64_t *args, transfer_fn transfer)
{
	const uint64_t *at = (int64_t)args[3] == -1 ? NULL : &args[3];

	if ((uint32_t)args[5] & ~RWF_NOTHING)
		return -EOPNOTSUPP;
	return transfer_vector(args, at, transfer);
}

static long sys_preadv2(const uint64_t *args)
{
	return transfer_flagged(args, file_read);
}
SYSCALL(NR_preadv2, sys_preadv2);

static long sys_pwritev2(const uint64_t *args)
{
	return call_written(transfer_flagged(args, file_write));
}
SYSCALL(NR_pwritev2, sys_pwritev2);
