/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's log: text in a ring of memory that the hypervisor writes and the primary may read (device tree
 * node DT_LOG_COMPATIBLE). No locks are shared: a reader keeps its own position, and when `written` is more than
 * `size` ahead of it, the oldest text was overwritten.
 */
#ifndef BULKHEAD_LOG_H
#define BULKHEAD_LOG_H

#include <stdint.h>

#define BH_LOG_REGION_SIZE (16u * 4096u)
#define BH_LOG_MAGIC       0x474F4C42u /* "BLOG"; the region starts at a multiple of 2 MiB */

struct bh_log {
	uint32_t size; /* bytes of text[], a power of two */
	uint32_t magic; /* BH_LOG_MAGIC, for who looks for it in the memory of a machine that has stopped */
	uint64_t written; /* bytes ever written; text[n % size] holds byte n. Read with acquire */
	char text[];
};

#endif
