/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads: their first context, and what is switched beside the callee-saved registers. FP, SIMD and SVE
 * registers are left to the thread that used them last on this core until another user thread is
 * switched in; a thread that moves takes them along, so they are never elsewhere.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/signal.h>
#include <arch/space.h>
#include <arch/trap.h>
#include <lib/arch/arm64/vector.h>
#include <lwk/address_space.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/interrupt.h>
#include <lwk/process.h>

/* switch.S, vectors.S */
void context_switch(struct arch_thread *save, const struct arch_thread *load);
void thread_entry(void);
_Noreturn void user_enter(struct trap_frame *frame);

static struct trap_frame *user_frame(const struct thread *thread)
{
	return (struct trap_frame *)((char *)thread->stack + KERNEL_STACK_SIZE) - 1;
}

struct trap_frame *arch_user_frame(void)
{
	return user_frame(thread_current());
}

int arch_thread_init(struct thread *thread, void (*run)(void *arg), void *arg)
{
	thread->arch.x19_x28[0] = (uint64_t)run;
	thread->arch.x19_x28[1] = (uint64_t)arg;
	thread->arch.lr = (uint64_t)thread_entry;
	thread->arch.sp = (uint64_t)thread->stack + KERNEL_STACK_SIZE;
	if (!thread->process)
		return 0;
	thread->arch.sp = (uint64_t)user_frame(thread);
	thread->arch.vector = kzalloc(VECTOR_STATE_SIZE(cpu_vector_length()));
	return thread->arch.vector ? 0 : -ENOMEM;
}

void arch_thread_free(struct thread *thread)
{
	struct core *core = core_self();

	if (core->arch.fp_owner == thread)
		core->arch.fp_owner = NULL;
	kfree(thread->arch.vector);
}

void arch_thread_unload(struct thread *thread)
{
	struct core *core = core_self();

	if (core->arch.fp_owner == thread) {
		vector_save(thread->arch.vector, cpu_vector_length());
		core->arch.fp_owner = NULL;
	}
	arch_space_leave(); /* the process may end without coming back here */
}

static void fp_switch(struct core *core, struct thread *next)
{
	if (core->arch.fp_owner == next)
		return;
	if (core->arch.fp_owner)
		vector_save(core->arch.fp_owner->arch.vector, cpu_vector_length());
	vector_load(next->arch.vector, cpu_vector_length());
	core->arch.fp_owner = next;
}

void arch_switch(struct thread *previous, struct thread *next)
{
	if (previous->process)
		previous->arch.tpidr_el0 = sysreg_read(tpidr_el0);
	if (next->process) {
		sysreg_write(tpidr_el0, next->arch.tpidr_el0);
		fp_switch(core_self(), next);
		if (next->process->space) /* not while the process is being taken apart */
			arch_space_activate(&next->process->space->arch);
	}
	context_switch(&previous->arch, &next->arch);
}

void arch_user_enter(uint64_t pc, uint64_t sp)
{
	struct trap_frame *frame = user_frame(thread_current());

	arch_irq_disable();
	*frame = (struct trap_frame){.pc = pc, .sp = sp, .pstate = 0};
	user_enter(frame);
}

void arch_thread_clone(struct thread *thread, uint64_t stack, const uint64_t *tls)
{
	struct trap_frame *frame = user_frame(thread);

	*frame = *user_frame(thread_current());
	frame->x[0] = 0;
	if (stack)
		frame->sp = stack;
	thread->arch.tpidr_el0 = tls ? *tls : sysreg_read(tpidr_el0);
	vector_save(thread->arch.vector, cpu_vector_length()); /* the registers hold the caller's */
}

void arch_user_resume(void)
{
	arch_irq_disable();
	user_enter(user_frame(thread_current()));
}

void arch_send_ipi(struct core *core, enum ipi ipi)
{
	irqchip->send(core, ipi);
}

uint64_t arch_interrupted_pc(void)
{
	return core_self()->arch.interrupted->pc;
}

uint64_t arch_user_pc(const struct thread *thread)
{
	return user_frame(thread)->pc;
}
