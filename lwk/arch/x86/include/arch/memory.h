/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical memory as the kernel sees it: all of it in the direct map, except the image, which is
 * mapped at its link address only, so that its text has no writable alias.
 */
#ifndef ARCH_MEMORY_H
#define ARCH_MEMORY_H

#include <arch/layout.h>
#include <bulkhead/types.h>

extern uint64_t image_pa; /* where the image lies; set once at boot */
extern char _head[], _image_end[];

static inline void *phys_to_virt(pa_t pa)
{
	if (pa.v - image_pa < (uint64_t)(_image_end - _head))
		return (void *)(pa.v - image_pa + IMAGE_BASE);
	return (void *)(pa.v + DIRECT_MAP_BASE);
}

static inline pa_t virt_to_phys(const void *va)
{
	uint64_t address = (uint64_t)va;

	if (address >= IMAGE_BASE)
		return PA(address - IMAGE_BASE + image_pa);
	return PA(address - DIRECT_MAP_BASE);
}

/* zeroes whole pages in the direct map */
void arch_clear_pages(void *pages, uint64_t bytes);
/* Makes code that was written through the kernel's mapping fit to execute, on all cores. */
void arch_sync_code(const void *code, uint64_t bytes);

#endif
