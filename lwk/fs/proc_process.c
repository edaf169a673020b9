/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/PID and /proc/PID/task/TID: the names in them and what each is. Descriptors and the working directory are shown to their
 * own process only: they belong to it and may go with it.
 */
#include <lib/string.h>
#include <lwk/fs_proc.h>
#include <lwk/process_view.h>

static bool is_own(int pid)
{
	const struct process *process = process_current();

	return process && process->pid == pid;
}

/* a link to a directory, as readlink shows it, that leads there whatever happens to its name */
static int link_to_directory(struct file_dir *to, struct node **node)
{
	char path[PROCESS_PATH_MAX];
	const char *target = directory_is_removed(to) ? NULL
						      : directory_path(to, path, sizeof(path));
	struct node *link;

	target = target ? target : "(unreachable)";
	link = link_create(target, strlen(target));
	if (link)
		node_link(link)->jump = node_hold(&to->node);
	return proc_made(link, node);
}

static int make_cwd(int pid, struct node **node)
{
	return is_own(pid) ? link_to_directory(process_current()->cwd, node) : 0;
}

static int make_root(int pid, struct node **node)
{
	(void)pid;
	return link_to_directory(tree_root(), node);
}

static int make_exe(int pid, struct node **node)
{
	const struct process *process;
	char path[PROCESS_PATH_MAX] = "";

	spin_lock(&process_lock);
	process = process_find(pid);
	if (process)
		memcpy(path, process->path, sizeof(path));
	spin_unlock(&process_lock);
	return path[0] ? proc_made(link_create(path, strlen(path)), node) : 0;
}

static void print_cgroup(struct text *text, void *key)
{
	(void)key;
	text_print(text, "0::/\n");
}

static void print_mounts(struct text *text, void *key)
{
	(void)key;
	text_print(text, "tmpfs / tmpfs rw 0 0\nproc /proc proc ro 0 0\nsysfs /sys sysfs ro 0 0\n");
}

static void print_mountinfo(struct text *text, void *key)
{
	(void)key;
	text_print(text, "1 0 0:1 / / rw - tmpfs tmpfs rw\n2 1 0:2 / /proc ro - proc proc ro\n"
			 "3 1 0:3 / /sys ro - sysfs sysfs ro\n");
}

static void print_zero(struct text *text, void *key)
{
	(void)key;
	text_print(text, "0\n");
}

/* one of print, make, source */
struct proc_name {
	const char *name;
	text_printer print;
	int (*make)(int pid, struct node **node); /* a link; as dir_source's find */
	const struct dir_source *source;
};

static const struct proc_name names[] = {
	{.name = "auxv", .print = proc_print_auxv},
	{.name = "cgroup", .print = print_cgroup},
	{.name = "cmdline", .print = proc_print_cmdline},
	{.name = "comm", .print = proc_print_comm},
	{.name = "cwd", .make = make_cwd},
	{.name = "environ", .print = proc_print_environ},
	{.name = "exe", .make = make_exe},
	{.name = "fd", .source = &proc_fd_source},
	{.name = "limits", .print = proc_print_limits},
	{.name = "maps", .print = proc_print_maps},
	{.name = "mountinfo", .print = print_mountinfo},
	{.name = "mounts", .print = print_mounts},
	{.name = "numa_maps", .print = proc_print_numa_maps},
	{.name = "oom_score", .print = print_zero},
	{.name = "oom_score_adj", .print = print_zero},
	{.name = "root", .make = make_root},
	{.name = "stat", .print = proc_print_stat},
	{.name = "statm", .print = proc_print_statm},
	{.name = "status", .print = proc_print_status},
	{.name = "task", .source = &proc_task_source}, /* the last: a thread has none */
};

static size_t name_count(const struct proc_dir *dir)
{
	return ARRAY_SIZE(names) - (dir->tid != 0);
}

static int name_make(struct proc_dir *dir, const struct proc_name *name, struct node **node)
{
	if (name->make)
		return name->make(dir->pid, node);
	if (!name->source)
		return proc_made(text_node_create(name->print, proc_key(dir->pid, dir->tid)), node);
	return proc_made(proc_dir_create(&dir->dir, name->name, strlen(name->name), name->source,
					 dir->pid, dir->tid),
			 node);
}

static int process_file_find(struct file_dir *dir, const char *name, size_t length,
			     struct node **node)
{
	for (size_t i = 0; i < name_count(proc_dir(dir)); i++) {
		if (strlen(names[i].name) == length && !memcmp(names[i].name, name, length))
			return name_make(proc_dir(dir), &names[i], node);
	}
	return 0;
}

static bool process_file_list(struct file_dir *dir, uint64_t at, struct dir_item *item)
{
	const struct proc_name *name = &names[at];

	if (at >= name_count(proc_dir(dir)))
		return false;
	*item = (struct dir_item){
		.name = name->name,
		.length = strlen(name->name),
		.number = dir->node.number + (at + 1) * 8,
		.kind = name->source ? NODE_DIRECTORY
			: name->make ? NODE_LINK
				     : NODE_TEXT,
		.next = at + 1,
	};
	return true;
}

const struct dir_source proc_process_source = {.find = process_file_find,
					       .list = process_file_list};

static int task_find(struct file_dir *dir, const char *name, size_t length, struct node **node)
{
	int pid = proc_dir(dir)->pid, tid = proc_number(name, length);
	struct process_view view;

	if (tid <= 0 || !process_view_get(pid, tid, &view))
		return 0;
	return proc_made(proc_dir_create(dir, name, length, &proc_process_source, pid, tid), node);
}

static bool task_list(struct file_dir *dir, uint64_t at, struct dir_item *item)
{
	int tid = at < INT32_MAX ? process_next_id(proc_dir(dir)->pid, (int)at - 1) : 0;

	if (tid)
		proc_item_number(item, tid, NODE_DIRECTORY);
	return tid != 0;
}

const struct dir_source proc_task_source = {.find = task_find, .list = task_list};
