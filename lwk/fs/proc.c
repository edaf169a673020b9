/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files below /proc and /sys that C libraries and OpenMP's run-time read. /proc/self is a directory that shows every
 * process its own.
 */
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>
#include <lwk/process.h>
#include <lwk/sysinfo.h>
#include <lib/fmt.h>

#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define CPU_PATH     "/sys/devices/system/cpu/"

static void print_cpuinfo(struct text *text, void *unused)
{
	(void)unused;
	arch_print_cpuinfo(text);
}

static void print_meminfo(struct text *text, void *unused)
{
	uint64_t total = page_total_count() * KIB_PER_PAGE;
	uint64_t free = page_free_count() * KIB_PER_PAGE;

	(void)unused;
	text_print(text, "MemTotal:       %8lu kB\n", (unsigned long)total);
	text_print(text, "MemFree:        %8lu kB\n", (unsigned long)free);
	text_print(text, "MemAvailable:   %8lu kB\n", (unsigned long)free);
	text_print(text, "Buffers:        %8u kB\nCached:         %8u kB\n", 0, 0);
	text_print(text, "SwapTotal:      %8u kB\nSwapFree:       %8u kB\n", 0, 0);
}

static void print_cpu_list(struct text *text, void *unused)
{
	(void)unused;
	if (core_count > 1)
		text_print(text, "0-%u\n", core_count - 1);
	else
		text_print(text, "0\n");
}

/* there are no hardware threads: each core is its own sibling */
static void print_own_number(struct text *text, void *core)
{
	text_print(text, "%u\n", ((struct core *)core)->index);
}

static void print_maps(struct text *text, void *unused)
{
	struct process *process = process_current();

	(void)unused;
	if (process)
		address_space_print_maps(process->space, text);
}

static void print_status(struct text *text, void *unused)
{
	const struct process *process = process_current();
	int parent;
	unsigned threads;

	(void)unused;
	if (!process)
		return;
	spin_lock(&process_lock);
	parent = process->parent ? process->parent->pid : 0;
	threads = process->thread_count;
	spin_unlock(&process_lock);
	text_print(text, "Name:\t%s\nState:\tR (running)\n", process->name);
	text_print(text, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\n", process->pid, process->pid);
	text_print(text, "PPid:\t%d\nTracerPid:\t0\n", parent);
	text_print(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
	text_print(text, "Threads:\t%u\n", threads);
}

static const char *read_exe(void)
{
	const struct process *process = process_current();

	return process ? process->path : NULL;
}

static int register_core(struct core *core)
{
	char path[96];
	int error;

	fmt_print(path, sizeof(path), CPU_PATH "cpu%u/topology/core_siblings_list", core->index);
	error = text_file_register(path, print_cpu_list, NULL);
	fmt_print(path, sizeof(path), CPU_PATH "cpu%u/topology/thread_siblings_list", core->index);
	return error ? error : text_file_register(path, print_own_number, core);
}

int proc_files_init(void)
{
	static const struct {
		const char *path;
		text_printer print;
	} files[] = {
		{"/proc/cpuinfo", print_cpuinfo},      {"/proc/meminfo", print_meminfo},
		{"/proc/self/maps", print_maps},       {"/proc/self/status", print_status},
		{CPU_PATH "possible", print_cpu_list}, {CPU_PATH "present", print_cpu_list},
		{CPU_PATH "online", print_cpu_list},
	};
	int error = text_link_register("/proc/self/exe", read_exe);

	for (size_t i = 0; i < ARRAY_SIZE(files) && !error; i++)
		error = text_file_register(files[i].path, files[i].print, NULL);
	for (unsigned i = 0; i < core_count && !error; i++)
		error = register_core(&cores[i]);
	return error;
}
