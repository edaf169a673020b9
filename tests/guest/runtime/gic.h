/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPU interface, ICC registers or GICV as the device tree says, and the para-virtual
 * distributor.
 */
#ifndef TESTS_GUEST_GIC_H
#define TESTS_GUEST_GIC_H

#include <bulkhead/types.h>

/* of the calling core; interrupts stay masked in PSTATE */
void gic_start(void);
/*
 * What the CPU interface gives: the interrupt id in bits 9:0, 1020 and more for none. gic_end wants
 * it back.
 */
uint32_t gic_acknowledge(void);
void gic_end(uint32_t raw);
void gic_mask_set(uint32_t priority);
/* BH_INTR_ENABLE for the calling vCPU; x0 of the answer is success */
bool gic_enable(uint32_t id, bool on);
/* BH_INTR_INJECT; the value, or the negative error */
int64_t gic_inject(uint16_t vm, uint32_t vcpu, uint32_t id);
/* BH_INTR_GET; the value, or the negative error */
int64_t gic_state(uint32_t id);

#endif
