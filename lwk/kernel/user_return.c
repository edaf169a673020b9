/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is done before the return to user mode.
 */
#include <arch/context.h>
#include <arch/trap.h>
#include <lwk/core.h>
#include <lwk/process.h>
#include <lwk/process_life.h>
#include <lwk/sched.h>
#include <lwk/signal.h>

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
