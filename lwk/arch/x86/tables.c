/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables as the walker reaches them. Processors read them through their caches.
 */
#include <arch/memory.h>
#include <arch/tables.h>

pa_t tables_to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return virt_to_phys(table);
}

void *tables_to_va(void *ctx, pa_t pa)
{
	(void)ctx;
	return phys_to_virt(pa);
}

/* stores are seen in their order (Intel SDM 3A 9.2): only the compiler has to keep it */
void tables_publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx, (void)start, (void)bytes;
	__asm__ volatile("" ::: "memory");
}
