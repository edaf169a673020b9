/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device tree: what the machine, or the hypervisor, says is there. Read with libfdt, at boot
 * only (libfdt uses FP registers freely). A node is an offset, -1 for none. What is malformed reads
 * as absent.
 */
#ifndef LWK_DT_H
#define LWK_DT_H

#include <bulkhead/types.h>
#include <lib/range.h>

struct dt_reg {
	pa_t base;
	uint64_t size;
};

/*
 * `size`: bytes that are mapped at `blob`. 0 or -EINVAL. May be called again when the tree is
 * mapped elsewhere.
 */
int dt_init(const void *blob, uint64_t size);
uint64_t dt_size(void);

int dt_find_compatible(int after, const char *compatible); /* after = -1: the first */
int dt_find_path(const char *path);
int dt_find_phandle(uint32_t phandle);
int dt_first_child(int node);
int dt_next_sibling(int node);
int dt_parent(int node);
const char *dt_name(int node);
bool dt_is_compatible(int node, const char *compatible);
bool dt_is_enabled(int node); /* status is absent, okay or ok */

/*
 * entry `index` of reg, translated to a physical address through the parents' ranges; false when
 * absent
 */
bool dt_reg(int node, unsigned index, struct dt_reg *reg);
/* a property of one or two cells */
bool dt_number(int node, const char *property, uint64_t *value);
/* cell `index` of a property */
bool dt_cell(int node, const char *property, unsigned index, uint32_t *value);
const char *dt_string(int node, const char *property); /* NULL when absent or not terminated */

/*
 * The node that interrupts of `node` go to, and the cells of interrupt `index` of it: their number,
 * 0 for none, at most 4
 */
int dt_interrupt_parent(int node);
unsigned dt_interrupt(int node, unsigned index, uint32_t cells[4]);

int dt_next_memory(int after); /* after = -1: the first; they are children of the root */
/*
 * All memory, and what of it is not ours: /memreserve/, /reserved-memory. 0 or -ENOMEM when a set
 * is too small.
 */
int dt_memory(struct range_set *ram);
int dt_reserved(struct range_set *reserved);

/* NUMA (dev/dt/numa.c): tells numa.h how many nodes there are, and their distances */
void dt_numa_init(void);
unsigned dt_numa_node(int node); /* of a core or memory; 0 when the tree does not say */
/* The node of the memory at `address`; *end comes down to where the same piece of memory ends. */
unsigned dt_numa_memory(uint64_t address, uint64_t *end);

#endif
