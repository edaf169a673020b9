/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The local APIC (Intel SDM 3A 11): our own interrupt to the controller. */
#include <hv/x86/vcpu.h>
#include <lib/arch/x86/cpu.h>

#define ICR_LOW     0x300u
#define ICR_HIGH    0x310u
#define ICR_PENDING 0x1000u

static void icr_write(uint32_t destination, uint32_t low)
{
	if (config->x2apic) {
		msr_write(MSR_X2APIC + ICR_LOW / 16, (uint64_t)destination << 32 | low);
		return;
	}
	while (mmio_read32(VCPU_APIC + ICR_LOW) & ICR_PENDING)
		cpu_relax();
	mmio_write32(VCPU_APIC + ICR_HIGH, destination << 24);
	mmio_write32(VCPU_APIC + ICR_LOW, low);
}

void bell_ring(void)
{
	uint64_t bell = config->bell;

	if (bell)
		icr_write((uint32_t)(bell >> 32), (uint32_t)bell & 0xFF);
}
