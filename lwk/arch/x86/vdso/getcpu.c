/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which core, on which node: the kernel left both in the limit of a segment (cpu.c), which every processor can read in user mode.
 */
#include <bulkhead/types.h>
#include <arch/layout.h>

#define PLACE_CORE_MASK  0xfffu
#define PLACE_NODE_SHIFT 12

int __vdso_getcpu(unsigned *core, unsigned *node, void *unused);

int __vdso_getcpu(unsigned *core, unsigned *node, void *unused)
{
	unsigned place;

	(void)unused;
	__asm__ volatile("lsl %1, %0" : "=r"(place) : "r"(SEGMENT_PLACE));
	if (core)
		*core = place & PLACE_CORE_MASK;
	if (node)
		*node = place >> PLACE_NODE_SHIFT;
	return 0;
}
