/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables as the walker reaches them. Table walks are coherent with the data caches (TCR_BASE), so
 * a barrier is all that it takes to show a change.
 */
#include <arch/memory.h>
#include <arch/tables.h>
#include <lib/arch/arm64/sysreg.h>

_Alignas(4096) const uint64_t tables_empty[512];

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

void tables_publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx, (void)start, (void)bytes;
	dsb(ishst);
	isb();
}
