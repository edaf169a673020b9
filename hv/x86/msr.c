/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Accesses to MSRs that the controller's bitmap sends here, and XSETBV. What is not in this list of special ones is refused: which MSRs may
 * be used at all is the bitmap's business, so that they cost no exit.
 */
#include <hv/x86/apic.h>
#include <lib/arch/x86/cpu.h>

#define X2APIC_MSRS 0x100u

static enum verdict efer_access(const struct vcpu_exit *exit, uint64_t *value)
{
	if (exit->is_write)
		return backend_efer_write(*value) ? SKIP : REFUSED;
	*value = backend_efer();
	return SKIP;
}

/* Read as it is; written only with what is there: the APIC's page and mode stay. */
static enum verdict fixed_access(const struct vcpu_exit *exit, uint64_t *value)
{
	uint64_t current = msr_read((uint32_t)exit->address);

	if (exit->is_write)
		return *value == current ? SKIP : REFUSED;
	*value = current;
	return SKIP;
}

enum verdict msr_exit(const struct vcpu_exit *exit)
{
	uint64_t value = vcpu.r[RDX] << 32 | (uint32_t)vcpu.r[RAX];
	enum verdict verdict;

	switch (exit->address) {
	case MSR_EFER:
		verdict = efer_access(exit, &value);
		break;
	case MSR_APIC_BASE:
		verdict = fixed_access(exit, &value);
		break;
	default:
		if (exit->is_write && exit->address - MSR_X2APIC < X2APIC_MSRS &&
		    config->features & VCPU_IPI && config->x2apic)
			return apic_msr_write((uint32_t)exit->address, value);
		return REFUSED;
	}
	if (verdict == SKIP && !exit->is_write) {
		vcpu.r[RAX] = (uint32_t)value;
		vcpu.r[RDX] = value >> 32;
	}
	return verdict;
}

/* The processor checks the value itself (SDM 1 13.3). */
enum verdict xsetbv_exit(void)
{
	uint64_t value = vcpu.r[RDX] << 32 | (uint32_t)vcpu.r[RAX];

	if (!(backend_cr4() & CR4_OSXSAVE))
		return UNDEFINED;
	return xcr_write_safely((uint32_t)vcpu.r[RCX], value) ? SKIP : REFUSED;
}
