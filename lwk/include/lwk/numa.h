/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NUMA nodes: numbers below numa_count, as the machine names them. With one node nothing here ever
 * decides anything. Where memory is placed: which node first, which at all.
 */
#ifndef LWK_NUMA_H
#define LWK_NUMA_H

#include <bulkhead/types.h>

#define NODES_MAX           16u
#define NODES_ALL           0xffffu
#define NUMA_DISTANCE_LOCAL 10u
#define NUMA_DISTANCE_OTHER 20u /* where the machine does not say */

extern unsigned numa_count;

/* Once, at boot, before memory is added: nodes 0 to count - 1, at most NODES_MAX. */
void numa_init(unsigned count);
void numa_set_distance(unsigned from, unsigned to, uint8_t distance);
uint8_t numa_distance(unsigned from, unsigned to);
unsigned numa_here(void); /* node of the core that runs this (kernel/topology.c) */

/* The node of `nodes`, which are not none, that is nearest to `from`. */
unsigned numa_nearest(unsigned from, uint32_t nodes);

/* mbind(2), set_mempolicy(2): the values are Linux's */
enum numa_mode {
	NUMA_DEFAULT = 0,
	NUMA_PREFERRED = 1,
	NUMA_BIND = 2,
	NUMA_INTERLEAVE = 3,
	NUMA_LOCAL = 4,
	NUMA_PREFERRED_MANY = 5
};

struct numa_policy {
	uint8_t mode;   /* enum numa_mode */
	uint8_t flags;  /* as the caller gave them, without effect: the high byte of Linux's mode */
	uint16_t nodes; /* bit n: node n */
};

static inline bool numa_policy_is_same(struct numa_policy a, struct numa_policy b)
{
	return a.mode == b.mode && a.flags == b.flags && a.nodes == b.nodes;
}

struct numa_place {
	unsigned node;    /* wanted */
	uint32_t allowed; /* where else it may be, nearest first */
};

static inline struct numa_place numa_local(void)
{
	return (struct numa_place){.node = numa_here(), .allowed = NODES_ALL};
}

/* Where the page at user address `address` goes when it is touched here. */
struct numa_place numa_place(struct numa_policy policy, uint64_t address);

#endif
