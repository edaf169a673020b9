/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers and backtraces in the kernel log.
 */
#include <arch/boot.h>
#include <arch/memory.h>
#include <arch/signal.h>
#include <arch/trap.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/thread.h>
#include <lwk/uaccess.h>

#define BACKTRACE_MAX 16

void registers_print(const struct trap_frame *frame)
{
	for (unsigned i = 0; i < 28; i += 4)
		log_error("  x%-2u %016lx %016lx %016lx %016lx", i, frame->x[i], frame->x[i + 1],
			  frame->x[i + 2], frame->x[i + 3]);
	log_error("  x28 %016lx fp %016lx lr %016lx sp %016lx", frame->x[28], frame->x[29],
		  frame->x[30], frame->sp);
	log_error("  pc  %016lx pstate %08lx", frame->pc, frame->pstate);
}

static bool is_kernel_stack(uint64_t fp)
{
	return IS_ALIGNED(fp, 16) &&
	       ((fp >= DIRECT_MAP_BASE && fp < IO_MAP_BASE) || fp >= (uint64_t)_data_start);
}

void backtrace_print(uint64_t fp)
{
	for (unsigned i = 0; i < BACKTRACE_MAX && is_kernel_stack(fp); i++) {
		const uint64_t *record = (const uint64_t *)fp;

		log_error("  called from %016lx", record[1]);
		if (record[0] <= fp)
			break;
		fp = record[0];
	}
}

/* a program's frame records: as far as they make sense */
static void user_backtrace_print(uint64_t fp)
{
	for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
		uint64_t record[2];

		if (fp % 8 != 0 || copy_from_user(record, UADDR(fp), sizeof(record)) != 0 ||
		    record[1] == 0)
			break;
		log_error("  called from %016lx", record[1]);
		if (record[0] <= fp)
			break;
		fp = record[0];
	}
}

void arch_report_user(const struct trap_frame *frame)
{
	uint64_t esr = thread_current()->arch.fault_esr;

	if (esr)
		log_error("  syndrome 0x%lx, address 0x%lx", esr,
			  thread_current()->arch.fault_address);
	registers_print(frame);
	user_backtrace_print(frame->x[29]);
}
