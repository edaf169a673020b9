/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * World switch: which vCPU's registers a core holds. General registers are saved at every exit (vectors.S); here is the
 * rest. FP and SVE registers are saved when the vCPU that leaves has used them and loaded at the first use, which traps.
 */
#include <hv/arm64/vcpu.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>
#include <string.h>

/*
 * X(two registers of the machine, the first's place in struct vcpu_sysregs): in pairs, which cost one load or store. The timer's
 * control comes last: it must not fire for the other vCPU's deadline. Nothing else needs an order.
 */
#define SWITCHED_SYSREGS(X)                  \
	X(sctlr_el1, cpacr_el1, sctlr)       \
	X(ttbr0_el1, ttbr1_el1, ttbr0)       \
	X(tcr_el1, mair_el1, tcr)            \
	X(vbar_el1, contextidr_el1, vbar)    \
	X(esr_el1, far_el1, esr)             \
	X(elr_el1, spsr_el1, elr)            \
	X(sp_el0, sp_el1, sp_el0)            \
	X(tpidr_el0, tpidrro_el0, tpidr_el0) \
	X(tpidr_el1, par_el1, tpidr_el1)     \
	X(cntkctl_el1, csselr_el1, cntkctl)  \
	X(cntv_cval_el0, cntv_ctl_el0, cntv_cval)

#define PAIR_SAVE(a, b, field)                                                      \
	__asm__ volatile("mrs %0, " #a "\n\tmrs %1, " #b "\n\tstp %0, %1, [%2, %3]" \
			 : "=&r"(t0), "=&r"(t1)                                     \
			 : "r"(s), "i"(offsetof(struct vcpu_sysregs, field))        \
			 : "memory");
#define PAIR_LOAD(a, b, field)                                                      \
	__asm__ volatile("ldp %0, %1, [%2, %3]\n\tmsr " #a ", %0\n\tmsr " #b ", %1" \
			 : "=&r"(t0), "=&r"(t1)                                     \
			 : "r"(s), "i"(offsetof(struct vcpu_sysregs, field))        \
			 : "memory");

bool vcpu_has_auxiliary(void)
{
	sysreg_write(amair_el1, ~UINT64_C(0));
	sysreg_write(afsr0_el1, ~UINT64_C(0));
	sysreg_write(afsr1_el1, ~UINT64_C(0));
	isb();
	return (sysreg_read(amair_el1) | sysreg_read(afsr0_el1) | sysreg_read(afsr1_el1)) != 0;
}

static inline __attribute__((always_inline)) void sysregs_save(const struct cpu *cpu,
							       struct vcpu_sysregs *s)
{
	uint64_t t0, t1;

	SWITCHED_SYSREGS(PAIR_SAVE)
	if (cpu->has_auxiliary) {
		s->amair = sysreg_read(amair_el1);
		s->afsr0 = sysreg_read(afsr0_el1);
		s->afsr1 = sysreg_read(afsr1_el1);
	}
}

static inline __attribute__((always_inline)) void sysregs_load(const struct cpu *cpu,
							       const struct vcpu_sysregs *s)
{
	uint64_t t0, t1;

	SWITCHED_SYSREGS(PAIR_LOAD)
	if (cpu->has_auxiliary) {
		sysreg_write(amair_el1, s->amair);
		sysreg_write(afsr0_el1, s->afsr0);
		sysreg_write(afsr1_el1, s->afsr1);
	}
}

void vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t argument)
{
	memset(vcpu->x, 0, sizeof(vcpu->x));
	memset(&vcpu->sys, 0, sizeof(vcpu->sys));
	memset(vcpu->vector, 0, sizeof(vcpu->vector));
	vcpu->zcr = 0;
	vgic_reset(vcpu);
	vcpu->fp_core = 0;
	vcpu->serving = false;
	vcpu->sys.sctlr = SCTLR_EL1_RESET;
	vcpu->x[0] = argument;
	vcpu->pc = entry;
	vcpu->pstate = PSTATE_EL1H | PSTATE_DAIF;
}

static inline __attribute__((always_inline)) void state_load(struct cpu *cpu, struct vcpu *next)
{
	struct vm *vm = next->vm;

	sysreg_write(hcr_el2, next->hcr);
	sysreg_write(cnthctl_el2, next->cnthctl);
	sysreg_write(vmpidr_el2, next->mpidr);
	sysreg_write(vttbr_el2, vm->vttbr);
	/* TLB entries are tagged by VM, not by vCPU: another vCPU's may stand under the same ASIDs */
	if (vm->last_vcpu[cpu->index] != next->index + 1) {
		vm->last_vcpu[cpu->index] = (uint8_t)(next->index + 1);
		isb();
		__asm__ volatile("tlbi vmalle1\n\tic iallu" ::: "memory");
		dsb(nsh);
	}
	sysregs_load(cpu, &next->sys);
	/* RAS is hidden, but its deferred status can be written: nobody may find there what another VM left */
	if (cpu->has_ras)
		sysreg_write(s3_4_c12_c1_1, 0); /* VDISR_EL2 */
	vgic_load(next);
	__atomic_store_n(&cpu->current, next, __ATOMIC_RELAXED);
	isb();
}

static void fp_save(struct cpu *cpu, struct vcpu *from)
{
	vector_save(from->vector, cpu->vector_length);
	if (cpu->vector_length)
		from->zcr = sysreg_read(s3_0_c1_c2_0); /* ZCR_EL1 */
	cpu->fp_live = false;
}

void vcpu_fp_borrow(struct cpu *cpu)
{
	if (cpu->fp_live)
		fp_save(cpu, cpu->current);
	cpu->fp_last = NULL;
	sysreg_write(cptr_el2, CPTR_GUEST | CPTR_TZ);
	isb();
}

void vcpu_fp_return(void)
{
	sysreg_write(cptr_el2, CPTR_GUEST | CPTR_TFP | CPTR_TZ);
	isb();
}

void vcpu_switch(struct cpu *cpu, struct vcpu *next)
{
	struct vcpu *from = cpu->current;

	if (cpu->fp_live) {
		fp_save(cpu, from);
		sysreg_write(cptr_el2, CPTR_GUEST | CPTR_TFP | CPTR_TZ);
	}
	sysregs_save(cpu, &from->sys);
	vgic_save(from);
	state_load(cpu, next);
}

void vcpu_load_first(struct cpu *cpu, struct vcpu *vcpu)
{
	cpu->fp_live = false;
	cpu->fp_last = NULL;
	sysreg_write(cptr_el2, CPTR_GUEST | CPTR_TFP | CPTR_TZ);
	state_load(cpu, vcpu);
}

void vcpu_fp_enable(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	/* without SVE, TZ is RES1 */
	sysreg_write(cptr_el2, cpu->vector_length ? CPTR_GUEST : CPTR_GUEST | CPTR_TZ);
	isb();
	if (cpu->fp_last != vcpu || vcpu->fp_core != cpu->index + 1) {
		vector_load(vcpu->vector, cpu->vector_length);
		if (cpu->vector_length)
			sysreg_write(s3_0_c1_c2_0, vcpu->zcr); /* ZCR_EL1 */
	}
	cpu->fp_last = vcpu;
	vcpu->fp_core = cpu->index + 1;
	cpu->fp_live = true;
}
