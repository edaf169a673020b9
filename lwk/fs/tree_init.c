/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The initial file tree, from a cpio archive that stays where it is: regular files show its bytes in place. A later entry of the
 * same name replaces an earlier one. Hard links become files of their own, devices and sockets are left out.
 */
#include <lib/cpio.h>
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_tree.h>
#include <lwk/log.h>
#include <lwk/process_files.h>

#define MODE_KIND      0170000u
#define MODE_FILE      0100000u
#define MODE_DIRECTORY 0040000u
#define MODE_LINK      0120000u

static struct node *node_of_file(const struct cpio_entry *entry)
{
	struct file_node *file = file_node_create(entry->mode);

	if (!file)
		return NULL;
	file->archive = entry->data;
	file->archive_size = entry->size;
	file->size = entry->size;
	return &file->node;
}

static struct node *node_of_entry(const struct cpio_entry *entry)
{
	struct file_dir *dir;

	switch (entry->mode & MODE_KIND) {
	case MODE_FILE:
		return node_of_file(entry);
	case MODE_LINK:
		return link_create(entry->data, (size_t)entry->size);
	default:
		dir = directory_create(entry->mode);
		return dir ? &dir->node : NULL;
	}
}

/* a directory that exists stays, and becomes as the entry says */
static bool update_directory(const struct cpio_entry *entry)
{
	struct node *node;
	bool is_directory;

	if ((entry->mode & MODE_KIND) != MODE_DIRECTORY ||
	    tree_find(tree_root(), entry->name, false, &node))
		return false;
	is_directory = node->kind == NODE_DIRECTORY;
	if (is_directory)
		node->mode = entry->mode & 07777;
	node_put(node);
	return is_directory;
}

static bool is_unpacked(const struct cpio_entry *entry)
{
	uint32_t kind = entry->mode & MODE_KIND;

	if (kind == MODE_LINK)
		return entry->size > 0 && entry->size < PATH_LENGTH_MAX &&
		       !memchr(entry->data, '\0', (size_t)entry->size);
	return kind == MODE_FILE || kind == MODE_DIRECTORY;
}

static int unpack_entry(const struct cpio_entry *entry)
{
	struct node *node;
	int error;

	if (!is_unpacked(entry)) {
		log_warn("initial files: %s left out, mode %x", entry->name, entry->mode);
		return 0;
	}
	if (update_directory(entry))
		return 0;
	node = node_of_entry(entry);
	if (!node)
		return -ENOMEM;
	node->modified = (struct node_time){.seconds = entry->mtime};
	node_hold(node);
	error = tree_plant(entry->name, node);
	if (error == -EEXIST && !tree_remove_name(tree_root(), entry->name))
		error = tree_plant(entry->name, node);
	else
		node_put(node);
	if (error)
		log_error("initial files: %s: error %d", entry->name, -error);
	return error == -ENOMEM ? error : 0;
}

static int unpack(const void *archive, size_t size)
{
	struct cpio cpio = {.data = archive, .size = size};
	struct cpio_entry entry;
	int status, error = 0;

	do {
		status = cpio_next(&cpio, &entry);
		if (status == 1)
			error = unpack_entry(&entry);
	} while (status == 1 && !error);
	if (status < 0)
		log_error("initial files: the archive is corrupt at byte %lu",
			  (unsigned long)cpio.at);
	return status < 0 ? -EINVAL : error;
}

/* what programs expect to be there */
static int make_common(void)
{
	static const char *const directories[] = {"/dev", "/tmp", "/dev/shm"};
	static const struct {
		const char *path, *target;
	} links[] = {
		{"/dev/fd", "/proc/self/fd"},
		{"/dev/stdin", "/proc/self/fd/0"},
		{"/dev/stdout", "/proc/self/fd/1"},
		{"/dev/stderr", "/proc/self/fd/2"},
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories) && !error; i++)
		error = tree_make_directory(tree_root(), directories[i], i ? 01777 : 0755);
	for (size_t i = 0; i < ARRAY_SIZE(links) && !error; i++)
		error = tree_make_link(tree_root(), links[i].path, links[i].target);
	return error;
}

int file_tree_init(const void *archive, size_t size)
{
	int error = tree_init();

	if (!error)
		error = proc_files_init();
	if (!error)
		error = make_common();
	if (!error)
		error = unpack(archive, size);
	return error;
}
