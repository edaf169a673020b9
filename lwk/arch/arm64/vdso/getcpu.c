/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which core, on which node: the kernel left both in a register that user mode may only read (cpu.c).
 */
#include <bulkhead/types.h>

int __kernel_getcpu(unsigned *core, unsigned *node, void *unused);

int __kernel_getcpu(unsigned *core, unsigned *node, void *unused)
{
	uint64_t place;

	(void)unused;
	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(place));
	if (core)
		*core = (unsigned)place;
	if (node)
		*node = (unsigned)(place >> 32);
	return 0;
}
