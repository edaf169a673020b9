/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/self/fd: links that lead to the files themselves, whether they have a name or not. Another process's are not shown.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <lwk/file_table.h>
#include <lwk/fs_proc.h>
#include <lwk/heap.h>
#include <lwk/process.h>

static struct fd_table *table_of(const struct file_dir *dir)
{
	const struct process *process = process_current();
	int pid = ((const struct proc_dir *)(const void *)dir)->pid;

	return process && process->pid == pid ? process->files : NULL;
}

/* what readlink shows: the path, or what the file is; a name at the end of page[PAGE_SIZE] */
static const char *target_of(const struct node *node, char *page)
{
	const char *path = tree_name_of(node, page, PAGE_SIZE);

	if (path)
		return path;
	fmt_print(page, PAGE_SIZE,
		  node->kind == NODE_PIPE ? "pipe:[%lu]" : "/unnamed:%lu (deleted)",
		  (unsigned long)node->number);
	return page;
}

static struct node *link_to(struct node *to)
{
	char *page = page_alloc(0);
	struct node *link = NULL;

	if (page) {
		const char *target = target_of(to, page);

		link = link_create(target, strlen(target));
		page_free(page, 0);
	}
	if (link)
		node_link(link)->jump = node_hold(to);
	return link;
}

static int fd_find(struct file_dir *dir, const char *name, size_t length, struct node **node)
{
	struct fd_table *table = table_of(dir);
	int fd = proc_number(name, length);
	struct file *file = table && fd >= 0 ? fd_get(table, fd) : NULL;
	int error;

	if (!file)
		return 0;
	error = proc_made(link_to(file->node), node);
	file_put(file);
	return error;
}

static bool fd_list(struct file_dir *dir, uint64_t at, struct dir_item *item)
{
	struct fd_table *table = table_of(dir);
	int fd = table && at < FD_LIMIT ? fd_next(table, (int)at) : -1;

	if (fd >= 0)
		proc_item_number(item, fd, NODE_LINK);
	return fd >= 0;
}

const struct dir_source proc_fd_source = {.find = fd_find, .list = fd_list};
