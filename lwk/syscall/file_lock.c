/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flock(2), and the record locks of fcntl(2): a process's, which go when it closes any descriptor of the file, and those of an open
 * file. Deadlocks between those who wait are not looked for.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_lock.h>
#include <lwk/fs_lock.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define LOCK_SH 1u
#define LOCK_EX 2u
#define LOCK_NB 4u
#define LOCK_UN 8u

/* asm-generic/fcntl.h, 64-bit */
struct abi_flock {
	int16_t l_type;
	int16_t l_whence;
	int64_t l_start;
	int64_t l_len;
	int32_t l_pid;
};
static_assert(sizeof(struct abi_flock) == 32, "asm-generic/fcntl.h");

static long sys_flock(const uint64_t *args)
{
	unsigned operation = (unsigned)args[1] & ~LOCK_NB;
	struct lock_request request = {.is_whole = true, .last = UINT64_MAX, .pid = -1};
	struct file *file;
	long result;

	if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN)
		return -EINVAL;
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	request.node = file->node;
	request.owner = file;
	request.type = operation == LOCK_SH   ? LOCK_READ
		       : operation == LOCK_EX ? LOCK_WRITE
					      : LOCK_NONE;
	result = file_flags(file) & O_PATH ? -EBADF : lock_set(&request, !(args[1] & LOCK_NB));
	file_put(file);
	return result;
}
SYSCALL(NR_flock, sys_flock);

/* where l_start counts from, or -EINVAL */
static int64_t range_base(struct file *file, int whence)
{
	switch ((unsigned)whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
	case SEEK_END:
		return file_place(file, (unsigned)whence);
	default:
		return -EINVAL;
	}
}

static int get_range(struct file *file, const struct abi_flock *from, struct lock_request *to)
{
	int64_t start = range_base(file, from->l_whence), last;

	if (start < 0)
		return -EINVAL;
	if (__builtin_add_overflow(start, from->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	last = INT64_MAX;
	if (from->l_len > 0 && __builtin_add_overflow(start, from->l_len - 1, &last))
		return -EOVERFLOW;
	if (from->l_len < 0) {
		last = start - 1;
		start += from->l_len;
		if (start < 0)
			return -EINVAL;
	}
	to->start = (uint64_t)start;
	to->last = (uint64_t)last;
	return 0;
}

static bool is_type(int type)
{
	return type == LOCK_READ || type == LOCK_WRITE || type == LOCK_NONE;
}

static void put_range(const struct lock_request *from, struct abi_flock *to)
{
	to->l_type = (int16_t)from->type;
	if (from->type == LOCK_NONE)
		return;
	to->l_whence = (int16_t)SEEK_SET;
	to->l_start = (int64_t)from->start;
	to->l_len = from->last == INT64_MAX ? 0 : (int64_t)(from->last - from->start + 1);
	to->l_pid = from->pid;
}

static long set_record(struct file *file, const struct lock_request *request, bool wait)
{
	if ((request->type == LOCK_READ && !file_can_read(file)) ||
	    (request->type == LOCK_WRITE && !file_can_write(file)))
		return -EBADF;
	return lock_set(request, wait);
}

long call_record_lock(struct file *file, unsigned command, uint64_t address)
{
	bool is_of_file = command >= F_OFD_GETLK;
	struct lock_request request = {
		.node = file->node,
		.owner = is_of_file ? (const void *)file : process_current()->files,
		.pid = is_of_file ? -1 : process_current()->pid,
	};
	struct abi_flock range;
	int error = 0;

	if (file_flags(file) & O_PATH)
		return -EBADF;
	if (copy_from_user(&range, UADDR(address), sizeof(range)))
		return -EFAULT;
	if (!is_type(range.l_type) || (is_of_file && range.l_pid))
		return -EINVAL;
	error = get_range(file, &range, &request);
	if (error)
		return error;
	request.type = (enum lock_type)range.l_type;
	if (command != F_GETLK && command != F_OFD_GETLK)
		return set_record(file, &request, command == F_SETLKW || command == F_OFD_SETLKW);
	if (request.type == LOCK_NONE)
		return -EINVAL;
	lock_find(&request);
	put_range(&request, &range);
	return copy_to_user(UADDR(address), &range, sizeof(range)) ? -EFAULT : 0;
}
