/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Life and status of nodes. The last reference frees a node and what only it held; a removed directory that was kept alive
 * lets go of its parent then.
 */
#include <lib/string.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/fs_node.h>
#include <lwk/fs_pipe.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>

#define DEVICE_MAJOR 240u /* Linux keeps it for local use */

static uint64_t last_number;

struct node_time node_time_now(void)
{
	uint64_t now = time_realtime_ns();

	return (struct node_time){.seconds = (int64_t)(now / NS_PER_SECOND),
				  .nanoseconds = (uint32_t)(now % NS_PER_SECOND)};
}

void *node_create(enum node_kind kind, size_t size, unsigned mode)
{
	struct node *node = kzalloc(size);

	if (!node)
		return NULL;
	node->kind = kind;
	node->references = 1;
	node->number = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
	node->mode = mode & 07777;
	node->accessed = node_time_now();
	node->modified = node->accessed;
	node->changed = node->accessed;
	mutex_init(&node->lock);
	return node;
}

struct file_node *file_node_create(unsigned mode)
{
	return node_create(NODE_FILE, sizeof(struct file_node), mode);
}

struct file_dir *directory_create(unsigned mode)
{
	struct file_dir *dir = node_create(NODE_DIRECTORY, sizeof(*dir), mode);

	if (dir)
		list_init(&dir->entries);
	return dir;
}

struct node *link_create(const char *target, size_t length)
{
	struct link_node *link = node_create(NODE_LINK, sizeof(*link) + length + 1, 0777);

	if (!link)
		return NULL;
	memcpy(link->target, target, length);
	link->length = length;
	return &link->node;
}

struct node *node_hold(struct node *node)
{
	__atomic_add_fetch(&node->references, 1, __ATOMIC_RELAXED);
	return node;
}

/* frees the node; gives the node whose reference it held, or NULL */
static struct node *node_destroy(struct node *node)
{
	struct node *held = NULL;

	if (node->kind == NODE_FILE)
		page_tree_free(&node_file(node)->pages, 0, UINT64_MAX);
	else if (node->kind == NODE_PIPE)
		kfree(node_pipe(node)->buffer);
	else if (node->kind == NODE_LINK)
		held = node_link(node)->jump;
	else if (node->kind == NODE_DIRECTORY && node_dir(node)->parent)
		held = &node_dir(node)->parent->node;
	else if (node->kind == NODE_DEVICE && node_device(node)->ops->release)
		node_device(node)->ops->release(node_device(node)->device);
	if (node->kind == NODE_DIRECTORY && node_dir(node)->entry) /* see directory_adopt */
		kfree(node_dir(node)->entry);
	kfree(node);
	return held;
}

void node_put(struct node *node)
{
	while (node && __atomic_sub_fetch(&node->references, 1, __ATOMIC_ACQ_REL) == 0)
		node = node_destroy(node);
}

void node_touch(struct node *node)
{
	node->modified = node_time_now();
	node->changed = node->modified;
}

void node_change(struct node *node, bool is_content)
{
	mutex_lock(&node->lock);
	node->changed = node_time_now();
	if (is_content)
		node->modified = node->changed;
	mutex_unlock(&node->lock);
}

static uint32_t kind_bits(enum node_kind kind)
{
	static const uint32_t bits[] = {
		[NODE_FILE] = 0100000,   [NODE_DIRECTORY] = 0040000, [NODE_LINK] = 0120000,
		[NODE_DEVICE] = 0020000, [NODE_TEXT] = 0100000,      [NODE_PIPE] = 0010000,
	};

	return bits[kind];
}

static uint64_t file_blocks(const struct file_node *file)
{
	return file->pages.count * (PAGE_SIZE / 512) + (file->archive_size + 511) / 512;
}

static uint64_t device_number(const struct device_node *device)
{
	if (device->ops->number)
		return device->ops->number;
	return DEVICE_MAJOR << 8 | (device->node.number & 0xff);
}

void node_get_status(struct node *node, struct node_status *status)
{
	tree_lock();
	mutex_lock(&node->lock);
	*status = (struct node_status){
		.fs = node->fs,
		.number = node->number,
		.mode = kind_bits(node->kind) | node->mode,
		.links = node->links,
		.uid = node->uid,
		.gid = node->gid,
		.accessed = node->accessed,
		.modified = node->modified,
		.changed = node->changed,
	};
	if (node->kind == NODE_FILE) {
		status->size = node_file(node)->size;
		status->blocks = file_blocks(node_file(node));
	} else if (node->kind == NODE_LINK) {
		status->size = node_link(node)->length;
	} else if (node->kind == NODE_DEVICE) {
		status->device = device_number(node_device(node));
	}
	mutex_unlock(&node->lock);
	tree_unlock();
}
