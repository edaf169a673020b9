/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fault records and injected exceptions (see fault.h).
 */
#include <hv/arm64/fault.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/run.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vm.h>
#include <string.h>

#define EC_UNKNOWN    0x00u
#define EC_IABT_LOWER 0x20u
#define EC_IABT_SAME  0x21u
#define EC_DABT_LOWER 0x24u
#define EC_DABT_SAME  0x25u

void fault_fill(const struct cpu *cpu, enum bh_fault_cause cause, uint64_t ipa,
		struct bh_fault *out)
{
	const struct vcpu *vcpu = cpu->current;

	*out = (struct bh_fault){
		.version = BH_FAULT_VERSION,
		.size = sizeof(*out),
		.cause = (uint32_t)cause,
		.vm = vcpu->vm->id,
		.vcpu = (uint16_t)vcpu->index,
		.core = cpu->index,
		.counter = sysreg_read(cntvct_el0),
		.esr = sysreg_read(esr_el2),
		.far = sysreg_read(far_el2),
		.ipa = ipa,
		.pc = vcpu->pc,
		.pstate = vcpu->pstate,
		.sp_el0 = sysreg_read(sp_el0),
		.sp_el1 = sysreg_read(sp_el1),
		.elr_el1 = sysreg_read(elr_el1),
		.esr_el1 = sysreg_read(esr_el1),
		.far_el1 = sysreg_read(far_el1),
		.ttbr0 = sysreg_read(ttbr0_el1),
		.ttbr1 = sysreg_read(ttbr1_el1),
	};
	memcpy(out->x, vcpu->x, sizeof(out->x));
}

/* Offset of a synchronous exception in the guest's vector table (Arm ARM D1.3.2) */
static uint64_t vector_offset(uint64_t pstate)
{
	switch (pstate & 0x1F) {
	case PSTATE_EL1H:
		return 0x200;
	case PSTATE_EL1H & ~1u:
		return 0x000;
	default:
		return pstate & 0x10 ? 0x600 : 0x400;
	}
}

/* PSTATE after an exception to EL1 (Arm ARM, AArch64.TakeException) */
static uint64_t handler_pstate(uint64_t pstate)
{
	uint64_t sctlr = sysreg_read(sctlr_el1);

	pstate &= PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN;
	if (!(sctlr & SCTLR_EL1_SPAN))
		pstate |= PSTATE_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= PSTATE_SSBS;
	return pstate | PSTATE_EL1H | PSTATE_DAIF;
}

static void exception_inject(struct vcpu *vcpu, enum bh_fault_cause cause)
{
	bool lower = (vcpu->pstate & 0xF) == PSTATE_EL0T;
	uint64_t ec = EC_UNKNOWN, iss = 0;

	if (cause == BH_FAULT_MEMORY_READ || cause == BH_FAULT_MEMORY_WRITE ||
	    cause == BH_FAULT_EXTERNAL) {
		ec = lower ? EC_DABT_LOWER : EC_DABT_SAME;
		iss = FSC_EXTERNAL | (cause == BH_FAULT_MEMORY_WRITE ? 1u << 6 : 0);
	} else if (cause == BH_FAULT_MEMORY_EXEC) {
		ec = lower ? EC_IABT_LOWER : EC_IABT_SAME;
		iss = FSC_EXTERNAL;
	}
	sysreg_write(esr_el1, ec << 26 | ESR_IL | iss);
	if (ec != EC_UNKNOWN)
		sysreg_write(far_el1, sysreg_read(far_el2));
	sysreg_write(elr_el1, vcpu->pc);
	sysreg_write(spsr_el1, vcpu->pstate);
	vcpu->pc = sysreg_read(vbar_el1) + vector_offset(vcpu->pstate);
	vcpu->pstate = handler_pstate(vcpu->pstate);
}

void fault_error_inject(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	vcpu->counters.exits[BH_EXIT_FAULT]++;
	if (cpu->has_ras)
		sysreg_write(s3_4_c5_c2_3, ESR_ISS(sysreg_read(esr_el2))); /* VSESR_EL2 */
	/* the core clears it when the guest takes it; run_enter looks */
	vcpu->hcr |= HCR_VSE;
	sysreg_write(hcr_el2, vcpu->hcr);
}

void fault_stop(const struct cpu *cpu, struct vm *vm)
{
	const struct bh_fault record = {
		.version = BH_FAULT_VERSION,
		.size = sizeof(record),
		.cause = BH_FAULT_STOPPED,
		.vm = vm->id,
		.core = cpu->index,
		.counter = sysreg_read(cntvct_el0),
	};

	vm_end(vm, &record);
}

void fault_report(struct cpu *cpu, enum bh_fault_cause cause, uint64_t ipa)
{
	struct vcpu *vcpu = cpu->current;
	struct bh_fault record;

	vcpu->counters.exits[BH_EXIT_FAULT]++;
	vcpu->counters.denied++;
	if (vcpu->vm->role != VM_SECONDARY) {
		exception_inject(vcpu, cause);
		return;
	}
	fault_fill(cpu, cause, ipa, &record);
	vm_end(vcpu->vm, &record);
	run_leave_ended(cpu);
}
