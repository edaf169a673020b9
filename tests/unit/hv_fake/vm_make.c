/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs on the host's heap (see vm_make.h).
 */
#include "vm_make.h"
#include "../unit.h"
#include <hv/arm64/memory.h>
#include <hv/arm64/stage2.h>

#define ROOT_MAX 16 /* pages of the largest root table */

/* the block of table pages of each VM, by id - 1 */
static void *blocks[MAX_VMS];

struct vm *vm_make_bare(uint16_t id, uint32_t vcpus, unsigned tables)
{
	struct vm *vm = calloc(1, sizeof(*vm) + vcpus * sizeof(struct vcpu));
	char *block;

	/* a test that failed left its own */
	if (vms[id - 1])
		vm_free(vms[id - 1]);
	assert_int_equal(posix_memalign(&blocks[id - 1], ROOT_MAX * PAGE_SIZE, tables * PAGE_SIZE),
			 0);
	block = blocks[id - 1];
	memset(block, 0xA5, tables * PAGE_SIZE);
	for (unsigned i = tables; i-- > 0;) {
		memcpy(block + i * PAGE_SIZE, &vm->tables.free, sizeof(void *));
		vm->tables.free = block + i * PAGE_SIZE;
	}
	vm->id = id;
	vm->role = id == 1 ? VM_PRIMARY : VM_SECONDARY;
	vm->vcpu_count = vcpus;
	for (uint32_t i = 0; i < vcpus; i++) {
		vm->vcpus[i].vm = vm;
		vm->vcpus[i].index = i;
	}
	vms[id - 1] = vm;
	return vm;
}

struct vm *vm_make(uint16_t id, uint32_t vcpus, unsigned tables)
{
	struct vm *vm = vm_make_bare(id, vcpus, tables);

	assert_int_equal(stage2_init(vm, memory_ipa_bits()), 0);
	return vm;
}

void vm_free(struct vm *vm)
{
	free(blocks[vm->id - 1]);
	vms[vm->id - 1] = NULL;
	free(vm);
}

unsigned vm_free_tables(const struct vm *vm)
{
	unsigned count = 0;

	for (const void *page = vm->tables.free; page; count++)
		memcpy(&page, page, sizeof(page));
	return count;
}
