/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ID registers, as a VM may see them: an allow-list of fields of the real values. What is not switched between VMs, or is trapped,
 * is hidden; ID registers that the list does not know read as zero, as the architecture reserves them (Arm ARM D17.3). All other
 * trapped registers are forbidden.
 */
#include <hv/arm64/sysreg.h>

#include <bulkhead/types.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vm.h>
#include <lib/arch/arm64/sysreg.h>

/* op0 3, op1 0, CRn 0, CRm 1..7: the space of HCR_EL2.TID3 */
#define ID(crm, op2) ((crm)*8 + (op2))

#define DFR0_DEBUG_V8 \
	UINT64_C(     \
		0x10305006) /* no PMU, trace or SPE; the fewest break- and watchpoints there can be */

static uint64_t id_register_read(unsigned id)
{
	switch (id) {
	/* PFR0: EL0 and EL1 in AArch64; FP, AdvSIMD, SVE, GIC; DIT, CSV2, CSV3. No EL2, EL3, RAS, MPAM, AMU, RME */
	case ID(4, 0):
		return (sysreg_read(id_aa64pfr0_el1) & UINT64_C(0xFF0F000F0FFF0000)) | 0x11;
	/* PFR1: BT, SSBS. No MTE, SME */
	case ID(4, 1):
		return sysreg_read(id_aa64pfr1_el1) & 0xFF;
	/* ZFR0: SVE is switched as a whole */
	case ID(4, 4):
		return sysreg_read(s3_0_c0_c4_4);
	case ID(5, 0):
		return DFR0_DEBUG_V8;
	/* ISAR0: all are plain instructions, but for TME */
	case ID(6, 0):
		return sysreg_read(id_aa64isar0_el1) & ~UINT64_C(0x0F000000);
	/* ISAR1: without pointer authentication */
	case ID(6, 1):
		return sysreg_read(id_aa64isar1_el1) & UINT64_C(0x00FFFFFF00FFF00F);
	case ID(7, 0):
		return sysreg_read(id_aa64mmfr0_el1);
	/* MMFR1: without VHE, LORegions */
	case ID(7, 1):
		return sysreg_read(id_aa64mmfr1_el1) & ~UINT64_C(0xF0F00);
	/* MMFR2: without NV, and AT, which traps depend on */
	case ID(7, 2):
		return sysreg_read(id_aa64mmfr2_el1) & ~UINT64_C(0xF0F000000);
	default:
		return 0;
	}
}

bool sysreg_emulate(struct vcpu *vcpu, uint32_t iss)
{
	unsigned op0 = iss >> 20 & 3, op2 = iss >> 17 & 7, op1 = iss >> 14 & 7,
		 crn = iss >> 10 & 0xF;
	unsigned rt = iss >> 5 & 0x1F, crm = iss >> 1 & 0xF;
	bool read = iss & 1;

	/* debug and the OS lock, which every kernel clears: nothing there, but for the login VM's */
	if (op0 == 2 && op1 == 0 && vcpu->vm->role == VM_LOGIN) {
		if (read && rt != 31)
			vcpu->x[rt] = 0;
		return true;
	}
	if (op0 != 3 || op1 != 0)
		return false;
	/* ICC_SRE_EL1: one register for all VMs of a core, fixed to 7; kernels set it, to what it is */
	if (crn == 12 && crm == 12 && op2 == 5) {
		if (read && rt != 31)
			vcpu->x[rt] = 7;
		return true;
	}
	/* the SGI registers, which always trap (IHI 0069 12.2) */
	if (!read && crn == 12 && crm == 11 && op2 >= 5 && vcpu->vm->dist) {
		vdist_sgi_write(vcpu, op2, rt == 31 ? 0 : vcpu->x[rt]);
		return true;
	}
	if (!read || crn != 0 || crm < 1 || crm > 7)
		return false;
	if (rt != 31)
		vcpu->x[rt] = id_register_read(ID(crm, op2));
	return true;
}
