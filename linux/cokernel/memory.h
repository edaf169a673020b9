/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that enclaves have: units of 2 MiB, taken from Linux where it can spare them, by NUMA node; cleared when they come and
 * when they go. The caller holds the lock of the enclave whose memory it is.
 */
#ifndef COKERNEL_MEMORY_H
#define COKERNEL_MEMORY_H

#include <bulkhead/enclave.h>
#include <linux/mm.h>

#define MEMORY_RANGES_MAX 256
#define UNIT_PAGES        (ENCLAVE_UNIT / PAGE_SIZE)

struct memory {
	unsigned int count;
	struct enclave_range ranges[MEMORY_RANGES_MAX]; /* none touches another of its node */
};

struct memory_search {
	u64 from; /* where to look, downwards; 0: from the end of the node. Then: for more */
	bool (*is_over)(const void *who); /* whether nobody wants it any more; may be NULL */
	const void *who;
};

/* Takes units in one piece, cleared: their address, or 0 with *error: -ENOMEM, -EINTR, -EPIPE (is_over). */
u64 memory_take_run(u32 node, u64 units, struct memory_search *search, int *error);
/* Clears them and gives them back. */
void memory_give(u64 start, u64 units);

/* -ENOSPC: too many pieces. */
int memory_add(struct memory *memory, u64 start, u64 units, u32 node);
/* -ENOENT: not all of it is there. */
int memory_remove(struct memory *memory, u64 start);
bool memory_has(const struct memory *memory, u64 start, u64 size);
u64 memory_units(const struct memory *memory);
/* Takes units of a node in as many pieces as need be. What was taken stays in `memory` when it fails. */
int memory_take(struct memory *memory, u32 node, u64 units);
void memory_give_all(struct memory *memory);
/* Units that all enclaves and regions have on a node. */
u64 memory_taken(u32 node);
/* Units that a node can give, as far as can be known. */
u64 memory_spare(u32 node);

#endif
