/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions: system calls and interrupts, a user program's faults (user_fault.c), and the kernel's
 * own, which are a panic unless a copy to or from user memory met a bad address.
 */
#include <arch/context.h>
#include <arch/trap.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

void trap_call(struct trap_frame *frame)
{
	const uint64_t args[6] = {frame->rdi, frame->rsi, frame->rdx,
				  frame->r10, frame->r8,  frame->r9};
	long result;

	arch_irq_enable();
	result = syscall_dispatch(frame->rax, args);
	if (result >= -ECALL_LAST && result <= -ECALL_FIRST)
		signal_call_interrupted(result);
	else
		frame->rax = (uint64_t)result;
}

static void interrupt(struct trap_frame *frame)
{
	struct core *core = core_self();

	core->arch.interrupted = frame;
	core->arch.vector = (unsigned)frame->vector;
	interrupt_handle();
}

void trap_user(struct trap_frame *frame)
{
	if (frame->vector >= VECTOR_INTERRUPTS)
		interrupt(frame);
	else if (frame->vector == VECTOR_MACHINE_CHECK)
		machine_check(frame);
	else
		user_fault(frame);
}

enum access page_fault_access(uint64_t error)
{
	if (error & PAGE_FAULT_FETCH)
		return ACCESS_EXEC;
	return error & PAGE_FAULT_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

/* A user address that a kernel copy touched: made present, or the copy is told. */
static bool copy_fault(struct trap_frame *frame)
{
	uint64_t address = cr2_read();
	uint64_t resume = fixup_find(frame->rip);
	struct process *process = process_current();

	if (!resume)
		return false;
	/* under a spin lock nothing can be waited for */
	if (!(frame->flags & RFLAGS_IF) || frame->error & PAGE_FAULT_RESERVED) {
		frame->rip = resume;
		return true;
	}
	arch_irq_enable();
	if (!process || address_space_fault(process->space, address,
					    page_fault_access(frame->error)) != FAULT_RESOLVED)
		frame->rip = resume;
	arch_irq_disable();
	return true;
}

void trap_kernel(struct trap_frame *frame)
{
	if (frame->vector >= VECTOR_INTERRUPTS) {
		interrupt(frame);
		return;
	}
	if (frame->vector == VECTOR_PAGE && copy_fault(frame))
		return;
	if (frame->vector == VECTOR_NMI) { /* nobody here sends any: counted */
		core_self()->strays++;
		return;
	}
	if (frame->vector == VECTOR_MACHINE_CHECK) {
		machine_check(frame);
		return;
	}
	registers_print(frame);
	panic("exception in the kernel: vector %lu, error 0x%lx, address 0x%lx, pc 0x%lx",
	      frame->vector, frame->error, cr2_read(), frame->rip);
}

/* as Linux answers the fault that the return would meet */
void trap_user_stray(struct trap_frame *frame)
{
	(void)frame;
	arch_irq_enable();
	signal_force(&(struct signal_info){.signo = SIGSEGV, .code = SI_KERNEL});
}
