/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /sys: the cores and how they belong together, and large pages, as far as libgomp, hwloc and memory allocators read them.
 */
#include <assert.h>
#include <lib/fmt.h>
#include <lwk/core.h>
#include <lwk/fs_proc.h>
#include <lwk/sysinfo.h>

#define CPU_PATH        "/sys/devices/system/cpu"
#define THP_PATH        "/sys/kernel/mm/transparent_hugepage"
#define DIGITS_PER_WORD 8u

static void print_cpu_list(struct text *text, void *unused)
{
	(void)unused;
	if (core_count > 1)
		text_print(text, "0-%u\n", core_count - 1);
	else
		text_print(text, "0\n");
}

static uint64_t online_cores(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < core_count; i++)
		mask |= (uint64_t)cores[i].is_online << i;
	return mask;
}

static void print_online(struct text *text, void *unused)
{
	(void)unused;
	text_print_list(text, online_cores());
	text_print(text, "\n");
}

static void print_offline(struct text *text, void *unused)
{
	uint64_t all = UINT64_MAX >> (64 - core_count);

	(void)unused;
	text_print_list(text, all & ~online_cores());
	text_print(text, "\n");
}

/* a digit for each 4 cores, words of 32 cores apart */
static void print_mask(struct text *text, uint64_t mask)
{
	for (unsigned digit = (core_count + 3) / 4; digit-- > 0;) {
		text_print(text, "%x", (unsigned)(mask >> (4 * digit)) & 15);
		if (digit == DIGITS_PER_WORD)
			text_print(text, ",");
	}
	text_print(text, "\n");
}

static bool is_same_package(const struct core *a, const struct core *b)
{
	return a->place.package == b->place.package;
}

static bool is_same_core(const struct core *a, const struct core *b)
{
	return is_same_package(a, b) && a->place.core == b->place.core;
}

static uint64_t siblings(const struct core *core,
			 bool (*are)(const struct core *a, const struct core *b))
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < core_count; i++)
		mask |= (uint64_t)(cores[i].is_online && are(&cores[i], core)) << i;
	return mask;
}

static void print_package_mask(struct text *text, void *core)
{
	print_mask(text, siblings(core, is_same_package));
}

static void print_core_mask(struct text *text, void *core)
{
	print_mask(text, siblings(core, is_same_core));
}

static void print_package_list(struct text *text, void *core)
{
	text_print_list(text, siblings(core, is_same_package));
	text_print(text, "\n");
}

static void print_core_list(struct text *text, void *core)
{
	text_print_list(text, siblings(core, is_same_core));
	text_print(text, "\n");
}

static void print_core_id(struct text *text, void *core)
{
	text_print(text, "%u\n", ((struct core *)core)->place.core);
}

static void print_package_id(struct text *text, void *core)
{
	text_print(text, "%u\n", ((struct core *)core)->place.package);
}

static const struct {
	const char *name;
	text_printer print;
} topology[] = {
	{"core_id", print_core_id},
	{"physical_package_id", print_package_id},
	{"core_cpus", print_core_mask},
	{"core_cpus_list", print_core_list},
	{"thread_siblings", print_core_mask},
	{"thread_siblings_list", print_core_list},
	{"core_siblings", print_package_mask},
	{"core_siblings_list", print_package_list},
	{"package_cpus", print_package_mask},
	{"package_cpus_list", print_package_list},
};

int sys_core_register(struct core *core)
{
	char path[96];
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(topology) && !error; i++) {
		fmt_print(path, sizeof(path), CPU_PATH "/cpu%u/topology/%s", core->index,
			  topology[i].name);
		error = text_file_register(path, topology[i].print, core);
	}
	fmt_print(path, sizeof(path), CPU_PATH "/cpu%u", core->index);
	return error ? error : arch_register_core_files(path);
}

int sys_files_init(void)
{
	static const struct {
		const char *path, *text;
	} constants[] = {
		{CPU_PATH "/kernel_max", "63\n"},
		{CPU_PATH "/isolated", "\n"},
		{THP_PATH "/enabled", "[always] madvise never\n"},
		{THP_PATH "/defrag", "[always] defer defer+madvise madvise never\n"},
		{THP_PATH "/hpage_pmd_size", "2097152\n"},
	};
	static const char *const lists[] = {CPU_PATH "/possible", CPU_PATH "/present"};
	int error = 0;

	static_assert(CORES_MAX == 64, "kernel_max");
	for (size_t i = 0; i < ARRAY_SIZE(lists) && !error; i++)
		error = text_file_register(lists[i], print_cpu_list, NULL);
	if (!error)
		error = text_file_register(CPU_PATH "/online", print_online, NULL);
	if (!error)
		error = text_file_register(CPU_PATH "/offline", print_offline, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(constants) && !error; i++)
		error = text_constant_register(constants[i].path, constants[i].text);
	for (unsigned i = 0; i < core_count && !error; i++)
		error = sys_core_register(&cores[i]);
	return error;
}
