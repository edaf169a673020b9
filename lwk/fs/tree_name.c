/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A name of a node, found by looking through the tree: open files do not remember how they were opened. Without recursion: a
 * program may nest directories as deep as it likes. Caller holds tree_lock.
 */
#include <lib/string.h>
#include <lwk/fs_tree.h>

static struct dir_entry *entry_at(struct file_dir *dir, struct list *link)
{
	return link == &dir->entries ? NULL : list_entry(link, struct dir_entry, link);
}

/* the entry behind this one, children before siblings; *dir is the directory it is in */
static struct dir_entry *entry_after(struct file_dir **dir, struct dir_entry *entry)
{
	if (entry->node->kind == NODE_DIRECTORY) {
		*dir = node_dir(entry->node);
		entry = entry_at(*dir, (*dir)->entries.next);
	} else {
		entry = entry_at(*dir, entry->link.next);
	}
	while (!entry && (*dir)->entry) {
		struct dir_entry *own = (*dir)->entry;

		*dir = (*dir)->parent;
		entry = entry_at(*dir, own->link.next);
	}
	return entry;
}

char *tree_name_of(const struct node *node, char *out, size_t size)
{
	struct file_dir *dir = tree_root();
	struct dir_entry *entry = entry_at(dir, dir->entries.next);
	char *path;
	size_t room;

	if (node->kind == NODE_DIRECTORY) {
		const struct file_dir *named = (const struct file_dir *)(const void *)node;

		return directory_is_removed(named) ? NULL : directory_path(named, out, size);
	}
	while (entry && entry->node != node)
		entry = entry_after(&dir, entry);
	room = entry ? entry->length + 1u : 0;
	if (!entry || room >= size)
		return NULL;
	path = directory_path(dir, out, size - room);
	if (!path)
		return NULL;
	if (dir == tree_root()) /* its path ends with the slash */
		path++;
	out[size - room - 1] = '/';
	memcpy(out + size - room, entry->name, room);
	return path;
}
