/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a process begins and ends with: descriptors, working directory, and the bytes of its executable.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_flags.h>
#include <lwk/file_table.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>
#include <lwk/process_files.h>

#define STANDARD_FILES 3
#define MODE_EXECUTE   0111u

static struct file_dir *hold_dir(struct file_dir *dir)
{
	if (!dir)
		dir = tree_root();
	node_hold(&dir->node);
	return dir;
}

/* descriptor `fd` of a new table; takes over the reference */
static int give_file(struct fd_table *table, unsigned fd, struct file *file)
{
	int error = fd_set(table, fd, file, false);

	if (error)
		file_put(file);
	return error;
}

int process_files_first(const char *const paths[STANDARD_FILES], struct fd_table **files,
			struct file_dir **cwd)
{
	struct fd_table *table = fd_table_create();
	int error = table ? 0 : -ENOMEM;

	for (unsigned fd = 0; fd < STANDARD_FILES && !error; fd++) {
		struct file *file;

		error = file_open(tree_root(), paths[fd], fd == 0 ? O_RDONLY : O_WRONLY, 0, &file);
		if (!error)
			error = give_file(table, fd, file);
	}
	if (error) {
		fd_table_release(table);
		return error;
	}
	*files = table;
	*cwd = hold_dir(NULL);
	return 0;
}

int process_files_inherit(struct fd_table *parent_files, struct file_dir *parent_cwd,
			  struct fd_table **files, struct file_dir **cwd)
{
	struct fd_table *table = fd_table_create();
	int error = table ? 0 : -ENOMEM;

	if (table)
		fd_set_limit(table, fd_get_limit(parent_files));
	for (unsigned fd = 0; fd < STANDARD_FILES && !error; fd++) {
		struct file *file = fd_get(parent_files, (int)fd);

		if (file)
			error = give_file(table, fd, file);
	}
	if (error) {
		fd_table_release(table);
		return error;
	}
	*files = table;
	*cwd = hold_dir(parent_cwd);
	return 0;
}

void process_files_release(struct fd_table *files, struct file_dir *cwd)
{
	fd_table_release(files);
	if (cwd)
		node_put(&cwd->node);
}

static unsigned order_of(uint64_t size)
{
	unsigned order = 0;

	while (order < PAGE_ORDER_MAX && PAGE_SIZE << order < size)
		order++;
	return order;
}

/* A copy of a file that is not in the archive as it was; caller holds the file's lock. */
static int copy_content(struct file_node *file, struct executable *executable)
{
	unsigned order = order_of(file->size);
	struct io_buffer buffer;
	void *copy;

	if (PAGE_SIZE << order < file->size)
		return -ENOMEM;
	copy = page_alloc(order);
	if (!copy)
		return -ENOMEM;
	buffer = io_buffer_kernel(copy, (size_t)file->size);
	file_node_read(file, &buffer, 0);
	*executable = (struct executable){.data = copy, .size = (size_t)file->size, .held = copy};
	return 0;
}

/* The archive's bytes stay as they are even if the file is written, renamed or removed: nothing has to be held for them. */
static int take_content(struct file_node *file, struct executable *executable)
{
	int error = 0;

	mutex_lock(&file->node.lock);
	if (!(file->node.mode & MODE_EXECUTE))
		error = -EACCES;
	else if (file->pages.count || file->archive_size != file->size || file->size == 0)
		error = copy_content(file, executable);
	else
		*executable = (struct executable){.data = file->archive,
						  .size = (size_t)file->size};
	mutex_unlock(&file->node.lock);
	return error;
}

int executable_open(struct file_dir *cwd, const char *path, struct executable *executable)
{
	struct node *node;
	int error = tree_find(cwd ? cwd : tree_root(), path, true, &node);

	if (error)
		return error;
	if (node->kind == NODE_FILE)
		error = take_content(node_file(node), executable);
	else
		error = -EACCES;
	node_put(node);
	return error;
}

void executable_close(struct executable *executable)
{
	if (executable->held)
		page_free(executable->held, order_of(executable->size));
}

/* caller holds tree_lock */
static int print_path_end(const struct path_end *end, char *out, size_t size)
{
	bool is_directory = end->node && end->node->kind == NODE_DIRECTORY;
	char *start = directory_path(is_directory ? node_dir(end->node) : end->dir, out, size);
	size_t length;

	if (!start)
		return -ENAMETOOLONG;
	length = strlen(start);
	memmove(out, start, length + 1);
	if (is_directory)
		return 0;
	if (length > 1)
		out[length++] = '/';
	if (length + end->length + 1 > size)
		return -ENAMETOOLONG;
	memcpy(out + length, end->name, end->length);
	out[length + end->length] = '\0';
	return 0;
}

int file_path_absolute(struct file_dir *cwd, const char *path, char *out, size_t size)
{
	struct path_end end;
	int error;

	tree_lock();
	error = path_walk(cwd ? cwd : tree_root(), path, PATH_FOLLOW, &end);
	if (!error)
		error = print_path_end(&end, out, size);
	tree_unlock();
	return error;
}
