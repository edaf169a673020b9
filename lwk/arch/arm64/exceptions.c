/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions: system calls and interrupts, a user program's faults (user_fault.c), and the kernel's
 * own, which are a panic unless a copy to or from user memory met a bad address.
 */
#include <arch/context.h>
#include <arch/irq.h>
#include <arch/trap.h>
#include <lwk/address_space.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define SPSR_IRQ_MASKED 0x80u

static void user_syscall(struct trap_frame *frame)
{
	long result;

	arch_irq_enable();
	result = syscall_dispatch(frame->x[8], frame->x);
	if (result >= -ECALL_LAST && result <= -ECALL_FIRST)
		signal_call_interrupted(result);
	else
		frame->x[0] = (uint64_t)result;
}

void trap_user_sync(struct trap_frame *frame)
{
	uint64_t esr = sysreg_read(esr_el1);

	if (ESR_EC(esr) == EC_SVC)
		user_syscall(frame);
	else
		user_fault(frame, esr);
}

/*
 * A user address that a kernel copy touched: made present, or the copy is told. What tables cannot mend (an exclusive
 * access to an address that is not aligned, memory that does not answer) it is told, too.
 */
static bool copy_fault(struct trap_frame *frame, uint64_t esr)
{
	uint64_t address = sysreg_read(far_el1);
	uint64_t resume = fixup_find(frame->pc);
	struct process *process = process_current();

	if (!resume)
		return false;
	/* under a spin lock nothing can be waited for */
	if (frame->pstate & SPSR_IRQ_MASKED || !esr_is_table_fault(esr)) {
		frame->pc = resume;
		return true;
	}
	arch_irq_enable();
	if (!process ||
	    address_space_fault(process->space, address, esr_access(esr, false)) != FAULT_RESOLVED)
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
	core_self()->arch.interrupted = frame;
	interrupt_handle();
}

void trap_unexpected(struct trap_frame *frame, uint64_t vector)
{
	registers_print(frame);
	panic("unexpected exception: vector %lu, esr 0x%lx, address 0x%lx, pc 0x%lx", vector,
	      sysreg_read(esr_el1), sysreg_read(far_el1), frame->pc);
}
