/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which NUMA node belongs to what: cores know theirs.
 */
#include <lwk/core.h>
#include <lwk/numa.h>

unsigned numa_here(void)
{
	return core_self()->node;
}
