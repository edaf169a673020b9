/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * read(2), write(2), pread64(2), pwrite64(2), readv(2), writev(2), preadv(2), pwritev(2): one transfer, or one after the other
 * until one falls short.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/syscall.h>

#define IOV_MAX 1024u

typedef long (*transfer_fn)(struct file *file, const struct file_transfer *transfer);

struct iovec {
	uint64_t base;
	uint64_t length;
};

static bool may_transfer(const struct file *file, transfer_fn transfer)
{
	return transfer == file_read ? file_can_read(file) : file_can_write(file);
}

/* an offset and a size that together stay in range: 0, -EINVAL, -ESPIPE */
static int check_offset(const struct file *file, uint64_t at, uint64_t size)
{
	if (at > FILE_OFFSET_MAX)
		return -EINVAL;
	if (!file_has_position(file))
		return -ESPIPE;
	return size > FILE_OFFSET_MAX - at ? -EINVAL : 0;
}

/* `at` NULL: at the file's position */
static long transfer_buffer(const uint64_t *args, const uint64_t *at, transfer_fn transfer)
{
	struct file *file = call_file(args[0]);
	struct file_transfer io = {.at = at};
	long result;

	if (!file)
		return -EBADF;
	result = at ? check_offset(file, *at, 0) : 0;
	if (!result && !may_transfer(file, transfer))
		result = -EBADF;
	if (!result)
		result = call_buffer(args[1], args[2], &io.buffer);
	if (!result && at)
		result = check_offset(file, *at, args[2]);
	if (!result)
		result = transfer(file, &io);
	file_put(file);
	return result;
}

static long sys_read(const uint64_t *args)
{
	return transfer_buffer(args, NULL, file_read);
}
SYSCALL(NR_read, sys_read);

static long sys_write(const uint64_t *args)
{
	return transfer_buffer(args, NULL, file_write);
}
SYSCALL(NR_write, sys_write);

static long sys_pread64(const uint64_t *args)
{
	return transfer_buffer(args, &args[3], file_read);
}
SYSCALL(NR_pread64, sys_pread64);

static long sys_pwrite64(const uint64_t *args)
{
	return transfer_buffer(args, &args[3], file_write);
}
SYSCALL(NR_pwrite64, sys_pwrite64);

/* Copies and checks the vector: all of it, before anything moves. The caller frees *vector. */
static int vector_get(uint64_t address, uint64_t count, struct iovec **vector)
{
	size_t bytes = (size_t)count * sizeof(struct iovec);
	uint64_t total = 0;
	struct io_buffer part;
	int error;

	if (count > IOV_MAX)
		return -EINVAL;
	*vector = kmalloc(bytes ? bytes : 1);
	if (!*vector)
		return -ENOMEM;
	error = copy_from_user(*vector, UADDR(address), bytes);
	for (size_t i = 0; i < count && !error; i++) {
		error = call_buffer((*vector)[i].base, (*vector)[i].length, &part);
		if ((*vector)[i].length > INT64_MAX - total)
			error = -EINVAL;
		else
			total += (*vector)[i].length;
	}
	if (error)
		kfree(*vector);
	return error;
}

/*
 * Parts one after the other. Once something was moved, a device is not waited for: what a program reads from a terminal or a pipe
 * must reach it before more comes.
 */
static long transfer_parts(struct file *file, const struct iovec *vector, size_t count,
			   const uint64_t *at, transfer_fn transfer)
{
	uint64_t position = at ? *at : 0, done = 0;

	for (size_t i = 0; i < count && done < FILE_COUNT_LIMIT; i++) {
		struct file_transfer io = {
			.at = at ? &position : NULL,
			.nonblock = transfer == file_read && done > 0,
		};
		uint64_t length = vector[i].length;
		long moved;

		if (length > FILE_COUNT_LIMIT - done)
			length = FILE_COUNT_LIMIT - done;
		if (length == 0)
			continue;
		io.buffer = io_buffer_user(vector[i].base, (size_t)length);
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

static long transfer_vector(const uint64_t *args, const uint64_t *at, transfer_fn transfer)
{
	struct file *file = call_file(args[0]);
	struct iovec *vector;
	long result;

	if (!file)
		return -EBADF;
	result = at ? check_offset(file, *at, 0) : 0;
	if (!result && !may_transfer(file, transfer))
		result = -EBADF;
	if (!result)
		result = vector_get(args[1], args[2], &vector);
	if (!result) {
		result = transfer_parts(file, vector, (size_t)args[2], at, transfer);
		kfree(vector);
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
	return transfer_vector(args, NULL, file_write);
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
