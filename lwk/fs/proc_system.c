/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files of /proc about the machine and the kernel, as far as programs read them: C libraries, OpenMP and Go run-times, and
 * busybox's ps, top, free, uptime, df.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <lwk/clock.h>
#include <lwk/clock_set.h>
#include <lwk/core.h>
#include <lwk/fs_proc.h>
#include <lwk/heap.h>
#include <lwk/process_view.h>
#include <lwk/sysinfo.h>
#include <lwk/uname.h>

#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define NS_PER_TICK  (NS_PER_SECOND / 100) /* AT_CLKTCK */
#define CENTISECOND  (NS_PER_SECOND / 100)

static void print_cpuinfo(struct text *text, void *unused)
{
	(void)unused;
	arch_print_cpuinfo(text);
}

static void print_kib(struct text *text, const char *name, uint64_t kib)
{
	text_print(text, "%-15s %8lu kB\n", name, (unsigned long)kib);
}

/* files are in memory, but can be told from nothing else that is */
static void print_meminfo(struct text *text, void *unused)
{
	static const char *const zeros[] = {
		"Buffers:",  "Cached:", "SwapCached:", "Active:", "Inactive:", "SwapTotal:",
		"SwapFree:", "Dirty:",  "Writeback:",  "Shmem:",  "Slab:",     "SReclaimable:"};
	uint64_t free = page_free_count() * KIB_PER_PAGE;

	(void)unused;
	print_kib(text, "MemTotal:", page_total_count() * KIB_PER_PAGE);
	print_kib(text, "MemFree:", free);
	print_kib(text, "MemAvailable:", free);
	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++)
		print_kib(text, zeros[i], 0);
	text_print(text, "HugePages_Total: %7u\nHugePages_Free:  %7u\n", 0, 0);
	print_kib(text, "Hugepagesize:", SIZE_2M / 1024);
}

struct core_ticks {
	uint64_t busy, idle;
};

static struct core_ticks core_ticks(const struct core *core)
{
	uint64_t idle = thread_cpu_ns(core->queue.idle), now = time_boot_ns();

	return (struct core_ticks){
		.busy = (now > idle ? now - idle : 0) / NS_PER_TICK,
		.idle = idle / NS_PER_TICK,
	};
}

static void print_core_line(struct text *text, const char *name, struct core_ticks ticks)
{
	text_print(text, "%s %lu 0 0 %lu 0 0 0 0 0 0\n", name, (unsigned long)ticks.busy,
		   (unsigned long)ticks.idle);
}

static void print_stat(struct text *text, void *unused)
{
	struct core_ticks sum = {0, 0};
	uint64_t interrupts = 0;
	char name[12];

	(void)unused;
	for (unsigned i = 0; i < core_count; i++) {
		struct core_ticks ticks = core_ticks(&cores[i]);

		sum.busy += ticks.busy;
		sum.idle += ticks.idle;
		interrupts += cores[i].interrupts;
	}
	print_core_line(text, "cpu ", sum);
	for (unsigned i = 0; i < core_count; i++) {
		fmt_print(name, sizeof(name), "cpu%u", i);
		print_core_line(text, name, core_ticks(&cores[i]));
	}
	text_print(text, "intr %lu\nbtime %lu\n", (unsigned long)interrupts,
		   (unsigned long)time_epoch_seconds());
	text_print(text, "procs_running %u\nprocs_blocked 0\n", process_runnable_count());
}

static void print_uptime(struct text *text, void *unused)
{
	uint64_t now = time_boot_ns(), idle = 0;

	(void)unused;
	for (unsigned i = 0; i < core_count; i++)
		idle += thread_cpu_ns(cores[i].queue.idle);
	text_print(text, "%lu.%02lu %lu.%02lu\n", (unsigned long)(now / NS_PER_SECOND),
		   (unsigned long)(now % NS_PER_SECOND / CENTISECOND),
		   (unsigned long)(idle / NS_PER_SECOND),
		   (unsigned long)(idle % NS_PER_SECOND / CENTISECOND));
}

/* the load of this moment stands for that of the last minutes */
static void print_loadavg(struct text *text, void *unused)
{
	unsigned running = process_runnable_count(), threads = 0;
	int last = 0;
	struct process_view view;

	(void)unused;
	for (int pid = 0; (pid = process_next_id(0, pid)) != 0; last = pid)
		threads += process_view_get(pid, 0, &view) ? view.threads : 0;
	text_print(text, "%u.00 %u.00 %u.00 %u/%u %d\n", running, running, running, running,
		   threads, last);
}

static void print_version(struct text *text, void *unused)
{
	(void)unused;
	text_print(text, UNAME_SYSTEM " version " UNAME_RELEASE " " UNAME_VERSION "\n");
}

static const struct {
	const char *path;
	text_printer print;
} files[] = {
	{"/proc/cpuinfo", print_cpuinfo}, {"/proc/meminfo", print_meminfo},
	{"/proc/stat", print_stat},       {"/proc/uptime", print_uptime},
	{"/proc/loadavg", print_loadavg}, {"/proc/version", print_version},
};

static const struct {
	const char *path, *text;
} constants[] = {
	{"/proc/filesystems", "nodev\ttmpfs\nnodev\tproc\nnodev\tsysfs\n"},
	{"/proc/cmdline", "\n"},
	{"/proc/sys/kernel/ostype", UNAME_SYSTEM "\n"},
	{"/proc/sys/kernel/osrelease", UNAME_RELEASE "\n"},
	{"/proc/sys/kernel/version", UNAME_VERSION "\n"},
	{"/proc/sys/kernel/hostname", UNAME_NODE "\n"},
	{"/proc/sys/kernel/domainname", UNAME_DOMAIN "\n"},
	{"/proc/sys/kernel/pid_max", "32768\n"},
	{"/proc/sys/kernel/threads-max", "32768\n"},
	{"/proc/sys/kernel/ngroups_max", "65536\n"},
	{"/proc/sys/kernel/cap_last_cap", "40\n"},
	{"/proc/sys/kernel/randomize_va_space", "0\n"},
	{"/proc/sys/vm/overcommit_memory",
	 "2\n"}, /* what is mapped is there, but for reservations */
	{"/proc/sys/vm/max_map_count", "65530\n"},
	{"/proc/sys/vm/nr_hugepages", "0\n"},
	{"/proc/sys/fs/nr_open", "1024\n"},
	{"/proc/sys/fs/pipe-max-size", "65536\n"},
};

int proc_system_init(void)
{
	int error = tree_plant("/proc/mounts", link_create("self/mounts", 11));

	for (size_t i = 0; i < ARRAY_SIZE(files) && !error; i++)
		error = text_file_register(files[i].path, files[i].print, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(constants) && !error; i++)
		error = text_constant_register(constants[i].path, constants[i].text);
	return error;
}
