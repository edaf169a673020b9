/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entering a signal handler: the frame on the user's stack, and the registers that the handler
 * starts with.
 */
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/signal_frame.h>
#include <arch/trap.h>
#include <arch/vector.h>
#include <bulkhead/types.h>
#include <lwk/errno.h>
#include <lwk/thread.h>
#include <lwk/uaccess.h>
#include <string.h>

#define FP_ALIGN 64u

static uint64_t fp_bytes(void)
{
	return vector_size() + sizeof(uint32_t);
}

uint64_t arch_signal_stack_needed(void)
{
	return RED_ZONE + FP_ALIGN + fp_bytes() + 16 + sizeof(struct signal_frame);
}

static int put(uint64_t to, const void *from, size_t size)
{
	return copy_to_user(UADDR(to), from, size);
}

/* The registers have been saved to the thread's state. */
static int fp_put(uint64_t to)
{
	const struct xstate_software software = {
		.magic = FP_XSTATE_MAGIC1,
		.extended_size = (uint32_t)fp_bytes(),
		.components = vector_components(),
		.size = vector_size(),
	};
	struct vector_state *state = thread_current()->arch.vector;
	const uint32_t end = FP_XSTATE_MAGIC2;

	memcpy(state->software, &software, sizeof(software));
	return put(to, state, vector_size()) || put(to + vector_size(), &end, sizeof(end)) ? -EFAULT
											   : 0;
}

static struct signal_context context_make(const struct trap_frame *f)
{
	const struct arch_thread *thread = &thread_current()->arch;

	return (struct signal_context){
		.r8 = f->r8,
		.r9 = f->r9,
		.r10 = f->r10,
		.r11 = f->r11,
		.r12 = f->r12,
		.r13 = f->r13,
		.r14 = f->r14,
		.r15 = f->r15,
		.rdi = f->rdi,
		.rsi = f->rsi,
		.rbp = f->rbp,
		.rbx = f->rbx,
		.rdx = f->rdx,
		.rax = f->rax,
		.rcx = f->rcx,
		.rsp = f->rsp,
		.rip = f->rip,
		.flags = f->flags,
		.cs = SEGMENT_USER_CODE,
		.ss = SEGMENT_USER_DATA,
		.error = thread->fault_error,
		.vector = thread->fault_vector,
		.fault_address = thread->fault_address,
	};
}

int arch_signal_enter(struct trap_frame *frame, const struct signal_delivery *delivery)
{
	const struct signal_action *action = delivery->action;
	struct signal_frame out = {
		.return_address = action->restorer,
		.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
		.stack = delivery->stack,
		.context = context_make(frame),
		.mask = delivery->mask,
		.info = *delivery->info,
	};
	uint64_t top = delivery->top == frame->rsp ? delivery->top - RED_ZONE : delivery->top;
	uint64_t fp = ALIGN_DOWN(top - fp_bytes(), (uint64_t)FP_ALIGN);
	/* as if the handler had been called */
	uint64_t at = ALIGN_DOWN(fp - sizeof(out), UINT64_C(16)) - 8;

	if (!(action->flags & SA_RESTORER) || delivery->top > USER_TOP || at > delivery->top)
		return -EFAULT;
	out.context.fp = fp;
	out.context.old_mask = delivery->mask;
	vector_save(thread_current()->arch.vector);
	if (fp_put(fp) != 0 || put(at, &out, sizeof(out)) != 0)
		return -EFAULT;
	/* a handler starts with registers as a program does, whatever it has interrupted */
	vector_reset(thread_current()->arch.vector);
	vector_load(thread_current()->arch.vector);
	frame->rdi = (uint64_t)delivery->info->signo;
	frame->rsi = at + offsetof(struct signal_frame, info);
	frame->rdx = at + offsetof(struct signal_frame, uc_flags);
	frame->rax = 0;
	frame->rsp = at;
	frame->rip = action->handler;
	frame->flags &= ~FLAGS_NOT_HANDLER;
	return 0;
}
