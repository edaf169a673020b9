/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture's physical memory: one block of the host's.
 */
#ifndef ARCH_MEMORY_H
#define ARCH_MEMORY_H

#include <arch/layout.h>
#include <bulkhead/types.h>

#define FAKE_PA UINT64_C(0x40000000) /* where the block lies, physically */

extern char *fake_memory;

static inline void *phys_to_virt(pa_t pa)
{
	return fake_memory + (pa.v - FAKE_PA);
}

static inline pa_t virt_to_phys(const void *va)
{
	return PA((uint64_t)((const char *)va - fake_memory) + FAKE_PA);
}

void arch_clear_pages(void *pages, uint64_t bytes);
void arch_sync_code(const void *code, uint64_t bytes);

#endif
