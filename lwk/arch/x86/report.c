/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers and backtraces in the kernel log.
 */
#include <arch/boot.h>
#include <arch/signal.h>
#include <arch/trap.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/thread.h>
#include <lwk/uaccess.h>

#define BACKTRACE_MAX 16

void registers_print(const struct trap_frame *f)
{
	log_error("  rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
	log_error("  rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp, f->rsp);
	log_error("  r8  %016lx r9  %016lx r10 %016lx r11 %016lx", f->r8, f->r9, f->r10, f->r11);
	log_error("  r12 %016lx r13 %016lx r14 %016lx r15 %016lx", f->r12, f->r13, f->r14, f->r15);
	log_error("  rip %016lx flags %08lx cs %02lx ss %02lx", f->rip, f->flags, f->cs, f->ss);
}

static bool is_kernel_stack(uint64_t fp)
{
	return IS_ALIGNED(fp, 8) &&
	       ((fp >= DIRECT_MAP_BASE && fp < DIRECT_MAP_BASE + DIRECT_MAP_SIZE) ||
		(fp >= (uint64_t)_data_start && fp < (uint64_t)_image_end - 16));
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

/* a program's frames: as far as they make sense */
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
	const struct arch_thread *thread = &thread_current()->arch;

	log_error("  vector %lu, error 0x%lx, last faulting address 0x%lx", thread->fault_vector,
		  thread->fault_error, thread->fault_address);
	registers_print(frame);
	user_backtrace_print(frame->rbp);
}
