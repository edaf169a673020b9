/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's own address space: identity, W^X, all RAM as data, the devices it uses.
 */
#ifndef HV_ARM64_EL2_MMU_H
#define HV_ARM64_EL2_MMU_H

#include <bulkhead/types.h>

/* Builds the tables from what `platform` says and turns the MMU of this core on. Other cores follow in start.S. */
int el2_mmu_init(void);

#endif
