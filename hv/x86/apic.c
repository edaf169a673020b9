/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The local APIC (Intel SDM 3A 11): our own interrupt to the controller, and with `ipi` the guest's writes that could reach others. An interrupt
 * goes to the enclave's own cores, or is one of the targets that the controller lists; anything else is dropped and counted, as if it had
 * not been sent. The lists are read anew each time, an entry by one load.
 */
#include <hv/x86/apic.h>
#include <lib/arch/x86/cpu.h>

#define APIC_PRIORITY     0x80u
#define APIC_EOI          0xb0u
#define APIC_SPURIOUS     0xf0u
#define APIC_ERROR_STATUS 0x280u
#define APIC_LVT_CMCI     0x2f0u
#define APIC_ICR          0x300u
#define APIC_ICR_HIGH     0x310u
#define APIC_LVT_TIMER    0x320u
#define APIC_LVT_ERROR    0x370u
#define APIC_TIMER_START  0x380u
#define APIC_DIVIDE       0x3e0u
#define APIC_SELF         0x3f0u /* x2APIC only */

#define ICR_PENDING   0x1000u
#define ICR_MODE      0x700u /* 0: fixed */
#define ICR_LOGICAL   0x800u
#define ICR_LEVEL     0x8000u /* trigger mode */
#define ICR_SHORTHAND 0xc0000u
#define ICR_SELF      0x40000u
#define ICR_RESERVED  0xfff32000u
#define VECTOR_FIRST  16u

#define LVT_MODE   0x700u
#define LVT_MASKED 0x10000u

/* of the guest's, in xAPIC mode: the destination that its next command will have */
static uint32_t destination;

static void icr_write(uint32_t to, uint32_t low)
{
	if (config->x2apic) {
		msr_write(MSR_X2APIC + APIC_ICR / 16, (uint64_t)to << 32 | low);
		return;
	}
	while (mmio_read32(VCPU_APIC + APIC_ICR) & ICR_PENDING)
		cpu_relax();
	mmio_write32(VCPU_APIC + APIC_ICR_HIGH, to << 24);
	mmio_write32(VCPU_APIC + APIC_ICR, low);
}

void bell_ring(void)
{
	uint64_t bell = config->bell;

	if (bell)
		icr_write((uint32_t)(bell >> 32), (uint32_t)bell & 0xFF);
}

/* A co-kernel that rings without end keeps Linux no busier than Linux lets it. */
static bool bell_is_pending(void)
{
	if (report->rung != __atomic_load_n(&config->heard, __ATOMIC_ACQUIRE)) {
		report->pending++;
		return true;
	}
	report->rung++;
	return false;
}

static bool is_own_core(uint32_t to)
{
	for (unsigned i = 0; i < VCPU_CORES; i++)
		if (to != VCPU_NO_APIC && config->cores[i] == to)
			return true;
	return false;
}

static bool is_target(uint32_t to, uint32_t vector)
{
	uint64_t wanted = (uint64_t)to << 32 | vector;

	if (config->bell == wanted)
		return true;
	for (unsigned i = 0; i < VCPU_TARGETS; i++)
		if (config->targets[i] == wanted)
			return true;
	return false;
}

static bool may_send(uint32_t to, uint32_t low)
{
	uint32_t vector = low & 0xFF;

	if (low & (ICR_MODE | ICR_LEVEL | ICR_RESERVED) || vector < VECTOR_FIRST)
		return false;
	if ((low & ICR_SHORTHAND) == ICR_SELF)
		return true;
	if (low & (ICR_SHORTHAND | ICR_LOGICAL))
		return false;
	return is_own_core(to) || is_target(to, vector);
}

static void command(uint32_t to, uint32_t low)
{
	if (may_send(to, low)) {
		if (!(low & ICR_SHORTHAND) && config->bell == ((uint64_t)to << 32 | (low & 0xFF)) &&
		    bell_is_pending())
			return;
		icr_write(to, low & ~ICR_PENDING);
		return;
	}
	report->dropped++;
	report->denied_last[1] = (uint64_t)to << 32 | low;
}

/* Nothing but fixed interrupts comes to the core from its own APIC: no NMI, SMI, INIT, and no controller of Linux's. */
static bool may_set(uint32_t offset, uint64_t value)
{
	/* between registers the processor does what it likes (SDM 3A 11.4.1) */
	if (offset % 16)
		return false;
	if ((offset >= APIC_LVT_TIMER && offset <= APIC_LVT_ERROR) || offset == APIC_LVT_CMCI)
		return value & LVT_MASKED || !(value & LVT_MODE);
	return offset == APIC_PRIORITY || offset == APIC_EOI || offset == APIC_SPURIOUS ||
	       offset == APIC_ERROR_STATUS || offset == APIC_TIMER_START || offset == APIC_DIVIDE;
}

enum verdict apic_msr_write(uint32_t msr, uint64_t value)
{
	uint32_t offset = (msr - MSR_X2APIC) * 16;

	if (offset == APIC_ICR)
		command((uint32_t)(value >> 32), (uint32_t)value);
	else if (offset == APIC_SELF)
		command(0, ICR_SELF | (uint32_t)(value & 0xFF));
	else if (!may_set(offset, value) || !msr_write_safely(msr, value))
		return REFUSED;
	return SKIP;
}

enum verdict apic_page_write(struct vcpu_exit *exit)
{
	uint32_t offset = exit->address & 0xfff, value;

	if (exit->in_delivery || !store_decode(&value, &exit->length))
		return FATAL;
	if (offset == APIC_ICR) {
		command(destination, value);
	} else if (offset == APIC_ICR_HIGH) {
		destination = value >> 24;
	} else if (may_set(offset, value)) {
		mmio_write32(VCPU_APIC + offset, value);
	} else {
		report->denied++;
		report->denied_last[0] = exit->address;
	}
	return SKIP;
}
