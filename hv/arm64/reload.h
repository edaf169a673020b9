/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Starting the login VM again after its end: BH_VM_RELOAD (bulkhead/hypercall.h). What it was started from stays in the hypervisor's memory.
 */
#ifndef HV_ARM64_RELOAD_H
#define HV_ARM64_RELOAD_H

#include <bulkhead/types.h>

struct cpu;
struct vm;

#define RELOAD_TREE_SIZE 0x10000u

/* At boot: `size` bytes of the boot bundle, which stay where they are, were copied to `to`. */
void reload_note(const void *from, uint64_t to, uint64_t size);
/* At boot, last: the VM starts at `entry` with the device tree at `tree`, which has RELOAD_TREE_SIZE bytes. */
void reload_note_start(const struct vm *vm, uint64_t entry, uint64_t tree);
/* The call, made by the primary. */
void reload_call(struct cpu *cpu);

#endif
