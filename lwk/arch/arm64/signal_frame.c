/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entering a signal handler: the frame on the user's stack, and the registers that the handler
 * starts with.
 */
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/signal_frame.h>
#include <arch/trap.h>
#include <arch/vdso_data.h>
#include <bulkhead/types.h>
#include <lwk/errno.h>
#include <lwk/uaccess.h>
#include <string.h>

/* where things are in a frame */
struct layout {
	uint64_t frame;  /* address of struct frame_head */
	uint64_t record; /* address of struct frame_record, above */
	uint32_t esr;    /* offsets from the first record, 0: none */
	uint32_t sve;
	uint32_t sve_size;
	uint32_t
		extra; /* the sve record is an extra one, behind the terminator that follows this */
	uint32_t end;  /* of the last record in the reserved area */
};

/* whether there is anything in the SVE registers beyond the SIMD ones */
static bool has_sve_state(void)
{
	unsigned length = cpu_vector_length();
	uint8_t any = 0;

	for (unsigned i = 0; i < 32; i++) {
		const uint8_t *z = vector_register(vector_state(), i);

		for (unsigned byte = 16; byte < length; byte++)
			any |= z[byte];
	}
	for (unsigned byte = 32 * length; byte < sve_bytes(); byte++)
		any |= vector_state()[16 + byte];
	return any;
}

static struct layout layout_make(uint64_t top, bool has_esr)
{
	struct layout l = {.end = sizeof(struct fpsimd_context)};
	uint32_t size = RESERVED_SIZE;

	if (has_esr) {
		l.esr = l.end;
		l.end += (uint32_t)sizeof(struct esr_context);
	}
	if (cpu_vector_length()) {
		l.sve_size = (uint32_t)sizeof(struct sve_context);
		if (has_sve_state())
			l.sve_size += ALIGN_UP(sve_bytes(), 16u);
		l.sve = l.end;
		if (l.end + l.sve_size + EXTRA_SIZE + 16 <= RESERVED_SIZE) {
			l.end += l.sve_size;
		} else {
			l.extra = l.end;
			l.sve = l.extra + (uint32_t)sizeof(struct extra_context);
			size = l.sve + l.sve_size + 16;
			size = size < RESERVED_SIZE ? RESERVED_SIZE : size;
		}
	}
	l.record = ALIGN_DOWN(top, UINT64_C(16)) - sizeof(struct frame_record);
	l.frame = l.record - size - sizeof(struct frame_head);
	return l;
}

uint64_t arch_signal_stack_needed(void)
{
	uint64_t sve = sizeof(struct sve_context) + ALIGN_UP(sve_bytes(), 16u);
	uint64_t size = sizeof(struct fpsimd_context) + sizeof(struct esr_context) + 16;

	if (cpu_vector_length())
		size += sve + sizeof(struct extra_context);
	size = size < RESERVED_SIZE ? RESERVED_SIZE : size;
	return sizeof(struct frame_head) + size + sizeof(struct frame_record) + 16;
}

static int put(uint64_t to, const void *from, size_t size)
{
	return copy_to_user(UADDR(to), from, size);
}

static int fpsimd_put(uint64_t to)
{
	uint8_t *state = vector_state();
	struct fpsimd_context context = {.head = {FPSIMD_MAGIC, sizeof(context)}};

	memcpy(&context.fpsr, state, sizeof(context.fpsr));
	memcpy(&context.fpcr, state + 8, sizeof(context.fpcr));
	for (unsigned i = 0; i < 32; i++)
		memcpy(context.vregs[i], vector_register(state, i), 16);
	return put(to, &context, sizeof(context));
}

static int sve_put(uint64_t to, uint32_t size)
{
	const struct sve_context context = {
		.head = {SVE_MAGIC, size},
		.vector_length = (uint16_t)cpu_vector_length(),
	};
	int status = put(to, &context, sizeof(context));

	if (status == 0 && size > sizeof(context))
		status = put(to + sizeof(context), vector_state() + 16, sve_bytes());
	return status;
}

static int records_put(const struct layout *l)
{
	uint64_t at = l->frame + sizeof(struct frame_head);
	const struct esr_context esr = {{ESR_MAGIC, sizeof(esr)}, thread_current()->arch.fault_esr};
	const struct extra_context extra = {
		.head = {EXTRA_MAGIC, EXTRA_SIZE},
		.data = at + l->sve,
		.size = l->sve_size + 16,
	};
	const struct context_head end = {0, 0};
	int status = fpsimd_put(at);

	if (status == 0 && l->esr)
		status = put(at + l->esr, &esr, sizeof(esr));
	if (status == 0 && l->sve)
		status = sve_put(at + l->sve, l->sve_size);
	if (status || !l->extra)
		return status ? status : put(at + l->end, &end, sizeof(end));
	status = put(at + l->extra, &extra, sizeof(extra));
	return status ? status : put(at + l->sve + l->sve_size, &end, sizeof(end));
}

static int head_put(const struct layout *l, const struct trap_frame *frame,
		    const struct signal_delivery *delivery)
{
	struct frame_head head = {
		.info = *delivery->info,
		.stack = delivery->stack,
		.mask = delivery->mask,
		.fault_address = thread_current()->arch.fault_address,
		.sp = frame->sp,
		.pc = frame->pc,
		.pstate = frame->pstate,
	};
	const struct frame_record record = {frame->x[29], frame->x[30]};

	memcpy(head.x, frame->x, sizeof(head.x));
	return put(l->frame, &head, sizeof(head)) || put(l->record, &record, sizeof(record))
		       ? -EFAULT
		       : 0;
}

int arch_signal_enter(struct trap_frame *frame, const struct signal_delivery *delivery)
{
	const struct signal_action *action = delivery->action;
	struct arch_thread *thread = &thread_current()->arch;
	struct layout l;

	vector_save(thread->vector, cpu_vector_length());
	l = layout_make(delivery->top, thread->fault_esr != 0);
	if (delivery->top > USER_TOP || l.frame > delivery->top)
		return -EFAULT;
	if (head_put(&l, frame, delivery) != 0 || records_put(&l) != 0)
		return -EFAULT;
	thread->fault_esr = 0;
	frame->x[0] = (uint64_t)delivery->info->signo;
	if (action->flags & SA_SIGINFO) {
		frame->x[1] = l.frame;
		frame->x[2] = l.frame + offsetof(struct frame_head, flags);
	}
	frame->x[29] = l.record;
	frame->x[30] = action->flags & SA_RESTORER ? action->restorer
						   : USER_VDSO + VDSO_SIGRETURN_OFFSET;
	frame->sp = l.frame;
	frame->pc = action->handler;
	frame->pstate &= ~(PSTATE_BTYPE | PSTATE_TCO);
	return 0;
}
