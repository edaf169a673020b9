/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A user program's exceptions: a touched reservation is backed, everything else is the signal that
 * Linux would send.
 */
#include <arch/irq.h>
#include <arch/layout.h>
#include <arch/signal.h>
#include <arch/trap.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/address_space.h>
#include <lwk/process.h>
#include <lwk/signal_report.h>
#include <lwk/thread.h>

/* fault status codes in ISS of aborts, Arm ARM D17.2.37 */
#define FSC(esr)         ((esr)&0x3f)
#define FSC_KIND(esr)    ((esr)&0x3c)
#define FSC_ADDRESS_SIZE 0x00u
#define FSC_TRANSLATION  0x04u
#define FSC_ACCESS       0x08u
#define FSC_PERMISSION   0x0cu
#define FSC_ALIGNMENT    0x21u
#define ISS_WRITE        (1u << 6)
#define ISS_CACHE_OP     (1u << 8)

/* ISS of a floating-point exception */
#define FP_VALID     (1u << 23)
#define FP_INVALID   (1u << 0)
#define FP_DIVIDE    (1u << 1)
#define FP_OVERFLOW  (1u << 2)
#define FP_UNDERFLOW (1u << 3)
#define FP_INEXACT   (1u << 4)

enum access esr_access(uint64_t esr, bool is_instruction)
{
	if (is_instruction)
		return ACCESS_EXEC;
	/* a cache operation by address reports a write but needs to read only */
	return (esr & (ISS_WRITE | ISS_CACHE_OP)) == ISS_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

bool esr_is_table_fault(uint64_t esr)
{
	uint64_t kind = FSC_KIND(esr);

	return kind == FSC_ADDRESS_SIZE || kind == FSC_TRANSLATION || kind == FSC_ACCESS ||
	       kind == FSC_PERMISSION;
}

/* A program is not told what of the kernel's half is mapped. */
static uint64_t esr_for_user(uint64_t esr, uint64_t address)
{
	return address < USER_TOP ? esr : (esr & ~UINT64_C(0x3f)) | FSC_TRANSLATION;
}

static void fault_signal(int signal, int code, uint64_t esr, uint64_t address)
{
	const struct signal_info info = {.signo = signal, .code = code, .fault.address = address};
	struct arch_thread *thread = &thread_current()->arch;

	thread->fault_address = address;
	thread->fault_esr = esr_for_user(esr, address);
	signal_force(&info);
}

/* The program's fault is the machine's: no handler could help. */
static _Noreturn void no_memory(const struct trap_frame *frame, uint64_t esr, uint64_t address)
{
	const struct signal_info info = {
		.signo = SIGKILL, .code = KILL_NO_MEMORY, .fault.address = address};

	thread_current()->arch.fault_address = address;
	thread_current()->arch.fault_esr = esr;
	signal_end_process(frame, &info);
}

static void user_abort(const struct trap_frame *frame, uint64_t esr, bool is_instruction)
{
	uint64_t address = sysreg_read(far_el1);

	arch_irq_enable();
	if (!esr_is_table_fault(esr)) {
		fault_signal(SIGBUS, FSC(esr) == FSC_ALIGNMENT ? BUS_ADRALN : BUS_OBJERR, esr,
			     address);
		return;
	}
	switch (address_space_fault(process_current()->space, address,
				    esr_access(esr, is_instruction))) {
	case FAULT_RESOLVED:
		return;
	case FAULT_NO_MEMORY:
		no_memory(frame, esr, address);
	case FAULT_DENIED:
		fault_signal(SIGSEGV, SEGV_ACCERR, esr, address);
		return;
	case FAULT_NO_MAPPING:
		fault_signal(SIGSEGV, SEGV_MAPERR, esr, address);
		return;
	}
}

static int fp_code(uint64_t esr)
{
	if (!(esr & FP_VALID))
		return FPE_FLTUNK;
	if (esr & FP_INVALID)
		return FPE_FLTINV;
	if (esr & FP_DIVIDE)
		return FPE_FLTDIV;
	if (esr & FP_OVERFLOW)
		return FPE_FLTOVF;
	if (esr & FP_UNDERFLOW)
		return FPE_FLTUND;
	return esr & FP_INEXACT ? FPE_FLTRES : FPE_FLTUNK;
}

void user_fault(struct trap_frame *frame, uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_DABORT_USER:
		user_abort(frame, esr, false);
		return;
	case EC_IABORT_USER:
		user_abort(frame, esr, true);
		return;
	case EC_PC_ALIGNMENT:
		fault_signal(SIGBUS, BUS_ADRALN, esr, frame->pc);
		return;
	case EC_SP_ALIGNMENT:
		fault_signal(SIGBUS, BUS_ADRALN, esr, frame->sp);
		return;
	case EC_FP_TRAP:
		fault_signal(SIGFPE, fp_code(esr), esr, frame->pc);
		return;
	case EC_BRK:
	case EC_BREAKPOINT_USER:
	case EC_STEP_USER:
	case EC_WATCHPOINT_USER:
		fault_signal(SIGTRAP, TRAP_BRKPT, esr, frame->pc);
		return;
	default:
		fault_signal(SIGILL, ILL_ILLOPC, esr, frame->pc);
	}
}
