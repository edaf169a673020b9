/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See gic.h. GICC registers: IHI 0048; ICC registers: IHI 0069.
 */
#include <tests/guest/runtime/gic.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/arch/arm64/sysreg.h>
#include <tests/guest/runtime/call.h>
#include <tests/guest/runtime/guest.h>

#define GICC_CTLR 0x00
#define GICC_PMR  0x04
#define GICC_IAR  0x0C
#define GICC_EOIR 0x10

#define MASK_NONE 0xF8 /* all priorities, of five bits */

void gic_mask_set(uint32_t priority)
{
	if (guest.gic_version == 3)
		sysreg_write(icc_pmr_el1, priority);
	else
		mmio_write32(guest.gicv + GICC_PMR, priority);
}

void gic_start(void)
{
	gic_mask_set(MASK_NONE);
	if (guest.gic_version == 3) {
		sysreg_write(icc_igrpen1_el1, 1);
		isb();
	} else {
		mmio_write32(guest.gicv + GICC_CTLR, 1);
	}
}

uint32_t gic_acknowledge(void)
{
	uint32_t id;

	if (guest.gic_version != 3)
		return mmio_read32(guest.gicv + GICC_IAR);
	id = (uint32_t)sysreg_read(icc_iar1_el1);
	dsb(sy);
	return id;
}

void gic_end(uint32_t raw)
{
	if (guest.gic_version == 3) {
		sysreg_write(icc_eoir1_el1, raw);
		isb();
	} else {
		mmio_write32(guest.gicv + GICC_EOIR, raw);
	}
}

static int64_t value_of(struct regs r)
{
	return r.x[0] == FFA_SUCCESS_32 ? (int64_t)r.x[2] : (int32_t)r.x[2];
}

bool gic_enable(uint32_t id, bool on)
{
	return call(BH_INTR_ENABLE, id, on).x[0] == FFA_SUCCESS_32;
}

int64_t gic_inject(uint16_t vm, uint32_t vcpu, uint32_t id)
{
	return value_of(call(BH_INTR_INJECT, FFA_VM_VCPU(vm, vcpu), id));
}

int64_t gic_state(uint32_t id)
{
	return value_of(call(BH_INTR_GET, id));
}
