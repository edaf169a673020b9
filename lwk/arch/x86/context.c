/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads: their first context, and what is switched beside the callee-saved registers. FP and vector registers are left to the thread
 * that used them last on this core until another user thread is switched in; a thread that moves takes them along, so they are never
 * elsewhere.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/signal.h>
#include <arch/space.h>
#include <arch/trap.h>
#include <arch/vector.h>
#include <lwk/address_space.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/interrupt.h>
#include <lwk/process.h>

#define FLAGS_USER 0x202u /* interrupts on, and the bit that is always one */

/* what context_switch takes from a stack */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t rip;
};

/* entry.S */
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
	struct switch_frame *frame;
	uint64_t top = (uint64_t)thread->stack + KERNEL_STACK_SIZE;

	if (thread->process) {
		top = (uint64_t)user_frame(thread);
		thread->arch.vector = vector_create();
		if (!thread->arch.vector)
			return -ENOMEM;
	}
	frame = (struct switch_frame *)top - 1;
	*frame = (struct switch_frame){
		.rbx = (uint64_t)run,
		.r12 = (uint64_t)arg,
		.rip = (uint64_t)thread_entry,
	};
	thread->arch.sp = (uint64_t)frame;
	return 0;
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
		vector_save(thread->arch.vector);
		core->arch.fp_owner = NULL;
	}
	arch_space_leave(); /* the process may end without coming back here */
}

static void fp_switch(struct core *core, struct thread *next)
{
	if (core->arch.fp_owner == next)
		return;
	if (core->arch.fp_owner)
		vector_save(core->arch.fp_owner->arch.vector);
	vector_load(next->arch.vector);
	core->arch.fp_owner = next;
}

static uint64_t fs_base_get(void)
{
	uint64_t base;

	if (!cpu_has_fsgsbase())
		return msr_read(MSR_FS_BASE);
	__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

static void fs_base_set(uint64_t base)
{
	if (!cpu_has_fsgsbase())
		msr_write(MSR_FS_BASE, base);
	else
		__asm__ volatile("wrfsbase %0" ::"r"(base));
}

/* where the processor goes from user mode, and SYSCALL */
static void stack_set(struct core *core, const struct thread *thread)
{
	uint64_t top = (uint64_t)thread->stack + KERNEL_STACK_SIZE;

	core->arch.stack_top = top;
	core->arch.tss.stack[0] = (uint32_t)top;
	core->arch.tss.stack[1] = (uint32_t)(top >> 32);
}

void arch_switch(struct thread *previous, struct thread *next)
{
	struct core *core = core_self();

	if (previous->process) {
		previous->arch.fs_base = fs_base_get();
		previous->arch.gs_base = msr_read(MSR_KERNEL_GS_BASE);
	}
	if (next->process) {
		fs_base_set(next->arch.fs_base);
		msr_write(MSR_KERNEL_GS_BASE, next->arch.gs_base);
		fp_switch(core, next);
		stack_set(core, next);
		if (next->process->space) /* not while the process is being taken apart */
			arch_space_activate(&next->process->space->arch);
	}
	context_switch(&previous->arch, &next->arch);
}

void arch_user_enter(uint64_t pc, uint64_t sp)
{
	struct trap_frame *frame = user_frame(thread_current());

	arch_irq_disable();
	*frame = (struct trap_frame){
		.rip = pc,
		.rsp = sp,
		.cs = SEGMENT_USER_CODE,
		.ss = SEGMENT_USER_DATA,
		.flags = FLAGS_USER,
	};
	user_enter(frame);
}

void arch_thread_clone(struct thread *thread, uint64_t stack, const uint64_t *tls)
{
	struct trap_frame *frame = user_frame(thread);

	*frame = *user_frame(thread_current());
	frame->rax = 0;
	if (stack)
		frame->rsp = stack;
	thread->arch.fs_base = tls ? *tls : fs_base_get();
	thread->arch.gs_base = msr_read(MSR_KERNEL_GS_BASE);
	vector_save(thread->arch.vector); /* the registers hold the caller's */
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
	return core_self()->arch.interrupted->rip;
}

uint64_t arch_user_pc(const struct thread *thread)
{
	return user_frame(thread)->rip;
}
