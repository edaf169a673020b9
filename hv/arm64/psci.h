/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What PSCI's CPU_SUSPEND and a trapped WFI share.
 */
#ifndef HV_ARM64_PSCI_H
#define HV_ARM64_PSCI_H

struct cpu;

/* The current vCPU, a secondary's, has nothing to do: returns to the primary unless an interrupt is there. */
void wait_for_interrupt(struct cpu *cpu);

#endif
