/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that come and go: create, link, remove. Each is one step under tree_lock: it happens whole or, on an error, not at all.
 * The order in which errors are looked for is Linux's, since programs see only the first.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>

static struct mutex names_lock = MUTEX_INIT(names_lock);
static struct file_dir *root;
static struct node *kept; /* by tree_keep, through node->kept */

void tree_lock(void)
{
	mutex_lock(&names_lock);
}

void tree_unlock(void)
{
	while (kept) {
		struct node *node = kept;

		kept = node->kept;
		node_put(node);
	}
	mutex_unlock(&names_lock);
}

void tree_keep(struct node *node)
{
	node->kept = kept;
	kept = node;
}

struct file_dir *tree_root(void)
{
	return root;
}

/* Gives `node` the name at the end of a walk; the caller's reference becomes the name's, or stays the caller's on an error. */
static int add_name(const struct path_end *end, struct node *node)
{
	if (!directory_add(end->dir, end->name, end->length, node))
		return -ENOMEM;
	node_change(&end->dir->node, true);
	return 0;
}

static void remove_name(const struct path_end *end)
{
	struct node *node = directory_remove(end->dir, end->entry);

	node_change(&end->dir->node, true);
	node_change(node, false);
	node_put(node);
}

/* Is there room for a new name? A name with slashes behind it can only become a directory. */
static int check_new_name(const struct path_end *end, bool is_directory)
{
	if (end->node)
		return -EEXIST;
	if (directory_is_removed(end->dir) || (end->slash && !is_directory))
		return -ENOENT;
	return 0;
}

/* the kernel's own file systems take no names from programs, and lose none */
static int check_changeable(const struct path_end *end)
{
	return end->dir->node.fs == FS_MEMORY ? 0 : -EPERM;
}

/* Puts a new node at `path`; takes over the caller's reference in any case. */
static int plant_new(struct file_dir *start, const char *path, struct node *node, bool by_kernel)
{
	struct path_end end;
	int error;

	if (!node)
		return -ENOMEM;
	tree_lock();
	error = path_walk(start, path, 0, &end);
	if (!error)
		error = check_new_name(&end, node->kind == NODE_DIRECTORY);
	if (!error && !by_kernel)
		error = check_changeable(&end);
	if (!error && end.dir->node.fs != FS_MEMORY)
		node->fs = end.dir->node.fs;
	if (!error)
		error = add_name(&end, node);
	tree_unlock();
	if (error)
		node_put(node);
	return error;
}

int tree_make_directory(struct file_dir *start, const char *path, unsigned mode)
{
	struct file_dir *dir = directory_create(mode);

	return plant_new(start, path, dir ? &dir->node : NULL, false);
}

int tree_make_link(struct file_dir *start, const char *path, const char *target)
{
	if (!*target)
		return -ENOENT;
	return plant_new(start, path, link_create(target, strlen(target)), false);
}

/* without a name: may it get one? */
static bool is_linkable(struct node *node)
{
	return node->kind == NODE_FILE && node_file(node)->is_linkable;
}

int tree_add_name(struct file_dir *start, const char *path, struct node *node)
{
	struct path_end end;
	int error;

	tree_lock();
	error = path_walk(start, path, 0, &end);
	if (!error)
		error = check_new_name(&end, false);
	if (!error && node->kind == NODE_DIRECTORY)
		error = -EPERM;
	if (!error && node->links == 0 && !is_linkable(node))
		error = -ENOENT;
	if (!error && node->fs != end.dir->node.fs)
		error = -EXDEV;
	if (!error)
		error = check_changeable(&end);
	node_hold(node); /* for the name */
	if (!error)
		error = add_name(&end, node);
	if (!error)
		node_change(node, false);
	else
		node_put(node);
	tree_unlock();
	return error;
}

int tree_remove_name(struct file_dir *start, const char *path)
{
	struct path_end end;
	int error;

	tree_lock();
	error = path_walk(start, path, 0, &end);
	if (!error && end.last != PATH_NAME)
		error = -EISDIR;
	else if (!error && !end.node)
		error = -ENOENT;
	else if (!error && end.node->kind == NODE_DIRECTORY)
		error = -EISDIR;
	else if (!error && end.slash)
		error = -ENOTDIR;
	if (!error)
		error = check_changeable(&end);
	if (!error)
		remove_name(&end);
	tree_unlock();
	return error;
}

static int check_remove_directory(const struct path_end *end)
{
	switch (end->last) {
	case PATH_DOT:
		return -EINVAL;
	case PATH_DOT_DOT:
		return -ENOTEMPTY;
	case PATH_ROOT:
		return -EBUSY;
	case PATH_NAME:
		break;
	}
	if (!end->node)
		return -ENOENT;
	if (end->node->kind != NODE_DIRECTORY)
		return -ENOTDIR;
	return list_is_empty(&node_dir(end->node)->entries) ? 0 : -ENOTEMPTY;
}

int tree_remove_directory(struct file_dir *start, const char *path)
{
	struct path_end end;
	int error;

	tree_lock();
	error = path_walk(start, path, 0, &end);
	if (!error)
		error = check_remove_directory(&end);
	if (!error)
		error = check_changeable(&end);
	if (!error)
		remove_name(&end);
	tree_unlock();
	return error;
}

/* the directories on the way to `path`; those that exist are no error */
static int make_parents(const char *path)
{
	char *prefix = kmalloc(strlen(path) + 1);
	struct file_dir *dir;
	int error = 0;

	if (!prefix)
		return -ENOMEM;
	for (size_t i = 1; path[i] && !error; i++) {
		if (path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		dir = directory_create(0755);
		error = plant_new(root, prefix, dir ? &dir->node : NULL, true);
		if (error == -EEXIST)
			error = 0;
	}
	kfree(prefix);
	return error;
}

int tree_plant(const char *path, struct node *node)
{
	int error;

	if (!node)
		return -ENOMEM;
	error = plant_new(root, path, node_hold(node), true);
	if (error == -ENOENT) {
		error = make_parents(path);
		if (!error)
			error = plant_new(root, path, node_hold(node), true);
	}
	node_put(node);
	return error;
}

int tree_plant_root(const char *path, enum node_fs fs, const struct dir_source *source)
{
	struct file_dir *dir = directory_create(0555);

	if (!dir)
		return -ENOMEM;
	dir->node.fs = fs;
	dir->source = source;
	return tree_plant(path, &dir->node);
}

int tree_init(void)
{
	root = directory_create(0755);
	if (!root)
		return -ENOMEM;
	root->node.links = 2;
	return 0;
}
