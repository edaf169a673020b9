/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread does with its signals on the way to user mode: a handler's frame on its stack, the
 * default action, and the end of a system call that a signal interrupted.
 */
#include <arch/signal.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/signal_report.h>
#include <lwk/thread.h>

void signal_call_interrupted(long result)
{
	struct signal_thread *thread = &thread_current()->signals;

	if (result == -ECALL_RETURNED)
		return;
	thread->call = (int)-result;
	__atomic_store_n(&thread->is_due, true, __ATOMIC_RELAXED);
}

long signal_call_restart(const struct signal_restart *restart)
{
	thread_current()->signals.restart = *restart;
	return -ERESTART_RESTARTBLOCK;
}

/* An interrupted call, before `action`'s handler runs. */
static void call_end(struct trap_frame *frame, int call, const struct signal_action *action)
{
	if (call == ERESTARTNOINTR || (call == ERESTARTSYS && action->flags & SA_RESTART))
		arch_call_again(frame);
	else
		arch_call_set_result(frame, -EINTR);
}

/* The same when no handler runs. */
static void call_again(struct trap_frame *frame, int call)
{
	if (call == ERESTART_RESTARTBLOCK)
		arch_call_set_restart(frame);
	arch_call_again(frame);
}

static int call_take(struct signal_thread *thread)
{
	int call = thread->call;

	thread->call = 0;
	return call;
}

static bool is_on_stack(const struct signal_stack *stack, uint64_t sp)
{
	/* with SS_AUTODISARM it is never in use, whatever sp says */
	return !(stack->flags & SS_AUTODISARM) && sp > stack->base &&
	       sp - stack->base <= stack->size;
}

struct signal_stack signal_stack_get(uint64_t sp)
{
	struct signal_stack stack = thread_current()->signals.stack;

	if (stack.size == 0)
		stack.flags |= SS_DISABLE;
	else if (is_on_stack(&stack, sp))
		stack.flags |= SS_ONSTACK;
	return stack;
}

int signal_stack_set(const struct signal_stack *stack, uint64_t sp)
{
	struct signal_stack *own = &thread_current()->signals.stack;
	uint32_t mode = stack->flags & ~SS_AUTODISARM;

	if (own->size != 0 && is_on_stack(own, sp))
		return -EPERM;
	if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
		return -EINVAL;
	if (mode == SS_DISABLE)
		*own = (struct signal_stack){.flags = stack->flags};
	else if (stack->size < ARCH_SIGNAL_STACK_MIN)
		return -ENOMEM;
	else
		*own = (struct signal_stack){.base = stack->base,
					     .size = stack->size,
					     .flags = stack->flags & SS_AUTODISARM};
	return 0;
}

/* where a handler's frame goes, downwards */
static uint64_t frame_top(const struct signal_stack *stack, const struct signal_action *action,
			  uint64_t sp)
{
	if (action->flags & SA_ONSTACK && !(stack->flags & (SS_DISABLE | SS_ONSTACK)))
		return stack->base + stack->size;
	return sp;
}

static void handler_enter(struct trap_frame *frame, const struct signal_info *info,
			  const struct signal_action *action)
{
	struct signal_thread *thread = &thread_current()->signals;
	uint64_t sp = arch_frame_sp(frame);
	struct signal_delivery delivery = {
		.info = info,
		.action = action,
		.mask = thread->has_saved ? thread->saved : thread->blocked,
		.stack = signal_stack_get(sp),
	};
	uint64_t own = action->flags & SA_NODEFER ? 0 : SIGNAL_BIT(info->signo);

	delivery.top = frame_top(&delivery.stack, action, sp);
	thread->has_saved = false;
	if (arch_signal_enter(frame, &delivery) != 0) {
		const struct signal_info segv = {.signo = SIGSEGV, .code = SI_KERNEL};

		signal_set_blocked(delivery.mask);
		if (info->signo == SIGSEGV) /* its handler is of no use */
			signal_set_action(SIGSEGV, &(struct signal_action){.handler = SIG_DFL},
					  NULL);
		signal_force(&segv);
		return;
	}
	if (thread->stack.flags & SS_AUTODISARM)
		thread->stack = (struct signal_stack){.flags = SS_DISABLE};
	signal_set_blocked(thread->blocked | action->mask | own);
}

static bool is_fatal(int signal)
{
	return !(SIGNAL_BIT(signal) & SIGNALS_HARMLESS) && !process_current()->signals.is_protected;
}

void signal_deliver(struct trap_frame *frame)
{
	struct signal_thread *thread = &thread_current()->signals;
	int call = call_take(thread);
	struct signal_info info;
	struct signal_action action;

	while (signal_take(~thread->blocked, &info, &action)) {
		if (action.handler > SIG_IGN) {
			if (call)
				call_end(frame, call, &action);
			handler_enter(frame, &info, &action);
			return;
		}
		if (action.handler == SIG_DFL && is_fatal(info.signo))
			signal_end_process(frame, &info);
	}
	if (call)
		call_again(frame, call);
	signal_restore_blocked();
}
