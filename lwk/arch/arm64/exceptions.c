/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions: system calls and interrupts, a user program's faults, which end it by the signal that
 * Linux would send, and the kernel's own, which are a panic unless a copy to or from user memory
 * met a bad address.
 */
#include <arch/context.h>
#include <arch/irq.h>
#include <arch/trap.h>
#include <lwk/address_space.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/process_life.h>
#include <lwk/syscall.h>

/* fault status codes in ISS of aborts, Arm ARM D17.2.37 */
#define FSC(esr)         ((esr)&0x3f)
#define FSC_KIND(esr)    ((esr)&0x3c)
#define FSC_ADDRESS_SIZE 0x00u
#define FSC_TRANSLATION  0x04u
#define FSC_ACCESS       0x08u
#define FSC_PERMISSION   0x0cu
#define FSC_ALIGNMENT    0x21u
#define ISS_WRITE        (1u << 6)
#define ISS_CACHE_OP     (1u << 8)
#define SPSR_IRQ_MASKED  0x80u

struct fixup {
	uint64_t pc;
	uint64_t resume;
};
extern const struct fixup _fixups_start[], _fixups_end[];

uint64_t fixup_find(uint64_t pc)
{
	for (const struct fixup *f = _fixups_start; f < _fixups_end; f++) {
		if (f->pc == pc)
			return f->resume;
	}
	return 0;
}

static enum access abort_access(uint64_t esr, bool is_instruction)
{
	if (is_instruction)
		return ACCESS_EXEC;
	/* a cache operation by address reports a write but needs to read only */
	return (esr & (ISS_WRITE | ISS_CACHE_OP)) == ISS_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

/* what the MMU can report because of our tables */
static bool is_table_fault(uint64_t esr)
{
	uint64_t kind = FSC_KIND(esr);

	return kind == FSC_ADDRESS_SIZE || kind == FSC_TRANSLATION || kind == FSC_ACCESS ||
	       kind == FSC_PERMISSION;
}

static _Noreturn void user_fatal(const struct trap_frame *frame, int signal, const char *what,
				 uint64_t esr, uint64_t address)
{
	trap_report_user(frame, what, esr, address);
	process_exit(WAIT_STATUS_SIGNAL(signal));
}

static void user_abort(struct trap_frame *frame, uint64_t esr, bool is_instruction)
{
	uint64_t address = sysreg_read(far_el1);

	if (!is_table_fault(esr))
		user_fatal(frame, SIGBUS,
			   FSC(esr) == FSC_ALIGNMENT ? "SIGBUS: unaligned access"
						     : "SIGBUS: memory does not answer",
			   esr, address);
	arch_irq_enable();
	switch (address_space_fault(process_current()->space, address,
				    abort_access(esr, is_instruction))) {
	case FAULT_RESOLVED:
		return;
	case FAULT_NO_MEMORY:
		user_fatal(frame, SIGKILL, "SIGKILL: no memory left to back", esr, address);
	case FAULT_DENIED:
		user_fatal(frame, SIGSEGV, "SIGSEGV: not permitted", esr, address);
	case FAULT_NO_MAPPING:
		user_fatal(frame, SIGSEGV, "SIGSEGV: nothing mapped", esr, address);
	}
}

static void user_syscall(struct trap_frame *frame)
{
	arch_irq_enable();
	frame->x[0] = (uint64_t)syscall_dispatch(frame->x[8], frame->x);
}

void trap_user_sync(struct trap_frame *frame)
{
	uint64_t esr = sysreg_read(esr_el1);

	switch (ESR_EC(esr)) {
	case EC_SVC:
		user_syscall(frame);
		return;
	case EC_DABORT_USER:
		user_abort(frame, esr, false);
		return;
	case EC_IABORT_USER:
		user_abort(frame, esr, true);
		return;
	case EC_PC_ALIGNMENT:
		user_fatal(frame, SIGBUS, "SIGBUS: unaligned pc", esr, frame->pc);
	case EC_SP_ALIGNMENT:
		user_fatal(frame, SIGBUS, "SIGBUS: unaligned sp", esr, frame->sp);
	case EC_FP_TRAP:
		user_fatal(frame, SIGFPE, "SIGFPE", esr, frame->pc);
	case EC_BRK:
	case EC_BREAKPOINT_USER:
	case EC_STEP_USER:
	case EC_WATCHPOINT_USER:
		user_fatal(frame, SIGTRAP, "SIGTRAP: breakpoint", esr, frame->pc);
	default:
		user_fatal(frame, SIGILL, "SIGILL: not an instruction for programs", esr,
			   frame->pc);
	}
}

/* A user address that a kernel copy touched: made present, or the copy is told. */
static bool copy_fault(struct trap_frame *frame, uint64_t esr)
{
	uint64_t address = sysreg_read(far_el1);
	uint64_t resume = fixup_find(frame->pc);
	struct process *process = process_current();

	if (!resume || !is_table_fault(esr))
		return false;
	if (frame->pstate & SPSR_IRQ_MASKED) { /* under a spin lock: nothing can be waited for */
		frame->pc = resume;
		return true;
	}
	arch_irq_enable();
	if (!process || address_space_fault(process->space, address, abort_access(esr, false)) !=
				FAULT_RESOLVED)
		frame->pc = resume;
	arch_irq_disable();
	return true;
}

void trap_kernel_sync(struct trap_frame *frame)
{
	uint64_t esr = sysreg_read(esr_el1);

	if (ESR_EC(esr) == EC_DABORT_KERNEL && copy_fault(frame, esr))
		return;
	registers_print(frame);
	panic("exception in the kernel: class 0x%lx, esr 0x%lx, address 0x%lx, pc 0x%lx",
	      ESR_EC(esr), esr, sysreg_read(far_el1), frame->pc);
}

void trap_irq(struct trap_frame *frame)
{
	(void)frame;
	interrupt_handle();
}

void trap_unexpected(struct trap_frame *frame, uint64_t vector)
{
	registers_print(frame);
	panic("unexpected exception: vector %lu, esr 0x%lx, address 0x%lx, pc 0x%lx", vector,
	      sysreg_read(esr_el1), sysreg_read(far_el1), frame->pc);
}

/*
 * Whoever sets these from another core sends an interrupt, too, which is taken right after the
 * return if not before.
 */
void trap_user_return(struct trap_frame *frame)
{
	const struct run_queue *queue = &core_self()->queue;
	const struct process *process = process_current();

	(void)frame;
	for (;;) {
		arch_irq_disable();
		if (__atomic_load_n(&process->is_ending, __ATOMIC_RELAXED)) {
			arch_irq_enable();
			process_leave();
		}
		if (!__atomic_load_n(&queue->need_resched, __ATOMIC_RELAXED))
			return;
		arch_irq_enable();
		sched_preempt_point();
	}
}
