/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Masking of interrupts on the calling core. Only IRQ and FIQ: SError stays as it is.
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <lib/arch/arm64/sysreg.h>
#include <stdbool.h>

#define DAIF_IRQ_FIQ 0xc0u

/* masks; the result goes to arch_irq_restore */
static inline uint64_t arch_irq_save(void)
{
	uint64_t flags = sysreg_read(daif);

	__asm__ volatile("msr daifset, #3" ::: "memory");
	return flags;
}

static inline void arch_irq_restore(uint64_t flags)
{
	sysreg_write(daif, flags);
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #3" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, #3" ::: "memory");
}

static inline bool arch_irq_enabled(void)
{
	return (sysreg_read(daif) & DAIF_IRQ_FIQ) == 0;
}

#endif
