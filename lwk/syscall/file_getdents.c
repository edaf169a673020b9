/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * getdents64(2). The position of an open directory counts names that ever were in it: 0 is ".", 1 is "..".
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

/* struct linux_dirent64 up to the name */
struct abi_dirent {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
} __attribute__((packed));
static_assert(sizeof(struct abi_dirent) == 19, "linux/dirent.h");

static uint8_t dirent_type(enum node_kind kind)
{
	static const uint8_t types[] = {
		[NODE_FILE] = 8,   [NODE_DIRECTORY] = 4, [NODE_LINK] = 10,
		[NODE_DEVICE] = 2, [NODE_TEXT] = 8,      [NODE_PIPE] = 1,
	};

	return types[kind];
}

/* bytes of the record, -EINVAL (does not fit) or -EFAULT */
static long put_record(const struct dir_item *item, uint64_t address, size_t room)
{
	char record[ALIGN_UP(sizeof(struct abi_dirent) + NAME_LENGTH_MAX + 1, UINT64_C(8))] = {0};
	size_t size = ALIGN_UP(sizeof(struct abi_dirent) + item->length + 1, UINT64_C(8));
	struct abi_dirent header = {
		.d_ino = item->number,
		.d_off = (int64_t)item->next,
		.d_reclen = (uint16_t)size,
		.d_type = dirent_type(item->kind),
	};

	if (size > room)
		return -EINVAL;
	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), item->name, item->length);
	return copy_to_user(UADDR(address), record, size) ? -EFAULT : (long)size;
}

/* caller holds tree_lock and the node's lock, in that order */
static long list_directory(struct file *file, uint64_t address, size_t room)
{
	struct file_dir *dir = node_dir(file->node);
	struct dir_item item;
	size_t done = 0;

	if (directory_is_removed(dir))
		return -ENOENT;
	while (directory_next(dir, file->position, &item)) {
		long size = put_record(&item, address + done, room - done);

		if (size < 0)
			return done ? (long)done : size;
		done += (size_t)size;
		file->position = item.next;
	}
	return (long)done;
}

static long sys_getdents64(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result;

	if (!file)
		return -EBADF;
	if (!file_can_read(file)) {
		result = -EBADF;
	} else if (file->node->kind != NODE_DIRECTORY) {
		result = -ENOTDIR;
	} else {
		tree_lock();
		mutex_lock(&file->node->lock);
		result = list_directory(file, args[1], (uint32_t)args[2]);
		mutex_unlock(&file->node->lock);
		tree_unlock();
	}
	file_put(file);
	return result;
}
SYSCALL(NR_getdents64, sys_getdents64);
