/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NUMA in the device tree (Documentation/devicetree/bindings/numa.txt): numa-node-id of cores and
 * memory, and a matrix of distances. A tree without them, or with what is beyond our numbers,
 * describes a machine of one node.
 */
#include <lwk/dt.h>
#include <lwk/log.h>
#include <lwk/numa.h>

#define DISTANCE_MAX 255u

unsigned dt_numa_node(int node)
{
	uint32_t number;

	if (!dt_cell(node, "numa-node-id", 0, &number) || number >= NODES_MAX)
		return 0;
	return number;
}

static void distances_read(unsigned count)
{
	int map = dt_find_compatible(-1, "numa-distance-map-v1");
	uint32_t entry[3];

	for (unsigned i = 0; map >= 0; i += 3) {
		for (unsigned c = 0; c < 3; c++) {
			if (!dt_cell(map, "distance-matrix", i + c, &entry[c]))
				return;
		}
		if (entry[0] < count && entry[1] < count && entry[2] <= DISTANCE_MAX)
			numa_set_distance(entry[0], entry[1], (uint8_t)entry[2]);
	}
}

void dt_numa_init(void)
{
	unsigned last = 0;
	int cpus = dt_find_path("/cpus");

	for (int node = dt_next_memory(-1); node >= 0; node = dt_next_memory(node))
		last = dt_numa_node(node) > last ? dt_numa_node(node) : last;
	for (int node = cpus < 0 ? -1 : dt_first_child(cpus); node >= 0;
	     node = dt_next_sibling(node))
		last = dt_numa_node(node) > last ? dt_numa_node(node) : last;
	numa_init(last + 1);
	distances_read(last + 1);
}

unsigned dt_numa_memory(uint64_t address, uint64_t *end)
{
	for (int node = dt_next_memory(-1); node >= 0; node = dt_next_memory(node)) {
		struct dt_reg reg;

		for (unsigned i = 0; dt_reg(node, i, &reg); i++) {
			if (address - reg.base.v >= reg.size)
				continue;
			if (reg.base.v + reg.size < *end)
				*end = reg.base.v + reg.size;
			return dt_numa_node(node);
		}
	}
	return 0;
}
