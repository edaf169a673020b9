/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A login VM on the fake machine, with its emulated distributor: as many cores as it has vCPUs, each with one at first. What its
 * vCPUs load and store there goes through the hypervisor's data abort.
 */
#ifndef TESTS_UNIT_HV_FAKE_DIST_NODE_H
#define TESTS_UNIT_HV_FAKE_DIST_NODE_H

#include <hv/arm64/vm.h>

#define DIST_GICD   UINT64_C(0x08000000)
#define DIST_GICR   UINT64_C(0x080A0000)
#define DIST_STRIDE UINT64_C(0x20000)
#define DIST_SGI    UINT64_C(0x10000) /* the second frame */
#define DIST_SPIS   5

extern const uint32_t dist_spis[DIST_SPIS]; /* the devices of the VM */

/* Made for one test; dist_node_free ends it. `version` of the interrupt controller. */
struct vm *dist_node_make(unsigned version, uint32_t vcpus);
void dist_node_free(void);
/* The core that holds the vCPU, or -1. */
int dist_core_of(uint32_t v);
void dist_enter(uint32_t v, uint32_t core);
void dist_leave(uint32_t core);
/* Every core takes the physical interrupts that wait for it, until none does. */
void dist_settle(void);
/* Of a vCPU that is on a core. Afterwards all has settled. */
uint64_t dist_read(uint32_t v, uint64_t address, uint32_t size);
void dist_write(uint32_t v, uint64_t address, uint32_t size, uint64_t value);
/* The same by the vCPU of a core, once, without what other cores do; false: it is to be executed again. */
bool dist_try(uint32_t core, uint64_t address, uint32_t size, bool write, uint64_t *value);

#endif
