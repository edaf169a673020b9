/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emulated registers in memory (see mmio.h): what a data abort says of its load or store (Arm ARM D17.2.37, EC 0x24), and what the guest's
 * register gets. Instructions that the syndrome does not describe (pairs, write-back, atomics) are not emulated.
 */
#include <hv/arm64/mmio.h>

#include <bulkhead/status.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vm.h>

#define REGISTER_ZERO 31u

int mmio_add(struct vm *vm, uint64_t start, uint64_t size, mmio_handler handler)
{
	if (vm->mmio_count == MAX_MMIO)
		return BH_ENOMEM;
	vm->mmio[vm->mmio_count++] = (struct mmio_region){start, start + size, handler};
	return BH_OK;
}

static const struct mmio_region *region_find(const struct vm *vm, uint64_t ipa, uint64_t size)
{
	for (uint32_t i = 0; i < vm->mmio_count; i++) {
		const struct mmio_region *r = &vm->mmio[i];

		if (ipa >= r->start && ipa < r->end)
			return r->end - ipa >= size ? r : NULL;
	}
	return NULL;
}

/* What a load leaves in its register: `size` bytes, with sign or not, in a register of 32 or 64 bits */
static uint64_t load_extend(uint64_t value, uint32_t size, uint32_t iss)
{
	unsigned unused = 64 - 8 * size;

	if (iss & ISS_SSE)
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	else
		value = value << unused >> unused;
	return iss & ISS_SF ? value : (uint32_t)value;
}

bool mmio_emulate(struct cpu *cpu, uint32_t iss, uint64_t ipa)
{
	struct vcpu *vcpu = cpu->current;
	unsigned rt = ISS_SRT(iss);
	struct mmio_access access = {.size = 1u << ISS_SAS(iss), .write = iss & ISS_WNR};
	const struct mmio_region *region;
	enum mmio_result result;

	if (!(iss & ISS_ISV) || iss & (ISS_S1PTW | ISS_CM) || ipa & (access.size - 1))
		return false;
	region = region_find(vcpu->vm, ipa, access.size);
	if (!region)
		return false;
	access.offset = ipa - region->start;
	if (access.write && rt != REGISTER_ZERO)
		access.value = vcpu->x[rt] & ~UINT64_C(0) >> (64 - 8 * access.size);
	result = region->handler(vcpu, &access);
	if (result == MMIO_FAULT)
		return false;
	vcpu->counters.exits[BH_EXIT_MMIO]++;
	if (result == MMIO_AGAIN)
		return true;
	if (!access.write && rt != REGISTER_ZERO)
		vcpu->x[rt] = load_extend(access.value, access.size, iss);
	vcpu->pc += 4;
	return true;
}
