/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory ownership and stage 2 (see memory.h). At run time only memory_owned is called; the rest is boot. No lock: the table of
 * owners is constant once the primary runs.
 */
#include <hv/arm64/memory.h>

#include <bulkhead/status.h>
#include <hv/arm64/cache.h>
#include <string.h>

#define OWNER_NONE   0xFFFFu /* no RAM there */
#define OWNER_HV     0u
#define MAX_SHARES   256
#define MIN_IPA_BITS 39u /* one root table */
#define MAX_IPA_BITS 43u /* 16 concatenated root tables */

struct share {
	pa_t at;
	uint64_t size;
	uint16_t owner, borrower;
};

static struct {
	uint16_t *owner; /* of each 2 MiB unit from base on */
	uint64_t base, units;
	struct range_set *free;
	struct share shares[MAX_SHARES];
	unsigned share_count;
	unsigned ipa_bits;
} memory;

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
static void stage2_flush(void *ctx, uint64_t in, uint64_t size)
{
	const struct vm *vm = ctx;
	uint64_t vttbr = sysreg_read(vttbr_el2);

	(void)in, (void)size;
	dsb(ishst);
	sysreg_write(vttbr_el2, vm->vttbr);
	isb();
	__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	dsb(ish);
	sysreg_write(vttbr_el2, vttbr);
	isb();
}

static const struct pt_ops stage2_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = table_pa,
	.to_va = table_va,
	.publish = table_publish,
	.flush = stage2_flush,
};

static uint16_t *owner_at(uint64_t address)
{
	uint64_t unit = (address - memory.base) / SIZE_2M;

	return address >= memory.base && unit < memory.units ? &memory.owner[unit] : NULL;
}

static void owner_set(pa_t at, uint64_t size, uint16_t owner)
{
	for (uint64_t a = at.v; a < at.v + size; a += SIZE_2M)
		*owner_at(a) = owner;
}

int memory_init(const struct range_set *ram, struct range_set *free)
{
	uint64_t end = ram->ranges[ram->count - 1].end, bytes, table;
	int status;

	memory.base = ALIGN_DOWN(ram->ranges[0].start, SIZE_2M);
	memory.units = (ALIGN_UP(end, SIZE_2M) - memory.base) / SIZE_2M;
	memory.free = free;
	memory.share_count = 0;
	memory.ipa_bits = MIN_IPA_BITS;
	while (end > UINT64_C(1) << memory.ipa_bits)
		if (++memory.ipa_bits > MAX_IPA_BITS)
			return BH_ERANGE;
	bytes = ALIGN_UP(memory.units * sizeof(uint16_t), PAGE_SIZE);
	status = range_alloc(free, bytes, PAGE_SIZE, &table);
	if (status)
		return status;
	memory.owner = (uint16_t *)table;
	memset(memory.owner, 0xFF, bytes);
	range_for_each (r, ram)
		for (uint64_t a = ALIGN_DOWN(r->start, SIZE_2M); a < r->end; a += SIZE_2M)
			*owner_at(a) = OWNER_HV;
	return BH_OK;
}

unsigned memory_ipa_bits(void)
{
	return memory.ipa_bits;
}

int memory_take(uint64_t size, pa_t *out)
{
	return range_alloc(memory.free, size, SIZE_2M, &out->v);
}

int memory_vm_init(struct vm *vm)
{
	uint64_t entries = UINT64_C(1) << (memory.ipa_bits - 30), bytes = entries * 8;

	/* a concatenated root must be aligned to its size (Arm ARM D8.2.10): it comes first in the VM's pool, which is */
	if (!IS_ALIGNED((uint64_t)vm->tables.free, bytes))
		return BH_EINVAL;
	vm->stage2 = (struct pt){
		.format = &pt_arm64_stage2,
		.ops = &stage2_ops,
		.ctx = vm,
		.root = vm->tables.free,
		.start_level = 1,
		.in_bits = (uint8_t)memory.ipa_bits,
	};
	for (uint64_t i = 0; i < bytes; i += PAGE_SIZE)
		if (!table_alloc(vm))
			return BH_ENOMEM;
	vm->vttbr = (uint64_t)vm->id << 48 | (uint64_t)vm->stage2.root;
	return BH_OK;
}

pa_t memory_find(const struct range *within, uint64_t size)
{
	static const uint64_t aligns[] = {SIZE_1G, SIZE_2M};

	for (unsigned i = size < SIZE_1G; i < ARRAY_SIZE(aligns); i++) {
		range_for_each (r, memory.free) {
			uint64_t start = r->start > within->start ? r->start : within->start;
			uint64_t end = r->end < within->end ? r->end : within->end;

			start = ALIGN_UP(start, aligns[i]);
			if (start < end && size <= end - start)
				return PA(start);
		}
	}
	return PA(0);
}

int memory_give(struct vm *vm, uint64_t size, pa_t *at)
{
	int status;

	if (at->v) {
		if (!range_contains(memory.free, at->v, size))
			return BH_EINVAL;
		status = range_remove(memory.free, at->v, size);
	} else {
		status = BH_ENOMEM;
		if (size >= SIZE_1G)
			status = range_alloc(memory.free, size, SIZE_1G, &at->v);
		if (status)
			status = range_alloc(memory.free, size, SIZE_2M, &at->v);
	}
	if (status)
		return status;
	cache_zero((void *)at->v, size);
	cache_clean((void *)at->v, size);
	status = pt_map(&vm->stage2, at->v, *at, size, PT_R | PT_W | PT_X);
	if (status) {
		/* as many ranges as before: it fits */
		range_add(memory.free, at->v, size);
		return status;
	}
	owner_set(*at, size, vm->id);
	return BH_OK;
}

int memory_share(struct vm *owner, struct vm *borrower, pa_t at, uint64_t size)
{
	int status;

	if (!memory_owned(owner, IPA(at.v), size))
		return BH_EPERM;
	if (memory.share_count == MAX_SHARES)
		return BH_ENOMEM;
	status = pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W);
	if (!status)
		memory.shares[memory.share_count++] = (struct share){at, size, owner->id,
								     borrower->id};
	return status;
}

int memory_show(struct vm *vm, pa_t at, uint64_t size)
{
	return pt_map(&vm->stage2, at.v, at, size, PT_R);
}

int memory_map_device(struct vm *vm, pa_t at, uint64_t size)
{
	return pt_map(&vm->stage2, at.v, at, size, PT_R | PT_W | PT_DEVICE);
}

static bool leaf_count(void *arg, const struct pt_leaf *leaf)
{
	struct memory_coverage *out = arg;

	if (leaf->size == SIZE_1G)
		out->blocks_1g++;
	else if (leaf->size == SIZE_2M)
		out->blocks_2m++;
	else
		out->pages_4k++;
	return true;
}

void memory_coverage(const struct vm *vm, struct memory_coverage *out)
{
	*out = (struct memory_coverage){0};
	pt_visit(&vm->stage2, 0, UINT64_C(1) << memory.ipa_bits, leaf_count, out);
}

bool memory_owned(const struct vm *vm, ipa_t at, uint64_t size)
{
	uint64_t end = at.v + size;

	if (size == 0 || end < at.v)
		return false;
	for (uint64_t a = ALIGN_DOWN(at.v, SIZE_2M); a < end; a += SIZE_2M) {
		const uint16_t *owner = owner_at(a);

		if (!owner || *owner != vm->id)
			return false;
	}
	for (unsigned i = 0; i < memory.share_count; i++) {
		const struct share *s = &memory.shares[i];

		if (at.v < s->at.v + s->size && s->at.v < end)
			return false;
	}
	return true;
}
