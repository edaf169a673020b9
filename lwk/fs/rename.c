/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Renaming: the new name is made before the old ones go, so that running out of memory changes nothing. Two names that change
 * places need none.
 */
#include <lwk/errno.h>
#include <lwk/fs_tree.h>

static bool is_directory(const struct node *node)
{
	return node && node->kind == NODE_DIRECTORY;
}

/* may the two change places? */
static int check_exchanged(const struct path_end *from, const struct path_end *to)
{
	if (!to->node)
		return -ENOENT;
	if ((!is_directory(to->node) && to->slash) || (!is_directory(from->node) && from->slash))
		return -ENOTDIR;
	if (is_directory(from->node) && directory_is_below(to->dir, node_dir(from->node)))
		return -EINVAL;
	if (is_directory(to->node) && directory_is_below(from->dir, node_dir(to->node)))
		return -EINVAL;
	return 0;
}

/* may this name be moved to that place at all? */
static int check_places(const struct path_end *from, const struct path_end *to, unsigned flags)
{
	if (from->last != PATH_NAME)
		return -EBUSY;
	if (to->last != PATH_NAME)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	if (!from->node)
		return -ENOENT;
	if (from->dir->node.fs != FS_MEMORY || to->dir->node.fs != FS_MEMORY)
		return from->dir->node.fs == to->dir->node.fs ? -EPERM : -EXDEV;
	if (to->node && flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (flags & RENAME_EXCHANGE)
		return check_exchanged(from, to);
	if (!is_directory(from->node) && (from->slash || to->slash))
		return -ENOTDIR;
	if (is_directory(from->node) && directory_is_below(to->dir, node_dir(from->node)))
		return -EINVAL;
	if (is_directory(to->node) && directory_is_below(from->dir, node_dir(to->node)))
		return -ENOTEMPTY;
	return 0;
}

/* may what is there be replaced by this? */
static int check_replaced(const struct path_end *from, const struct path_end *to)
{
	if (!to->node)
		return directory_is_removed(to->dir) ? -ENOENT : 0;
	if (is_directory(from->node) && !is_directory(to->node))
		return -ENOTDIR;
	if (!is_directory(from->node) && is_directory(to->node))
		return -EISDIR;
	if (is_directory(to->node) && !list_is_empty(&node_dir(to->node)->entries))
		return -ENOTEMPTY;
	return 0;
}

static int move_name(const struct path_end *from, const struct path_end *to)
{
	struct node *node = node_hold(from->node);

	if (!directory_add(to->dir, to->name, to->length, node)) {
		node_put(node);
		return -ENOMEM;
	}
	if (to->entry) {
		struct node *replaced = directory_remove(to->dir, to->entry);

		node_change(replaced, false);
		node_put(replaced);
	}
	node_put(directory_remove(from->dir, from->entry));
	node_change(&from->dir->node, true);
	node_change(&to->dir->node, true);
	node_change(node, false);
	return 0;
}

static int exchange_names(const struct path_end *a, const struct path_end *b)
{
	directory_exchange(a->dir, a->entry, b->dir, b->entry);
	node_change(&a->dir->node, true);
	node_change(&b->dir->node, true);
	node_change(a->node, false);
	node_change(b->node, false);
	return 0;
}

int tree_rename(const struct tree_place *from, const struct tree_place *to, unsigned flags)
{
	struct path_end old, new;
	int error;

	tree_lock();
	error = path_walk(from->start, from->path, 0, &old);
	if (!error)
		error = path_walk(to->start, to->path, 0, &new);
	if (!error)
		error = check_places(&old, &new, flags);
	if (!error && old.node != new.node &&flags &RENAME_EXCHANGE) {
		error = exchange_names(&old, &new);
	} else if (!error && old.node != new.node) {
		error = check_replaced(&old, &new);
		if (!error)
			error = move_name(&old, &new);
	}
	tree_unlock();
	return error;
}
