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

/* a name to be listed, and the position behind it */
struct listed {
	struct node *node;
	const char *name;
	size_t length;
	uint64_t next;
};

static uint8_t dirent_type(const struct node *node)
{
	static const uint8_t types[] = {
		[NODE_FILE] = 8,   [NODE_DIRECTORY] = 4, [NODE_LINK] = 10,
		[NODE_DEVICE] = 2, [NODE_TEXT] = 8,      [NODE_PIPE] = 1,
	};

	return types[node->kind];
}

static bool find_listed(struct file_dir *dir, uint64_t position, struct listed *listed)
{
	struct dir_entry *entry;

	if (position == 0) {
		*listed = (struct listed){&dir->node, ".", 1, 1};
		return true;
	}
	if (position == 1) {
		struct file_dir *parent = dir->parent ? dir->parent : dir;

		*listed = (struct listed){&parent->node, "..", 2, 2};
		return true;
	}
	entry = directory_next(dir, position);
	if (entry)
		*listed = (struct listed){entry->node, entry->name, entry->length,
					  entry->position + 1};
	return entry != NULL;
}

/* bytes of the record, -EINVAL (does not fit) or -EFAULT */
static long put_record(const struct listed *listed, uint64_t address, size_t room)
{
	char record[ALIGN_UP(sizeof(struct abi_dirent) + NAME_LENGTH_MAX + 1, UINT64_C(8))] = {0};
	size_t size = ALIGN_UP(sizeof(struct abi_dirent) + listed->length + 1, UINT64_C(8));
	struct abi_dirent header = {
		.d_ino = listed->node->number,
		.d_off = (int64_t)listed->next,
		.d_reclen = (uint16_t)size,
		.d_type = dirent_type(listed->node),
	};

	if (size > room)
		return -EINVAL;
	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), listed->name, listed->length);
	return copy_to_user(UADDR(address), record, size) ? -EFAULT : (long)size;
}

/* caller holds tree_lock and the node's lock, in that order */
static long list_directory(struct file *file, uint64_t address, size_t room)
{
	struct file_dir *dir = node_dir(file->node);
	struct listed listed;
	size_t done = 0;

	if (directory_is_removed(dir))
		return -ENOENT;
	while (find_listed(dir, file->position, &listed)) {
		long size = put_record(&listed, address + done, room - done);

		if (size < 0)
			return done ? (long)done : size;
		done += (size_t)size;
		file->position = listed.next;
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
