/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A user program's exceptions: a touched reservation is backed, everything else is the signal that
 * Linux would send, with its code and address.
 */
#include <arch/irq.h>
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/trap.h>
#include <arch/vector.h>
#include <lwk/address_space.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/signal_report.h>
#include <lwk/thread.h>

/* exceptions of x87 and SSE, in their status and mask alike: Intel SDM 1 8.1.3, 10.2.3 */
#define FP_INVALID       (1u << 0)
#define FP_DENORMAL      (1u << 1)
#define FP_DIVIDE        (1u << 2)
#define FP_OVERFLOW      (1u << 3)
#define FP_UNDERFLOW     (1u << 4)
#define FP_INEXACT       (1u << 5)
#define FP_ALL           0x3fu
#define MXCSR_MASK_SHIFT 7

#define DEBUG_STEP (1u << 14) /* DR6 */

/* of vectors whose signal says no more than that; 0: not of this kind */
struct fault_kind {
	uint8_t signal;
	uint8_t code;
	bool tells_pc;
};

static const struct fault_kind kinds[] = {
	[VECTOR_DIVIDE] = {SIGFPE, FPE_INTDIV, true},
	[VECTOR_BREAKPOINT] = {SIGTRAP, SI_KERNEL, false},
	[VECTOR_OVERFLOW] = {SIGSEGV, SI_KERNEL, false},
	[VECTOR_BOUND] = {SIGSEGV, SI_KERNEL, false},
	[VECTOR_INVALID] = {SIGILL, ILL_ILLOPN, true},
	[VECTOR_TASK] = {SIGSEGV, SI_KERNEL, false},
	[VECTOR_NOT_PRESENT] = {SIGBUS, SI_KERNEL, false},
	[VECTOR_STACK] = {SIGBUS, SI_KERNEL, false},
	[VECTOR_PROTECTION] = {SIGSEGV, SI_KERNEL, false},
	[VECTOR_ALIGNMENT] = {SIGBUS, BUS_ADRALN, false},
};

static void fault_note(const struct trap_frame *frame)
{
	struct arch_thread *thread = &thread_current()->arch;

	thread->fault_vector = frame->vector;
	thread->fault_error = frame->error;
}

static void fault_signal(const struct trap_frame *frame, int signal, int code, uint64_t address)
{
	const struct signal_info info = {.signo = signal, .code = code, .fault.address = address};

	fault_note(frame);
	signal_force(&info);
}

/* A program is not told what of the kernel's half is mapped. */
static void page_fault_note(struct trap_frame *frame, uint64_t address)
{
	frame->error |= PAGE_FAULT_USER | (address < USER_TOP ? 0 : PAGE_FAULT_PRESENT);
	thread_current()->arch.fault_address = address;
}

/* The program's fault is the machine's: no handler could help. */
static _Noreturn void no_memory(const struct trap_frame *frame, uint64_t address)
{
	const struct signal_info info = {
		.signo = SIGKILL, .code = KILL_NO_MEMORY, .fault.address = address};

	fault_note(frame);
	signal_end_process(frame, &info);
}

static void page_fault(struct trap_frame *frame)
{
	uint64_t address = cr2_read();

	arch_irq_enable();
	page_fault_note(frame, address);
	switch (address < USER_TOP ? address_space_fault(process_current()->space, address,
							 page_fault_access(frame->error))
				   : FAULT_NO_MAPPING) {
	case FAULT_RESOLVED:
		return;
	case FAULT_NO_MEMORY:
		no_memory(frame, address);
	case FAULT_DENIED:
		fault_signal(frame, SIGSEGV, SEGV_ACCERR, address);
		return;
	case FAULT_NO_MAPPING:
		fault_signal(frame, SIGSEGV, SEGV_MAPERR, address);
		return;
	}
}

static int fp_code(uint32_t raised)
{
	if (raised & FP_INVALID)
		return FPE_FLTINV;
	if (raised & FP_DIVIDE)
		return FPE_FLTDIV;
	if (raised & FP_OVERFLOW)
		return FPE_FLTOVF;
	if (raised & (FP_UNDERFLOW | FP_DENORMAL))
		return FPE_FLTUND;
	return raised & FP_INEXACT ? FPE_FLTRES : 0;
}

/* What was raised and is not masked; nothing: a late report, ignored as on Linux. */
static void fp_fault(const struct trap_frame *frame)
{
	struct vector_state *state = thread_current()->arch.vector;
	uint32_t raised;
	int code;

	vector_save(state);
	if (frame->vector == VECTOR_SIMD)
		raised = state->mxcsr & ~(state->mxcsr >> MXCSR_MASK_SHIFT);
	else
		raised = state->status & ~(uint32_t)state->control;
	code = fp_code(raised & FP_ALL);
	if (code)
		fault_signal(frame, SIGFPE, code, frame->rip);
}

static void debug_fault(const struct trap_frame *frame)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" ::"r"(UINT64_C(0xffff0ff0)));
	fault_signal(frame, SIGTRAP, dr6 & DEBUG_STEP ? TRAP_TRACE : TRAP_BRKPT, frame->rip);
}

void user_fault(struct trap_frame *frame)
{
	const struct fault_kind *kind = frame->vector < ARRAY_SIZE(kinds) ? &kinds[frame->vector]
									  : &kinds[1];

	if (frame->vector == VECTOR_PAGE) {
		page_fault(frame);
	} else if (frame->vector == VECTOR_FP || frame->vector == VECTOR_SIMD) {
		fp_fault(frame);
	} else if (frame->vector == VECTOR_DEBUG) {
		debug_fault(frame);
	} else if (kind->signal) {
		fault_signal(frame, kind->signal, kind->code, kind->tells_pc ? frame->rip : 0);
	} else {
		registers_print(frame);
		panic("exception %lu in user mode, error 0x%lx, pc 0x%lx", frame->vector,
		      frame->error, frame->rip);
	}
}
