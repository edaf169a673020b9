/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Returning from a signal handler. The frame is a program's to write: nothing of it is believed,
 * and whatever it holds, the thread goes on in user mode.
 */
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/signal_frame.h>
#include <arch/trap.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/uaccess.h>
#include <string.h>

static int get(void *to, uint64_t from, size_t size)
{
	return copy_from_user(to, UADDR(from), size);
}

/* what was found in a frame's records */
struct records {
	uint64_t fpsimd;
	uint64_t sve;
	uint32_t sve_size;
	uint64_t extra;
	uint32_t extra_size;
};

static int extra_get(struct records *r, uint64_t at, const struct context_head *head)
{
	struct extra_context extra;

	if (r->extra || head->size != EXTRA_SIZE || get(&extra, at, EXTRA_SIZE) != 0)
		return -EFAULT;
	if (extra.data % 16 != 0 || extra.size % 16 != 0 || extra.size > FRAME_MAX)
		return -EFAULT;
	r->extra = extra.data;
	r->extra_size = extra.size;
	return 0;
}

static int record_get(struct records *r, uint64_t at, const struct context_head *head)
{
	switch (head->magic) {
	case FPSIMD_MAGIC:
		if (r->fpsimd || head->size != sizeof(struct fpsimd_context))
			return -EFAULT;
		r->fpsimd = at;
		return 0;
	case ESR_MAGIC:
		return 0;
	case SVE_MAGIC:
		if (r->sve || !cpu_vector_length() || head->size < sizeof(struct sve_context))
			return -EFAULT;
		r->sve = at;
		r->sve_size = head->size;
		return 0;
	case EXTRA_MAGIC:
		return extra_get(r, at, head);
	default:
		return -EFAULT;
	}
}

/* the records in [at, at + size) */
static int records_find(struct records *r, uint64_t at, uint32_t size)
{
	uint64_t end = at + size;

	for (;;) {
		struct context_head head;

		if (end - at < sizeof(head) || get(&head, at, sizeof(head)) != 0)
			return -EFAULT;
		if (head.magic == 0)
			return head.size == 0 ? 0 : -EFAULT;
		if (head.size < sizeof(head) || head.size % 16 != 0 || head.size > end - at ||
		    record_get(r, at, &head) != 0)
			return -EFAULT;
		at += head.size;
	}
}

/*
 * The registers beyond the SIMD ones, in memory that the caller frees; NULL: the record has none, they are zero. Not
 * into the thread's own state: while a page is waited for, a switch saves the registers there.
 */
static int sve_get(const struct records *r, uint8_t **state)
{
	struct sve_context context;

	*state = NULL;
	if (!r->sve)
		return 0;
	if (get(&context, r->sve, sizeof(context)) != 0 ||
	    context.vector_length != cpu_vector_length())
		return -EFAULT;
	if (r->sve_size == sizeof(context))
		return 0;
	if (r->sve_size < sizeof(context) + sve_bytes())
		return -EFAULT;
	*state = kmalloc(sve_bytes());
	if (!*state)
		return -ENOMEM;
	return get(*state, r->sve + sizeof(context), sve_bytes());
}

/* Does not sleep, so that the state in memory stays what is made of it until it is in the registers. */
static void vectors_set(const struct fpsimd_context *context, const uint8_t *sve)
{
	uint8_t *state = vector_state();

	memset(state, 0, VECTOR_STATE_SIZE(cpu_vector_length()));
	if (sve)
		memcpy(state + 16, sve, sve_bytes());
	memcpy(state, &context->fpsr, sizeof(context->fpsr));
	memcpy(state + 8, &context->fpcr, sizeof(context->fpcr));
	for (unsigned i = 0; i < 32; i++)
		memcpy(vector_register(state, i), context->vregs[i], 16);
	vector_load(state, cpu_vector_length());
}

static int vectors_get(const struct records *r)
{
	struct fpsimd_context context;
	uint8_t *sve = NULL;
	int status = get(&context, r->fpsimd, sizeof(context));

	if (status == 0)
		status = sve_get(r, &sve);
	if (status == 0)
		vectors_set(&context, sve);
	kfree(sve);
	return status;
}

int arch_signal_return(uint64_t *mask, struct signal_stack *stack)
{
	struct trap_frame *frame = arch_user_frame();
	uint64_t at = frame->sp;
	struct records r = {0};
	struct frame_head head;
	int status;

	if (at % 16 != 0 || get(&head, at, sizeof(head)) != 0)
		return -EFAULT;
	if (head.pstate & (PSTATE_MODE | PSTATE_DAIF))
		return -EFAULT;
	status = records_find(&r, at + sizeof(head), RESERVED_SIZE);
	if (status == 0 && r.extra)
		status = records_find(&r, r.extra, r.extra_size);
	if (status || !r.fpsimd || vectors_get(&r) != 0)
		return -EFAULT;
	memcpy(frame->x, head.x, sizeof(head.x));
	frame->sp = head.sp;
	frame->pc = head.pc;
	frame->pstate = head.pstate & PSTATE_USER;
	*mask = head.mask;
	*stack = head.stack;
	return 0;
}
