/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Path resolution. What is left to walk is a stack of strings: the path below, above it the targets of the symbolic links that
 * were met, each popped when used up. Caller holds tree_lock, so nothing on the way needs a reference.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_tree.h>

#define LINKS_MAX 40u /* as on Linux, in one resolution */

struct path_walk {
	const char *rest[LINKS_MAX + 1]; /* at a component, or at the end of the path */
	unsigned depth; /* strings on the stack; all but the lowest are not empty */
	unsigned links; /* followed so far */
	unsigned flags;
	struct path_end *end;
};

static const char *skip_slashes(const char *at)
{
	while (*at == '/')
		at++;
	return at;
}

static enum path_last component_kind(const char *name, size_t length)
{
	if (length == 1 && name[0] == '.')
		return PATH_DOT;
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return PATH_DOT_DOT;
	return PATH_NAME;
}

/* Takes the next component off the stack; true: it is the path's last. */
static bool take_component(struct path_walk *walk)
{
	struct path_end *end = walk->end;
	const char *at = walk->rest[walk->depth - 1];
	bool slash, is_last;

	end->name = at;
	while (*at && *at != '/')
		at++;
	end->length = (size_t)(at - end->name);
	end->last = component_kind(end->name, end->length);
	slash = *at == '/';
	at = skip_slashes(at);
	walk->rest[walk->depth - 1] = at;
	if (*at == '\0' && walk->depth > 1)
		walk->depth--;
	is_last = *walk->rest[walk->depth - 1] == '\0';
	end->slash |=
		is_last &&
		slash; /* stays when a link comes last: what its target names must be a directory, too */
	return is_last;
}

/* a name that nobody made; the node stays until tree_unlock */
static int find_in_source(struct path_end *end)
{
	const struct dir_source *source = end->dir->source;
	struct node *node = NULL;
	int error = source ? source->find(end->dir, end->name, end->length, &node) : 0;

	end->node = node;
	if (!node)
		return error;
	node->fs = end->dir->node.fs;
	if (node->links == 0) /* a directory has its own already */
		node->links = 1;
	tree_keep(node);
	return 0;
}

static int find_component(struct path_end *end)
{
	struct file_dir *dir = end->dir;

	end->entry = NULL;
	if (end->last == PATH_DOT)
		end->node = &dir->node;
	else if (end->last == PATH_DOT_DOT)
		end->node = dir->parent ? &dir->parent->node : &dir->node;
	else if (end->length > NAME_LENGTH_MAX && !directory_is_removed(dir))
		return -ENAMETOOLONG;
	else
		end->entry = directory_find(dir, end->name, end->length);
	if (end->last != PATH_NAME)
		return 0;
	if (!end->entry)
		return find_in_source(end);
	end->node = end->entry->node;
	return 0;
}

static bool goes_through_link(const struct path_walk *walk, bool is_last)
{
	const struct path_end *end = walk->end;

	if (!end->node || end->node->kind != NODE_LINK)
		return false;
	return !is_last || walk->flags & PATH_FOLLOW ||
	       (walk->flags & PATH_LINK_SLASH && end->slash);
}

static void push_path(struct path_walk *walk, const char *path)
{
	struct path_end *end = walk->end;

	if (*path == '/') {
		end->dir = tree_root();
		end->node = &end->dir->node;
		end->last = PATH_ROOT;
		end->entry = NULL;
		path = skip_slashes(path);
	}
	if (*walk->rest[walk->depth - 1] == '\0')
		walk->rest[walk->depth - 1] = path;
	else if (*path)
		walk->rest[walk->depth++] = path;
}

/* true: what comes next is the link's target; false: the link led to its node at once, or *error */
static bool push_link(struct path_walk *walk, int *error)
{
	struct link_node *link = node_link(walk->end->node);

	if (++walk->links > LINKS_MAX)
		*error = -ELOOP;
	else if (link->jump)
		walk->end->node = link->jump;
	else if (link->length == 0)
		*error = -ENOENT;
	else
		push_path(walk, link->target);
	return !*error && !link->jump;
}

/* goes into what the last component named */
static int enter_directory(struct path_end *end)
{
	if (!end->node)
		return -ENOENT;
	if (end->node->kind != NODE_DIRECTORY)
		return -ENOTDIR;
	end->dir = node_dir(end->node);
	return 0;
}

int path_walk(struct file_dir *start, const char *path, unsigned flags, struct path_end *end)
{
	struct path_walk walk = {.rest = {""}, .depth = 1, .flags = flags, .end = end};

	if (!*path)
		return -ENOENT;
	*end = (struct path_end){.dir = start};
	push_path(&walk, path);
	while (*walk.rest[walk.depth - 1]) {
		bool is_last = take_component(&walk);
		int error;

		if (is_last && end->slash && end->last == PATH_NAME && flags & PATH_CREATE)
			return -EISDIR;
		error = find_component(end);
		if (!error && goes_through_link(&walk, is_last) && push_link(&walk, &error))
			continue;
		if (!error && !is_last)
			error = enter_directory(end);
		if (error)
			return error;
	}
	return 0;
}

int tree_find(struct file_dir *start, const char *path, bool follow, struct node **node)
{
	struct path_end end;
	int error;

	tree_lock();
	error = path_walk(start, path, follow ? PATH_FOLLOW : PATH_LINK_SLASH, &end);
	if (!error && !end.node)
		error = -ENOENT;
	if (!error && end.slash && end.node->kind != NODE_DIRECTORY)
		error = -ENOTDIR;
	if (!error)
		*node = node_hold(end.node);
	tree_unlock();
	return error;
}
