/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cache maintenance by address. A VM starts with its MMU off and reads memory past the caches: what the hypervisor put
 * there must have reached the point of coherency (Arm ARM D7.5.9).
 */
#ifndef HV_ARM64_CACHE_H
#define HV_ARM64_CACHE_H

#include <lib/arch/arm64/sysreg.h>
#include <stddef.h>

/* One operation on eight blocks in a row, which takes little more than half of the instructions of a loop; `a` moves on. */
#define CACHE_EIGHT(operation, a, block)                                           \
	__asm__ volatile(".rept 8\n\t" operation ", %0\n\tadd %0, %0, %1\n\t.endr" \
			 : "+r"(a)                                                 \
			 : "r"(block)                                              \
			 : "memory")

static inline void cache_clean(const void *start, size_t bytes)
{
	uint64_t line = UINT64_C(4) << ((sysreg_read(ctr_el0) >> 16) & 0xF);
	uint64_t end = (uint64_t)start + bytes, a = (uint64_t)start & ~(line - 1);

	while (a + 8 * line <= end)
		CACHE_EIGHT("dc civac", a, line);
	for (; a < end; a += line)
		__asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
	dsb(sy);
}

/* Whole cache lines by DC ZVA: what memset does in a quarter of the instructions. `start` and `bytes`: multiples of 2 KiB, the largest
 * block there can be (Arm ARM D17.2.35). */
static inline void cache_zero(void *start, size_t bytes)
{
	uint64_t block = UINT64_C(4) << (sysreg_read(dczid_el0) & 0xF);
	uint64_t end = (uint64_t)start + bytes, a = (uint64_t)start;

	while (a + 8 * block <= end)
		CACHE_EIGHT("dc zva", a, block);
	for (; a < end; a += block)
		__asm__ volatile("dc zva, %0" ::"r"(a) : "memory");
}

/* after code was written and cleaned */
static inline void cache_invalidate_instructions(void)
{
	__asm__ volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}

#endif
