/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NUMA nodes as programs see them: /sys/devices/system/node. Which cores a node has stands in the
 * cores' records, which memory in the page allocator; all of it is constant after boot.
 */
#include <lib/fmt.h>
#include <lwk/core.h>
#include <lwk/numa.h>
#include <lwk/page.h>
#include <lwk/topology.h>

#define NODE_PATH    "/sys/devices/system/node/"
#define KIB_PER_PAGE (PAGE_SIZE / 1024)

unsigned numa_here(void)
{
	return core_self()->node;
}

uint64_t topology_cores(unsigned node)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < core_count; i++)
		mask |= (uint64_t)(cores[i].is_online && cores[i].node == node) << i;
	return mask;
}

uint32_t topology_memory(void)
{
	uint32_t mask = 0;

	for (unsigned node = 0; node < numa_count; node++)
		mask |= (uint32_t)(page_node_total_count(node) > 0) << node;
	return mask;
}

static uint32_t nodes_with_cores(void)
{
	uint32_t mask = 0;

	for (unsigned node = 0; node < numa_count; node++)
		mask |= (uint32_t)(topology_cores(node) != 0) << node;
	return mask;
}

/* as Linux prints lists: 0-2,5 */
static void print_line(struct text *text, uint64_t mask)
{
	text_print_list(text, mask);
	text_print(text, "\n");
}

static void print_possible(struct text *text, void *unused)
{
	(void)unused;
	print_line(text, (1u << numa_count) - 1);
}

static void print_online(struct text *text, void *unused)
{
	(void)unused;
	print_line(text, topology_memory() | nodes_with_cores());
}

static void print_has_memory(struct text *text, void *unused)
{
	(void)unused;
	print_line(text, topology_memory());
}

static void print_has_cpu(struct text *text, void *unused)
{
	(void)unused;
	print_line(text, nodes_with_cores());
}

/* the nodes' files get the address of their number */
static unsigned numbers[NODES_MAX];

static void print_cores(struct text *text, void *node)
{
	print_line(text, topology_cores(*(unsigned *)node));
}

static void print_core_map(struct text *text, void *node)
{
	uint64_t mask = topology_cores(*(unsigned *)node);

	text_print(text, "%08x,%08x\n", (unsigned)(mask >> 32), (unsigned)mask);
}

static void print_distances(struct text *text, void *node)
{
	for (unsigned to = 0; to < numa_count; to++)
		text_print(text, "%s%u", to ? " " : "", numa_distance(*(unsigned *)node, to));
	text_print(text, "\n");
}

static void print_memory(struct text *text, void *argument)
{
	unsigned node = *(unsigned *)argument;
	uint64_t total = page_node_total_count(node) * KIB_PER_PAGE;
	uint64_t free = page_node_free_count(node) * KIB_PER_PAGE;

	text_print(text, "Node %u MemTotal:       %8lu kB\n", node, total);
	text_print(text, "Node %u MemFree:        %8lu kB\n", node, free);
	text_print(text, "Node %u MemUsed:        %8lu kB\n", node, total - free);
}

static int node_register(unsigned node)
{
	static const struct {
		const char *name;
		text_printer print;
	} files[] = {
		{"cpulist", print_cores},
		{"cpumap", print_core_map},
		{"distance", print_distances},
		{"meminfo", print_memory},
	};
	int status = 0;

	numbers[node] = node;
	for (size_t i = 0; i < ARRAY_SIZE(files) && !status; i++) {
		char path[64];

		fmt_print(path, sizeof(path), NODE_PATH "node%u/%s", node, files[i].name);
		status = text_file_register(path, files[i].print, &numbers[node]);
	}
	return status;
}

int topology_files_init(void)
{
	static const struct {
		const char *path;
		text_printer print;
	} files[] = {
		{NODE_PATH "possible", print_possible},
		{NODE_PATH "online", print_online},
		{NODE_PATH "has_memory", print_has_memory},
		{NODE_PATH "has_normal_memory", print_has_memory},
		{NODE_PATH "has_cpu", print_has_cpu},
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && !status; i++)
		status = text_file_register(files[i].path, files[i].print, NULL);
	for (unsigned node = 0; node < numa_count && !status; node++)
		status = node_register(node);
	return status;
}
