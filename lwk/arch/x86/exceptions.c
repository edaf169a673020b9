/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions: system calls and interrupts, a user program's faults (user_fault.c), and the kernel's
 * own, which are a panic unless a copy to or from user memory met a bad address. And what is done
 * before the return to user mode.
 */
#include <arch/context.h>
#include <arch/trap.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/process_life.h>
#include <lwk/syscall.h>

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
		core_self()->arch.nmis++;
		return;
	}
	registers_print(frame);
	panic("exception in the kernel: vector %lu, error 0x%lx, address 0x%lx, pc 0x%lx",
	      frame->vector, frame->error, cr2_read(), frame->rip);
}

/*
 * Whoever sets these from another core sends an interrupt, too, which is taken right after the
 * return if not before, and brings us here again.
 */
static __attribute__((noinline)) void user_return_attend(struct trap_frame *frame)
{
	const struct thread *thread = thread_current();

	for (;;) {
		struct core *core;

		arch_irq_disable();
		core = core_self();
		core->attention = false;
		if (__atomic_load_n(&thread->process->is_ending, __ATOMIC_RELAXED)) {
			arch_irq_enable();
			process_leave();
		}
		if (signal_is_due(&thread->signals)) {
			arch_irq_enable();
			signal_deliver(frame);
		} else if (thread->place != core->index) {
			arch_irq_enable();
			sched_go_to_place();
		} else if (core->queue.need_resched) {
			arch_irq_enable();
			sched_preempt_point();
		} else {
			sched_user_return();
			return;
		}
	}
}

void trap_user_return(struct trap_frame *frame)
{
	const struct core *core;

	arch_irq_disable();
	core = core_self();
	if (core->attention || signal_is_due(&core->queue.current->signals))
		user_return_attend(frame);
}

/* as Linux answers the fault that the return would meet */
void trap_user_stray(struct trap_frame *frame)
{
	(void)frame;
	arch_irq_enable();
	signal_force(&(struct signal_info){.signo = SIGSEGV, .code = SI_KERNEL});
}
