/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc: a directory for each process, `self` and `thread-self`, made when they are looked up, beside the files about the machine
 * (proc_system.c). The kernel's file systems are read-only.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_proc.h>
#include <lwk/process_view.h>

#define NUMBER_DIGITS 9u

int proc_number(const char *name, size_t length)
{
	int number = 0;

	if (length == 0 || length > NUMBER_DIGITS || (length > 1 && name[0] == '0'))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		number = number * 10 + (name[i] - '0');
	}
	return number;
}

/* st_ino of what is made anew by every look */
static uint64_t number_of(int pid, int number)
{
	return UINT64_C(1) << 62 | (uint64_t)(unsigned)pid << 31 | (unsigned)number;
}

void proc_item_number(struct dir_item *item, int number, enum node_kind kind)
{
	item->length = fmt_print(item->storage, sizeof(item->storage), "%d", number);
	item->name = item->storage;
	item->number = number_of(0, number);
	item->kind = kind;
	item->next = (uint64_t)number + 1;
}

struct node *proc_dir_create(struct file_dir *parent, const char *name, size_t length,
			     const struct dir_source *source, int pid, int tid)
{
	struct proc_dir *dir = node_create(NODE_DIRECTORY, sizeof(*dir), 0555);

	if (!dir)
		return NULL;
	list_init(&dir->dir.entries);
	dir->dir.source = source;
	dir->dir.node.fs = FS_PROC;
	dir->dir.node.number = number_of(pid, tid);
	dir->pid = pid;
	dir->tid = tid;
	if (directory_adopt(&dir->dir, parent, name, length)) {
		node_put(&dir->dir.node);
		return NULL;
	}
	return &dir->dir.node;
}

static int find_self(bool thread, struct node **node)
{
	const struct process *process = process_current();
	char target[40];
	size_t length;

	if (!process)
		return 0;
	length = fmt_print(target, sizeof(target), thread ? "%d/task/%d" : "%d", process->pid,
			   thread_current()->tid);
	return proc_made(link_create(target, length), node);
}

static int root_find(struct file_dir *dir, const char *name, size_t length, struct node **node)
{
	int pid = proc_number(name, length);
	struct process_view view;

	if (length == 4 && !memcmp(name, "self", 4))
		return find_self(false, node);
	if (length == 11 && !memcmp(name, "thread-self", 11))
		return find_self(true, node);
	if (pid <= 0 || !process_view_get(pid, 0, &view))
		return 0;
	return proc_made(proc_dir_create(dir, name, length, &proc_process_source, pid, 0), node);
}

/* positions: 0 and 1 are the two links, from 2 on a process's is 1 + its pid */
static bool root_list(struct file_dir *dir, uint64_t at, struct dir_item *item)
{
	static const char *const links[] = {"self", "thread-self"};
	int pid;

	(void)dir;
	if (at < ARRAY_SIZE(links)) {
		item->name = links[at];
		item->length = strlen(links[at]);
		item->number = number_of(0, 0) + at;
		item->kind = NODE_LINK;
		item->next = at + 1;
		return true;
	}
	pid = at - 2 < INT32_MAX ? process_next_id(0, (int)(at - 2)) : 0;
	if (!pid)
		return false;
	proc_item_number(item, pid, NODE_DIRECTORY);
	item->next = (uint64_t)pid + 2;
	return true;
}

const struct dir_source proc_root_source = {.find = root_find, .list = root_list};

int proc_files_init(void)
{
	int error = tree_plant_root("/proc", FS_PROC, &proc_root_source);

	if (!error)
		error = tree_plant_root("/sys", FS_SYS, NULL);
	if (!error)
		error = proc_system_init();
	return error ? error : sys_files_init();
}
