/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fallocate(2): memory for a range in advance, or holes; what else there is, tmpfs does not know either.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

/* linux/falloc.h */
#define FALLOC_KEEP_SIZE  0x01u
#define FALLOC_PUNCH_HOLE 0x02u
#define FALLOC_COLLAPSE   0x08u
#define FALLOC_ZERO       0x10u
#define FALLOC_INSERT     0x20u
#define FALLOC_UNSHARE    0x40u

static long change_range(struct file_node *file, unsigned mode, uint64_t start, uint64_t end)
{
	long result;

	mutex_lock(&file->node.lock);
	if (mode & FALLOC_PUNCH_HOLE)
		result = file_node_clear(file, start, end);
	else
		result = file_node_allocate(file, start, end);
	if (!result && !(mode & FALLOC_KEEP_SIZE) && end > file->size)
		file_node_resize(file, end);
	mutex_unlock(&file->node.lock);
	return result;
}

/* is there such a thing on Linux? */
static bool is_mode(unsigned mode)
{
	switch (mode & ~FALLOC_KEEP_SIZE) {
	case 0:
	case FALLOC_ZERO:
	case FALLOC_UNSHARE:
		return true;
	case FALLOC_PUNCH_HOLE:
		return mode & FALLOC_KEEP_SIZE;
	case FALLOC_COLLAPSE:
	case FALLOC_INSERT:
		return !(mode & FALLOC_KEEP_SIZE);
	default:
		return false;
	}
}

/* in Linux's order */
static long check_file(const struct file *file, unsigned mode, uint64_t start, uint64_t size)
{
	if (!is_mode(mode))
		return -EOPNOTSUPP;
	if (!file_can_write(file))
		return -EBADF;
	if (file->node->kind == NODE_PIPE)
		return -ESPIPE;
	if (file->node->kind != NODE_FILE)
		return -ENODEV;
	if (size > FILE_SIZE_MAX - start)
		return -EFBIG;
	return mode & ~(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE) ? -EOPNOTSUPP : 0;
}

static long sys_fallocate(const uint64_t *args)
{
	unsigned mode = (unsigned)args[1];
	uint64_t start = args[2], size = args[3];
	struct file *file;
	long result;

	if (start > FILE_SIZE_MAX || size > FILE_SIZE_MAX || size == 0)
		return -EINVAL;
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	result = check_file(file, mode, start, size);
	if (!result)
		result = change_range(node_file(file->node), mode, start, start + size);
	file_put(file);
	return result;
}
SYSCALL(NR_fallocate, sys_fallocate);
