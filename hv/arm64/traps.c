/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exits, by exception class. A handler answers whether it has dealt with the exit; what it has not is a guest that
 * hit a wall, and takes the one path of fault.c.
 */
#include <bulkhead/ffa.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/fault.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/mmio.h>
#include <hv/arm64/psci.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/run.h>
#include <hv/arm64/sysreg.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

/* called from vectors.S */
void trap_sync(void);
void trap_irq(void);
void trap_serror(void);
_Noreturn void panic_exception(uint64_t kind, uint64_t esr, uint64_t elr, uint64_t far);

enum trap_result { TRAP_HANDLED, TRAP_FORBIDDEN };

typedef enum trap_result (*trap_handler)(struct cpu *cpu, uint32_t iss);

static enum trap_result trap_wfx(struct cpu *cpu, uint32_t iss)
{
	(void)iss; /* WFE is not trapped */
	cpu->current->counters.exits[BH_EXIT_WFI]++;
	cpu->current->pc += 4;
	wait_for_interrupt(cpu);
	return TRAP_HANDLED;
}

static enum trap_result trap_fp(struct cpu *cpu, uint32_t iss)
{
	(void)iss;
	cpu->current->counters.exits[BH_EXIT_FP]++;
	vcpu_fp_enable(cpu);
	return TRAP_HANDLED;
}

/* with an immediate other than 0; the exception's return address lies behind the instruction (Arm ARM D1.3.2) */
static enum trap_result trap_hvc_other(struct cpu *cpu, uint32_t iss)
{
	(void)iss;
	cpu->current->pc -= 4;
	return TRAP_FORBIDDEN;
}

static enum trap_result trap_smc(struct cpu *cpu, uint32_t iss)
{
	if (iss & 0xFFFF)
		return TRAP_FORBIDDEN;
	cpu->current->pc += 4;
	call_dispatch(cpu);
	return TRAP_HANDLED;
}

/* After interrupts were raised or changed: the primary's come first. */
static void interrupts_settle(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	if (vcpu != cpu->primary && vm_has_ended(vcpu->vm))
		run_leave_ended(cpu);
	else if (vcpu != cpu->primary && vgic_wants_entry(cpu->primary))
		run_leave(cpu, VCPU_READY, FFA_INTERRUPT, 0);
	else
		vgic_flush(vcpu);
}

static enum trap_result trap_sysreg(struct cpu *cpu, uint32_t iss)
{
	struct vcpu *vcpu = cpu->current;

	if (!sysreg_emulate(vcpu, iss))
		return TRAP_FORBIDDEN;
	vcpu->counters.exits[BH_EXIT_SYSREG]++;
	vcpu->pc += 4;
	if (vcpu->vm->dist)
		interrupts_settle(cpu);
	return TRAP_HANDLED;
}

#define PAR_F  1u
#define PAR_PA UINT64_C(0xFFFFFFFFFF000)

/* What the guest's stage 1 translates the address to; 0 when it does so no more. */
static uint64_t fault_translate(uint64_t address)
{
	uint64_t kept = sysreg_read(par_el1), par;

	at_s1e1r(address);
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, kept);
	return par & PAR_F ? 0 : (par & PAR_PA) | (address & 0xFFF);
}

/* HPFAR_EL2 holds the page of a stage-2 fault, but of a permission fault only within a table walk (D17.2.62) */
static uint64_t fault_ipa(uint32_t iss)
{
	uint64_t page = (sysreg_read(hpfar_el2) & UINT64_C(0xFFFFFFFFF0)) << 8;
	uint64_t address = sysreg_read(far_el2);

	if (iss & ISS_S1PTW)
		return page;
	if ((iss & ISS_FSC_TYPE) == FSC_PERMISSION)
		return fault_translate(address);
	return page | (address & 0xFFF);
}

/*
 * The VM may do this access: its table was being changed for another address (break-before-make, lib/pt.h), or for this one before the lock
 * of the tables was ours. It is done again.
 */
static bool is_over(const struct cpu *cpu, uint32_t iss, uint64_t ipa, uint32_t access)
{
	return (iss & ISS_FSC_TYPE) == FSC_TRANSLATION &&
	       memory_is_reachable(cpu->current->vm, IPA(ipa), access);
}

static enum trap_result trap_data_abort(struct cpu *cpu, uint32_t iss)
{
	bool write = (iss & ISS_WNR) && !(iss & (ISS_S1PTW | ISS_CM));
	uint64_t ipa;

	if ((iss & ISS_FSC) >= FSC_EXTERNAL) {
		fault_report(cpu, BH_FAULT_EXTERNAL, 0);
		return TRAP_HANDLED;
	}
	ipa = fault_ipa(iss);
	if (mmio_emulate(cpu, iss, ipa))
		interrupts_settle(cpu);
	else if (!is_over(cpu, iss, ipa, write ? PT_W : PT_R))
		fault_report(cpu, write ? BH_FAULT_MEMORY_WRITE : BH_FAULT_MEMORY_READ, ipa);
	return TRAP_HANDLED;
}

static enum trap_result trap_instruction_abort(struct cpu *cpu, uint32_t iss)
{
	uint64_t ipa;

	if ((iss & ISS_FSC) >= FSC_EXTERNAL) {
		fault_report(cpu, BH_FAULT_EXTERNAL, 0);
		return TRAP_HANDLED;
	}
	ipa = fault_ipa(iss);
	if (!is_over(cpu, iss, ipa, iss & ISS_S1PTW ? PT_R : PT_X))
		fault_report(cpu, BH_FAULT_MEMORY_EXEC, ipa);
	return TRAP_HANDLED;
}

static enum trap_result trap_forbidden(struct cpu *cpu, uint32_t iss)
{
	(void)cpu, (void)iss;
	return TRAP_FORBIDDEN;
}

/* the common exit, which does not take the way through the table: HVC #0. Other immediates are not for us (SMCCC 1.2, 2.9) */
#define ESR_HVC0 (0x16u << 26 | ESR_IL)

/* sparse, by exception class: D17.2.37. Forbidden ones are pointer authentication, HVC with an immediate */
static const trap_handler handlers[64] = {
	[0x01] = trap_wfx,        [0x07] = trap_fp,
	[0x09] = trap_forbidden,  [0x16] = trap_hvc_other,
	[0x17] = trap_smc,        [0x18] = trap_sysreg,
	[0x19] = trap_fp,         [0x20] = trap_instruction_abort,
	[0x24] = trap_data_abort,
};

/* out of line, so that the common exit needs no stack frame */
static __attribute__((noinline)) void trap_other(struct cpu *cpu, uint64_t esr)
{
	trap_handler handler = handlers[ESR_EC(esr)];

	if (!handler)
		fault_report(cpu, BH_FAULT_UNKNOWN, 0);
	else if (handler(cpu, ESR_ISS(esr)) == TRAP_FORBIDDEN)
		fault_report(cpu, BH_FAULT_SYSREG, 0);
}

void trap_sync(void)
{
	struct cpu *cpu = cpu_this();
	uint64_t esr = sysreg_read(esr_el2);

	if (esr == ESR_HVC0)
		call_dispatch(cpu);
	else
		trap_other(cpu, esr);
}

/* The GIC may have seen the end of another vCPU's level too late. */
static bool vtimer_fires(void)
{
	return (sysreg_read(cntv_ctl_el0) & (CNTV_ENABLE | CNTV_IMASK)) == CNTV_ENABLE &&
	       sysreg_read(cntv_cval_el0) <= sysreg_read(cntvct_el0);
}

/*
 * The timer's interrupt stays active until the guest ends it. Not so for a standard kernel on a GICv2: QEMU (7.2) does not look at a level
 * again when a guest's EOI deactivates a physical interrupt, and a timer that fired before that would be forgotten. There the timer
 * is masked, as such a kernel's handler does it first, and the interrupt ended.
 */
static void vtimer_raise(struct vcpu *vcpu)
{
	if (vcpu->vm->dist && platform.gic_version == 2) {
		sysreg_write(cntv_ctl_el0, CNTV_ENABLE | CNTV_IMASK);
		gic->deactivate(INTID_VTIMER);
		vgic_set_pending(vcpu, INTID_VTIMER);
	} else {
		vgic_set_pending_hardware(vcpu, INTID_VTIMER);
	}
}

/* One acknowledged interrupt: the hypervisor's own, the current vCPU's timer, or the primary's. */
static void irq_handle(struct cpu *cpu, uint32_t id)
{
	struct vcpu *vcpu = cpu->current;
	uint64_t *exits = vcpu->counters.exits;

	gic->drop(id);
	switch (id) {
	case INTID_KICK:
		exits[BH_EXIT_KICK]++;
		cpu_note_kick(cpu);
		gic->deactivate(id);
		break;
	case INTID_MAINTENANCE:
		exits[BH_EXIT_MAINTENANCE]++;
		gic->refill_set(0);
		if (vcpu->irq.always)
			vdist_maintain(vcpu);
		gic->deactivate(id);
		break;
	case INTID_VTIMER:
		if (!vtimer_fires()) {
			exits[BH_EXIT_SPURIOUS]++;
			gic->deactivate(id);
			break;
		}
		exits[BH_EXIT_TIMER]++;
		__atomic_fetch_add(&vcpu->counters.injected, 1, __ATOMIC_RELAXED);
		vtimer_raise(vcpu);
		break;
	default:
		if (vdist_interrupt(cpu, id))
			break;
		exits[vcpu == cpu->primary ? BH_EXIT_DEVICE : BH_EXIT_PREEMPT]++;
		__atomic_fetch_add(&cpu->primary->counters.injected, 1, __ATOMIC_RELAXED);
		vgic_set_pending_hardware(cpu->primary, id);
	}
}

void trap_irq(void)
{
	struct cpu *cpu = cpu_this();
	struct vcpu *vcpu = cpu->current;
	uint32_t id = gic->acknowledge();

	if (id >= INTID_LIMIT)
		vcpu->counters.exits[BH_EXIT_SPURIOUS]++;
	for (; id < INTID_LIMIT; id = gic->acknowledge())
		irq_handle(cpu, id);
	interrupts_settle(cpu);
}

void trap_serror(void)
{
	struct cpu *cpu = cpu_this();

	if (cpu->current->vm->role != VM_SECONDARY)
		fault_error_inject(cpu);
	else
		fault_report(cpu, BH_FAULT_EXTERNAL, 0);
}

void panic_exception(uint64_t kind, uint64_t esr, uint64_t elr, uint64_t far)
{
	log_fatal("exception %llu in the hypervisor itself: esr %llx elr %llx far %llx",
		  (unsigned long long)kind, (unsigned long long)esr, (unsigned long long)elr,
		  (unsigned long long)far);
}
