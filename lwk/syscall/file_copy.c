/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * copy_file_range(2), sendfile(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_copy.h>
#include <lwk/syscall.h>

/* an offset argument: `address` 0 is none, and *used NULL */
static int offset_get(uint64_t address, uint64_t *offset, uint64_t **used)
{
	*used = address ? offset : NULL;
	return address ? copy_from_user(offset, UADDR(address), sizeof(*offset)) : 0;
}

static int offset_put(uint64_t address, uint64_t offset)
{
	return address ? copy_to_user(UADDR(address), &offset, sizeof(offset)) : 0;
}

static uint64_t start_of(struct file *file, const uint64_t *at)
{
	return at ? *at : (uint64_t)file_place(file, SEEK_CUR);
}

/* can bytes of a file be there? */
static int check_area(uint64_t at, uint64_t count)
{
	return at > FILE_SIZE_MAX || count > FILE_SIZE_MAX - at ? -EINVAL : 0;
}

static int check_range_files(const struct file *from, const struct file *to)
{
	if (from->node->kind == NODE_DIRECTORY || to->node->kind == NODE_DIRECTORY)
		return -EISDIR;
	if (from->node->kind != NODE_FILE || to->node->kind != NODE_FILE)
		return -EINVAL;
	if (!file_can_read(from) || !file_can_write(to) || file_flags(to) & O_APPEND)
		return -EBADF;
	return 0;
}

/* In Linux's order; *count is cut to what there is. */
static int check_range(const struct file_copy *copy, uint64_t *count)
{
	uint64_t from = start_of(copy->from, copy->from_at), to = start_of(copy->to, copy->to_at);
	uint64_t size = (uint64_t)file_place(copy->from, SEEK_END);
	int error;

	if (from + *count < from || to + *count < to)
		return -EOVERFLOW;
	if (*count > size - from || from >= size)
		*count = from < size ? size - from : 0;
	if (to == FILE_SIZE_MAX)
		return -EFBIG;
	if (to<FILE_SIZE_MAX && * count> FILE_SIZE_MAX - to)
		*count = FILE_SIZE_MAX - to;
	if (copy->from->node == copy->to->node && to + *count > from && to < from + *count)
		return -EINVAL;
	error = check_area(from, *count);
	return error ? error : check_area(to, *count);
}

static long copy_range(struct file_copy *copy, const uint64_t *args)
{
	uint64_t from_at, to_at, count = args[4];
	long result = offset_get(args[1], &from_at, &copy->from_at);

	if (!result)
		result = offset_get(args[3], &to_at, &copy->to_at);
	if (!result && (unsigned)args[5])
		result = -EINVAL;
	if (!result)
		result = check_range_files(copy->from, copy->to);
	if (!result)
		result = check_range(copy, &count);
	if (!result)
		result = file_copy(copy, count < FILE_COUNT_LIMIT ? count : FILE_COUNT_LIMIT);
	if (result > 0 && (offset_put(args[1], from_at) || offset_put(args[3], to_at)))
		result = -EFAULT;
	return result;
}

static long sys_copy_file_range(const uint64_t *args)
{
	struct file_copy copy = {.from = call_file(args[0]), .to = call_file(args[2])};
	long result = copy.from && copy.to ? copy_range(&copy, args) : -EBADF;

	file_put(copy.from);
	file_put(copy.to);
	return result;
}
SYSCALL(NR_copy_file_range, sys_copy_file_range);

/* the same for sendfile, which names no place in the file it writes to */
static int check_send(const struct file_copy *copy, uint64_t count)
{
	uint64_t at;
	int error;

	if (!copy->from || !file_can_read(copy->from))
		return -EBADF;
	if (copy->from_at && !file_has_position(copy->from))
		return -ESPIPE;
	at = start_of(copy->from, copy->from_at);
	error = check_area(at, count);
	if (error)
		return error;
	if (!copy->to || !file_can_write(copy->to))
		return -EBADF;
	if (at == FILE_SIZE_MAX && count)
		return -EOVERFLOW;
	if (file_has_position(copy->to))
		error = check_area(start_of(copy->to, NULL), count);
	if (error)
		return error;
	if (file_flags(copy->to) & O_APPEND || !file_has_position(copy->from))
		return -EINVAL;
	return copy->from->node->kind == NODE_DIRECTORY && count ? -EINVAL : 0;
}

static long send_file(struct file_copy *copy, const uint64_t *args)
{
	uint64_t from_at, count = args[3] < FILE_COUNT_LIMIT ? args[3] : FILE_COUNT_LIMIT;
	long result = offset_get(args[2], &from_at, &copy->from_at);

	if (result)
		return result;
	result = check_send(copy, args[3]);
	if (!result)
		result = call_written(file_copy(copy, count));
	return offset_put(args[2], from_at) ? -EFAULT : result;
}

static long sys_sendfile(const uint64_t *args)
{
	struct file_copy copy = {.to = call_file(args[0]), .from = call_file(args[1])};
	long result = send_file(&copy, args);

	file_put(copy.from);
	file_put(copy.to);
	return result;
}
SYSCALL(NR_sendfile, sys_sendfile);
