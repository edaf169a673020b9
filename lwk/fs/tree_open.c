/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finding the node that open means, or making it: one step, so that of two programs that create a file exclusively one does.
 */
#include <lwk/errno.h>
#include <lwk/fs_tree.h>

/* is what is there what was asked for? */
static int check_found(const struct path_end *end, const struct tree_open *how)
{
	bool is_directory = end->node->kind == NODE_DIRECTORY;

	if (how->create && how->exclusive)
		return -EEXIST;
	if (how->create && is_directory)
		return -EISDIR;
	if ((how->directory || end->slash) && !is_directory)
		return -ENOTDIR;
	return 0;
}

static int make_file(const struct path_end *end, const struct tree_open *how, struct node **node)
{
	struct file_node *file;

	if (!how->create || directory_is_removed(end->dir) || end->dir->node.fs != FS_MEMORY)
		return -ENOENT;
	file = file_node_create(how->mode);
	if (!file)
		return -ENOMEM;
	if (!directory_add(end->dir, end->name, end->length, &file->node)) {
		node_put(&file->node);
		return -ENOMEM;
	}
	node_change(&end->dir->node, true);
	*node = node_hold(&file->node);
	return 0;
}

static int make_unnamed(const struct node *dir, const struct tree_open *how, struct node **node)
{
	struct file_node *file;

	if (dir->fs != FS_MEMORY)
		return -EOPNOTSUPP;
	file = file_node_create(how->mode);
	if (!file)
		return -ENOMEM;
	file->is_linkable = how->linkable;
	*node = &file->node;
	return 0;
}

static int find_or_make(struct file_dir *start, const char *path, const struct tree_open *how,
			struct node **node, bool *made)
{
	struct path_end end;
	bool follow = how->follow && !(how->create && how->exclusive);
	unsigned flags = (follow ? PATH_FOLLOW : PATH_LINK_SLASH) | (how->create ? PATH_CREATE : 0);
	int error = path_walk(start, path, flags, &end);

	if (error)
		return error;
	*made = !end.node;
	if (!end.node)
		return make_file(&end, how, node);
	error = check_found(&end, how);
	if (error)
		return error;
	if (how->unnamed)
		return make_unnamed(end.node, how, node);
	*node = node_hold(end.node);
	return 0;
}

int tree_open(struct file_dir *start, const char *path, const struct tree_open *how,
	      struct node **node, bool *made)
{
	int error;

	tree_lock();
	error = find_or_make(start, path, how, node, made);
	tree_unlock();
	return error;
}
