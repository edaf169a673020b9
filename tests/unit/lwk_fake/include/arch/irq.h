/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture: no interrupts on the build host.
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <stdint.h>

static inline uint64_t arch_irq_save(void)
{
	return 0;
}

static inline void arch_irq_restore(uint64_t flags)
{
	(void)flags;
}

#endif
