/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Power by PSCI (DEN0022).
 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

#include <bulkhead/types.h>

bool psci_init(void); /* from the device tree; false: there is none */
/* 0 or a PSCI error; the core enters at `entry` with x0 = `context`, MMU off */
int psci_cpu_on(uint64_t mpidr, pa_t entry, uint64_t context);
/* returns only when there is no PSCI */
void psci_system_off(void);

#endif
