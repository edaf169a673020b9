/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Masking of interrupts on the calling core.
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <lib/arch/x86/cpu.h>

static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline bool arch_irq_enabled(void)
{
	return rflags_read() & RFLAGS_IF;
}

/* masks; the result goes to arch_irq_restore */
static inline uint64_t arch_irq_save(void)
{
	uint64_t flags = rflags_read();

	arch_irq_disable();
	return flags;
}

static inline void arch_irq_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		arch_irq_enable();
}

#endif
