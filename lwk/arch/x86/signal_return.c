/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Returning from a signal handler. The frame is a program's to write: nothing of it is believed,
 * and whatever it holds, the thread goes on in user mode.
 */
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/signal_frame.h>
#include <arch/trap.h>
#include <arch/vector.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/thread.h>
#include <lwk/uaccess.h>
#include <string.h>

static int get(void *to, uint64_t from, size_t size)
{
	return copy_from_user(to, UADDR(from), size);
}

/* Whether the frame has more than the FXSAVE area, by both magic numbers. */
static bool has_extended(const struct vector_state *state, uint64_t from)
{
	struct xstate_software software;
	uint32_t end;

	memcpy(&software, state->software, sizeof(software));
	return software.magic == FP_XSTATE_MAGIC1 && software.size == vector_size() &&
	       software.extended_size == vector_size() + sizeof(end) &&
	       get(&end, from + vector_size(), sizeof(end)) == 0 && end == FP_XSTATE_MAGIC2;
}

/* what XRSTOR refuses with a fault */
static bool is_loadable(const struct vector_state *state)
{
	uint64_t any = state->compacted;

	for (unsigned i = 0; i < ARRAY_SIZE(state->zero); i++)
		any |= state->zero[i];
	return any == 0;
}

/* The whole state, or without an extended part the legacy one and the rest as after reset. */
static int state_get(struct vector_state *state, uint64_t from)
{
	vector_reset(state);
	if (get(state, from, VECTOR_LEGACY_SIZE) != 0)
		return -EFAULT;
	if (!has_extended(state, from))
		state->present = 3; /* x87, SSE */
	else if (get(state, from, vector_size()) != 0 || !is_loadable(state))
		return -EFAULT;
	state->present &= vector_components();
	state->mxcsr &= vector_mxcsr_mask();
	return 0;
}

/*
 * Not read into the thread's own state: while a page is waited for, a switch saves the registers there. What is loaded does not sleep.
 */
static int vectors_get(uint64_t from)
{
	struct vector_state *state = vector_create();
	int status = 0;

	if (!state)
		return -ENOMEM;
	if (from)
		status = state_get(state, from);
	if (status == 0) {
		memcpy(thread_current()->arch.vector, state, vector_size());
		vector_load(thread_current()->arch.vector);
	}
	kfree(state);
	return status;
}

static void registers_set(struct trap_frame *f, const struct signal_context *c)
{
	f->r8 = c->r8;
	f->r9 = c->r9;
	f->r10 = c->r10;
	f->r11 = c->r11;
	f->r12 = c->r12;
	f->r13 = c->r13;
	f->r14 = c->r14;
	f->r15 = c->r15;
	f->rdi = c->rdi;
	f->rsi = c->rsi;
	f->rbp = c->rbp;
	f->rbx = c->rbx;
	f->rdx = c->rdx;
	f->rax = c->rax;
	f->rcx = c->rcx;
	f->rsp = c->rsp;
	f->rip = c->rip;
	f->flags = (c->flags & FLAGS_SETTABLE) | FLAGS_ALWAYS;
}

/* Memory of the frame that the return address left behind on its way to the call. */
int arch_signal_return(uint64_t *mask, struct signal_stack *stack)
{
	struct trap_frame *frame = arch_user_frame();
	struct signal_frame in;

	if (get(&in, frame->rsp - sizeof(in.return_address), sizeof(in)) != 0)
		return -EFAULT;
	if (vectors_get(in.context.fp) != 0)
		return -EFAULT;
	registers_set(frame, &in.context);
	*mask = in.mask;
	*stack = in.stack;
	return 0;
}
