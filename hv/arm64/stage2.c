/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stage-2 tables of a VM (see stage2.h).
 */
#include <hv/arm64/stage2.h>

#include <bulkhead/status.h>
#include <hv/arm64/vm.h>
#include <lib/arch/arm64/sysreg.h>
#include <string.h>

static void *table_alloc(void *ctx)
{
	struct vm *vm = ctx;
	void *page = vm->tables.free;

	if (!page)
		return NULL;
	memcpy(&vm->tables.free, page, sizeof(void *));
	memset(page, 0, PAGE_SIZE);
	return page;
}

static void table_free(void *ctx, void *page)
{
	struct vm *vm = ctx;

	memcpy(page, &vm->tables.free, sizeof(void *));
	vm->tables.free = page;
}

static pa_t table_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA((uint64_t)table);
}

static void *table_va(void *ctx, pa_t table)
{
	(void)ctx;
	return (void *)table.v;
}

static void table_publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx, (void)start, (void)bytes;
	dsb(ishst); /* table walks are coherent with the data caches (TCR/VTCR cacheability, Arm ARM D8.2.12) */
}

/* Combined stage 1 and 2 entries go, too; TLBI works on the VMID in VTTBR_EL2 (Arm ARM D8.13). */
void stage2_flush(const struct vm *vm)
{
	uint64_t vttbr = sysreg_read(vttbr_el2);

	dsb(ishst);
	sysreg_write(vttbr_el2, vm->vttbr);
	isb();
	__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	dsb(ish);
	sysreg_write(vttbr_el2, vttbr);
	isb();
}

static void range_flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)in, (void)size;
	stage2_flush(ctx);
}

static const struct pt_ops stage2_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = table_pa,
	.to_va = table_va,
	.publish = table_publish,
	.flush = range_flush,
};

int stage2_init(struct vm *vm, unsigned ipa_bits)
{
	uint64_t entries = UINT64_C(1) << (ipa_bits - 30), bytes = entries * 8;

	/* a concatenated root must be aligned to its size (Arm ARM D8.2.10): it comes first in the VM's pool, which is */
	if (!IS_ALIGNED((uint64_t)vm->tables.free, bytes))
		return BH_EINVAL;
	vm->stage2 = (struct pt){
		.format = &pt_arm64_stage2,
		.ops = &stage2_ops,
		.ctx = vm,
		.root = vm->tables.free,
		.start_level = 1,
		.in_bits = (uint8_t)ipa_bits,
	};
	for (uint64_t i = 0; i < bytes; i += PAGE_SIZE)
		if (!table_alloc(vm))
			return BH_ENOMEM;
	vm->vttbr = (uint64_t)vm->id << 48 | (uint64_t)vm->stage2.root;
	return BH_OK;
}
