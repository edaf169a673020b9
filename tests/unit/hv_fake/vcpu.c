/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the place of hv/arm64/vcpu.c and sysreg.c: the registers of a vCPU that matter to the
 * modules under test go to the core and back; virtual interrupts by the real vgic.c.
 */
#include "machine.h"
#include <hv/arm64/cpu.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/sysreg.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>
#include <string.h>

void vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t argument)
{
	memset(vcpu->x, 0, sizeof(vcpu->x));
	memset(&vcpu->sys, 0, sizeof(vcpu->sys));
	vgic_reset(vcpu);
	vcpu->serving = false;
	vcpu->x[0] = argument;
	vcpu->pc = entry;
	vcpu->pstate = PSTATE_EL1H | PSTATE_DAIF;
}

static void sysregs_save(struct vcpu_sysregs *s)
{
	s->esr = fake_core->esr_el1;
	s->far = fake_core->far_el1;
	s->elr = fake_core->elr_el1;
	s->spsr = fake_core->spsr_el1;
	s->vbar = fake_core->vbar_el1;
	s->tpidr_el1 = fake_core->tpidr_el1;
	s->cntv_ctl = fake_core->cntv_ctl_el0;
	s->cntv_cval = fake_core->cntv_cval_el0;
}

static void vcpu_load(struct cpu *cpu, struct vcpu *next)
{
	const struct vcpu_sysregs *s = &next->sys;

	fake_core->esr_el1 = s->esr;
	fake_core->far_el1 = s->far;
	fake_core->elr_el1 = s->elr;
	fake_core->spsr_el1 = s->spsr;
	fake_core->vbar_el1 = s->vbar;
	fake_core->tpidr_el1 = s->tpidr_el1;
	fake_core->cntv_ctl_el0 = s->cntv_ctl;
	fake_core->cntv_cval_el0 = s->cntv_cval;
	fake_core->vttbr_el2 = next->vm->vttbr;
	vgic_load(next);
	__atomic_store_n(&cpu->current, next, __ATOMIC_RELAXED);
}

void (*fake_on_switch)(void);

void vcpu_switch(struct cpu *cpu, struct vcpu *next)
{
	void (*meanwhile)(void) = fake_on_switch;

	fake_require(cpu == cpu_this(), "a core switches another core's vCPU");
	fake_require(next == cpu->primary ||
			     __atomic_load_n(&next->state, __ATOMIC_RELAXED) == VCPU_RUNNING,
		     "a vCPU is loaded that nobody claimed");
	sysregs_save(&cpu->current->sys);
	vgic_save(cpu->current);
	vcpu_load(cpu, next);
	if (!meanwhile)
		return;
	fake_on_switch = NULL;
	meanwhile();
	fake_core_select(cpu->index);
}

void vcpu_load_first(struct cpu *cpu, struct vcpu *vcpu)
{
	vcpu_load(cpu, vcpu);
}

void vcpu_fp_enable(struct cpu *cpu)
{
	cpu->fp_live = true;
}

void vcpu_fp_borrow(struct cpu *cpu)
{
	cpu->fp_live = false;
}

void vcpu_fp_return(void)
{
}

/* reads (bit 0 of the syndrome) of whatever register give zero */
bool sysreg_emulate(struct vcpu *vcpu, uint32_t iss)
{
	unsigned rt = iss >> 5 & 0x1F;

	if (!(iss & 1))
		return false;
	if (rt != 31)
		vcpu->x[rt] = 0;
	return true;
}
