/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs for tests of single modules: as load.c makes them, but with the number of table pages that
 * the test wants.
 */
#ifndef TESTS_UNIT_HV_FAKE_VM_MAKE_H
#define TESTS_UNIT_HV_FAKE_VM_MAKE_H

#include <hv/arm64/vm.h>

/* id 1 is the primary. `tables`: pages for stage 2, the root included. In `vms`, until vm_free. */
struct vm *vm_make(uint16_t id, uint32_t vcpus, unsigned tables);
/* The same without memory_vm_init. */
struct vm *vm_make_bare(uint16_t id, uint32_t vcpus, unsigned tables);
void vm_free(struct vm *vm);
unsigned vm_free_tables(const struct vm *vm); /* pages left */

#endif
