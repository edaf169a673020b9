/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Nodes, their distances, and the placement that policies ask for. All of it is constant once the
 * machine's memory has been found.
 */
#include <lwk/numa.h>

#define INTERLEAVE_SHIFT 21 /* by large pages, the unit in which memory is touched first */

unsigned numa_count = 1;
static uint8_t distances[NODES_MAX][NODES_MAX];

void numa_init(unsigned count)
{
	numa_count = count;
	for (unsigned from = 0; from < NODES_MAX; from++) {
		for (unsigned to = 0; to < NODES_MAX; to++)
			distances[from][to] = from == to ? NUMA_DISTANCE_LOCAL
							 : NUMA_DISTANCE_OTHER;
	}
}

void numa_set_distance(unsigned from, unsigned to, uint8_t distance)
{
	distances[from][to] = distance;
}

uint8_t numa_distance(unsigned from, unsigned to)
{
	return distances[from][to];
}

unsigned numa_nearest(unsigned from, uint32_t nodes)
{
	unsigned nearest = NODES_MAX;

	for (unsigned node = 0; node < numa_count; node++) {
		if (nodes & 1u << node &&
		    (nearest == NODES_MAX || distances[from][node] < distances[from][nearest]))
			nearest = node;
	}
	return nearest < NODES_MAX ? nearest : from;
}

/* one after the other of those that are set, as `index` grows */
static unsigned node_at(uint32_t nodes, uint64_t index)
{
	uint8_t members[NODES_MAX];
	unsigned count = 0;

	for (unsigned node = 0; node < NODES_MAX; node++) {
		if (nodes & 1u << node)
			members[count++] = (uint8_t)node;
	}
	return members[index % count];
}

struct numa_place numa_place(struct numa_policy policy, uint64_t address)
{
	struct numa_place place = numa_local();

	if (policy.nodes == 0)
		return place;
	switch (policy.mode) {
	case NUMA_BIND:
		place.allowed = policy.nodes;
		place.node = numa_nearest(place.node, policy.nodes);
		break;
	case NUMA_PREFERRED:
	case NUMA_PREFERRED_MANY:
		place.node = numa_nearest(place.node, policy.nodes);
		break;
	case NUMA_INTERLEAVE:
		place.node = node_at(policy.nodes, address >> INTERLEAVE_SHIFT);
		break;
	default:
		break;
	}
	return place;
}
