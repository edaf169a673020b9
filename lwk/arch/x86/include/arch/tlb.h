/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Other cores' TLBs, by interrupts between cores.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <stdint.h>

/*
 * Returns when none of these cores (bit n: core n; online ones) holds any translation from before, the kernel's included. For threads that
 * hold no spin lock and have interrupts on, or when there is one core only.
 */
void tlb_flush_cores(uint64_t cores);
void tlb_flush_all(void);
void tlb_init(void); /* once, before other cores start */

#endif
