/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The texts of /proc/PID: in Linux's format (proc(5)), with zeros for what does not exist here. What lies in a process's memory
 * is shown to itself only.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/fs_proc.h>
#include <lwk/heap.h>
#include <lwk/limits.h>
#include <lwk/numa.h>
#include <lwk/process_view.h>
#include <lwk/sysinfo.h>

#define NS_PER_TICK  (NS_PER_SECOND / 100) /* AT_CLKTCK */
#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define PIECE        256u

static bool get_view(const void *key, struct process_view *view)
{
	return process_view_get(proc_key_pid(key), proc_key_tid(key), view);
}

/* the process itself, or NULL when it is another one */
static const struct process *own(const void *key)
{
	const struct process *process = process_current();

	return process && process->pid == proc_key_pid(key) ? process : NULL;
}

static void print_memory(struct text *text, const struct user_range *range)
{
	char bytes[PIECE];

	for (uint64_t done = 0; done < range->size; done += PIECE) {
		size_t piece = range->size - done < PIECE ? (size_t)(range->size - done) : PIECE;

		if (copy_from_user(bytes, UADDR(range->start + done), piece))
			return;
		text_append(text, bytes, piece);
	}
}

void proc_print_auxv(struct text *text, void *key)
{
	const struct process *process = own(key);

	if (process)
		print_memory(text, &process->auxv);
}

void proc_print_environ(struct text *text, void *key)
{
	const struct process *process = own(key);

	if (process)
		print_memory(text, &process->environment);
}

void proc_print_maps(struct text *text, void *key)
{
	const struct process *process = own(key);

	if (process)
		address_space_print_maps(process->space, text);
}

void proc_print_numa_maps(struct text *text, void *key)
{
	const struct process *process = own(key);

	if (process)
		address_space_print_numa_maps(process->space, text);
}

void proc_print_cmdline(struct text *text, void *key)
{
	const struct process *process;

	spin_lock(&process_lock);
	process = process_find(proc_key_pid(key));
	if (process && process->arguments)
		text_append(text, process->arguments, process->arguments_size);
	spin_unlock(&process_lock);
}

void proc_print_comm(struct text *text, void *key)
{
	struct process_view view;

	if (get_view(key, &view))
		text_print(text, "%s\n", view.name);
}

/* The fields of proc(5) in their order: those behind start time and memory are zero but for the core. */
void proc_print_stat(struct text *text, void *key)
{
	struct process_view v;
	unsigned long pages;

	if (!get_view(key, &v))
		return;
	pages = (unsigned long)v.pages;
	text_print(text, "%d (%s) %c %d %d %d 0 -1 0 0 0 0 0 ", v.tid, v.name, v.state, v.parent,
		   v.pid, v.pid);
	text_print(text, "%lu 0 %lu 0 20 0 %u 0 %lu ", (unsigned long)(v.cpu_ns / NS_PER_TICK),
		   (unsigned long)(v.children_ns / NS_PER_TICK), v.threads,
		   (unsigned long)(time_since_boot(v.start_ns) / NS_PER_TICK));
	text_print(text, "%lu %lu %lu 0 0 0 0 0 0 0 0 0 0 0 0 17 %u 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		   pages * PAGE_SIZE, pages, UINT64_MAX, v.core);
}

void proc_print_statm(struct text *text, void *key)
{
	struct process_view v;

	if (get_view(key, &v))
		text_print(text, "%lu %lu 0 0 0 %lu 0\n", (unsigned long)v.pages,
			   (unsigned long)v.pages, (unsigned long)v.pages);
}

static void print_memory_lines(struct text *text, const struct process_view *v)
{
	unsigned long now = (unsigned long)(v->pages * KIB_PER_PAGE);
	unsigned long most = (unsigned long)(v->pages_max * KIB_PER_PAGE);

	text_print(text, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8u kB\n", most, now, 0);
	text_print(text, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nVmSwap:\t%8u kB\n", most, now, 0);
}

static uint64_t mask_below(unsigned bits)
{
	return UINT64_MAX >> (64 - bits);
}

void proc_print_status(struct text *text, void *key)
{
	struct process_view v;

	if (!get_view(key, &v))
		return;
	text_print(text, "Name:\t%s\nUmask:\t0022\nState:\t%s\n", v.name,
		   v.state == 'R' ? "R (running)" : "S (sleeping)");
	text_print(text, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", v.pid, v.tid,
		   v.parent);
	text_print(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t\n", 64);
	print_memory_lines(text, &v);
	text_print(text, "Threads:\t%u\nSeccomp:\t0\nCpus_allowed:\t", v.threads);
	if (core_count > 32)
		text_print(text, "%08x,", (unsigned)(v.affinity >> 32));
	text_print(text, "%08x\nCpus_allowed_list:\t", (unsigned)v.affinity);
	text_print_list(text, v.affinity);
	text_print(text, "\nMems_allowed:\t00000000,%08x\nMems_allowed_list:\t",
		   (unsigned)mask_below(numa_count));
	text_print_list(text, mask_below(numa_count));
	text_print(text, "\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n",
		   (unsigned long)v.switches);
}

static void print_limit(struct text *text, const char *name, uint64_t soft, uint64_t hard,
			const char *unit)
{
	char numbers[2][24];
	const uint64_t limits[2] = {soft, hard};

	for (unsigned i = 0; i < 2; i++)
		fmt_print(numbers[i], sizeof(numbers[i]),
			  limits[i] == LIMIT_NONE ? "unlimited" : "%lu", (unsigned long)limits[i]);
	text_print(text, "%-25s %-20s %-20s %-10s\n", name, numbers[0], numbers[1], unit);
}

void proc_print_limits(struct text *text, void *key)
{
	static const struct {
		const char *name, *unit;
	} limits[LIMIT_COUNT] = {
		{"Max cpu time", "seconds"},     {"Max file size", "bytes"},
		{"Max data size", "bytes"},      {"Max stack size", "bytes"},
		{"Max core file size", "bytes"}, {"Max resident set", "bytes"},
		{"Max processes", "processes"},  {"Max open files", "files"},
		{"Max locked memory", "bytes"},  {"Max address space", "bytes"},
		{"Max file locks", "locks"},     {"Max pending signals", "signals"},
		{"Max msgqueue size", "bytes"},  {"Max nice priority", ""},
		{"Max realtime priority", ""},   {"Max realtime timeout", "us"},
	};

	(void)key;
	text_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		print_limit(text, limits[i].name, limit_of(i).soft, limit_of(i).hard,
			    limits[i].unit);
}
