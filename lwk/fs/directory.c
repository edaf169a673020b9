/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names in a directory, in the order they were made. A name's position never changes, so that a listing that goes on after
 * others came or went neither repeats nor misses those that stayed. Caller holds tree_lock.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_node.h>
#include <lwk/heap.h>

#define FIRST_POSITION 2 /* behind "." and ".." */
#define SOURCE_POSITION \
	(UINT64_C(1) << 62) /* the names of a source come behind those that were made */

/* FNV-1a */
static uint32_t name_hash(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	return hash;
}

static struct dir_entry *entry_of(struct list *link)
{
	return list_entry(link, struct dir_entry, link);
}

struct dir_entry *directory_find(struct file_dir *dir, const char *name, size_t length)
{
	uint32_t hash = name_hash(name, length);

	list_for_each (link, &dir->entries) {
		struct dir_entry *entry = entry_of(link);

		if (entry->hash == hash && entry->length == length &&
		    !memcmp(entry->name, name, length))
			return entry;
	}
	return NULL;
}

/* A directory keeps its parent when it is removed, and has none before it gets its first name. */
static void set_parent(struct file_dir *dir, struct file_dir *parent)
{
	struct file_dir *last = dir->parent;

	node_hold(&parent->node);
	dir->parent = parent;
	if (last)
		node_put(&last->node);
}

static struct dir_entry *entry_create(const char *name, size_t length, struct node *node)
{
	struct dir_entry *entry = kmalloc(sizeof(*entry) + length + 1);

	if (!entry)
		return NULL;
	entry->position = 0;
	entry->node = node;
	entry->hash = name_hash(name, length);
	entry->length = (uint16_t)length;
	memcpy(entry->name, name, length);
	entry->name[length] = '\0';
	return entry;
}

struct dir_entry *directory_add(struct file_dir *dir, const char *name, size_t length,
				struct node *node)
{
	struct dir_entry *entry = entry_create(name, length, node);

	if (!entry)
		return NULL;
	entry->position = FIRST_POSITION + dir->next_position++;
	list_add_tail(&dir->entries, &entry->link);
	node->links++;
	if (node->kind == NODE_DIRECTORY) {
		node_dir(node)->entry = entry;
		set_parent(node_dir(node), dir);
		node->links++;     /* its own "." */
		dir->node.links++; /* its ".." */
	}
	return entry;
}

struct node *directory_remove(struct file_dir *dir, struct dir_entry *entry)
{
	struct node *node = entry->node;

	node->links--;
	if (node->kind == NODE_DIRECTORY) {
		if (node_dir(node)->entry == entry) /* else renamed: it has a new one already */
			node_dir(node)->entry = NULL;
		node->links--;
		dir->node.links--;
	}
	list_remove(&entry->link);
	kfree(entry);
	return node;
}

/* `entry` of `dir` now stands for `node` */
static void set_node(struct file_dir *dir, struct dir_entry *entry, struct node *node)
{
	entry->node = node;
	if (node->kind != NODE_DIRECTORY)
		return;
	node_dir(node)->entry = entry;
	node_dir(node)->parent->node.links--; /* its ".." */
	dir->node.links++;
	set_parent(node_dir(node), dir);
}

void directory_exchange(struct file_dir *a_dir, struct dir_entry *a, struct file_dir *b_dir,
			struct dir_entry *b)
{
	struct node *node = a->node;

	set_node(a_dir, a, b->node);
	set_node(b_dir, b, node);
}

static void item_set(struct dir_item *item, const struct node *node, const char *name,
		     size_t length, uint64_t next)
{
	item->name = name;
	item->length = length;
	item->number = node->number;
	item->kind = node->kind;
	item->next = next;
}

static bool next_entry(struct file_dir *dir, uint64_t position, struct dir_item *item)
{
	list_for_each (link, &dir->entries) {
		struct dir_entry *entry = entry_of(link);

		if (entry->position < position)
			continue;
		item_set(item, entry->node, entry->name, entry->length, entry->position + 1);
		return true;
	}
	return false;
}

bool directory_next(struct file_dir *dir, uint64_t position, struct dir_item *item)
{
	const struct file_dir *parent = dir->parent ? dir->parent : dir;
	uint64_t at = position > SOURCE_POSITION ? position - SOURCE_POSITION : 0;

	if (position < FIRST_POSITION)
		item_set(item, position ? &parent->node : &dir->node, "..", 1 + (size_t)position,
			 position + 1);
	else if (next_entry(dir, position, item))
		return true;
	else if (!dir->source || !dir->source->list(dir, at, item))
		return false;
	else
		item->next += SOURCE_POSITION;
	return true;
}

int directory_adopt(struct file_dir *dir, struct file_dir *parent, const char *name, size_t length)
{
	struct dir_entry *entry = entry_create(name, length, &dir->node);

	if (!entry)
		return -ENOMEM;
	list_init(&entry->link);
	dir->entry = entry;
	dir->node.links = 2;
	set_parent(dir, parent);
	return 0;
}

bool directory_is_below(const struct file_dir *dir, const struct file_dir *above)
{
	for (; dir; dir = dir->parent)
		if (dir == above)
			return true;
	return false;
}

char *directory_path(const struct file_dir *dir, char *out, size_t size)
{
	char *at = out + size;

	if (size < 2)
		return NULL;
	*--at = '\0';
	if (!dir->entry)
		*--at = '/';
	for (; dir->entry; dir = dir->parent) {
		if ((size_t)(at - out) < dir->entry->length + 1u)
			return NULL;
		at -= dir->entry->length;
		memcpy(at, dir->entry->name, dir->entry->length);
		*--at = '/';
	}
	return at;
}
