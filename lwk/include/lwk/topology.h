/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which cores and which memory NUMA nodes have (kernel/topology.c).
 */
#ifndef LWK_TOPOLOGY_H
#define LWK_TOPOLOGY_H

#include <bulkhead/types.h>
#include <lwk/file_text.h>

uint64_t topology_cores(unsigned node); /* bit n: core n */
uint32_t topology_memory(void);         /* bit n: node n has memory */
/* Makes the files below /sys/devices/system/node. 0 or -errno. */
int topology_files_init(void);

#endif
