/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions: what the entry code saves, and the handlers it calls.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/layout.h>
#include <assert.h>
#include <lwk/address_space.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
	uint64_t x[31];
	uint64_t sp; /* of the interrupted code */
	uint64_t pc;
	uint64_t pstate;
};
static_assert(sizeof(struct trap_frame) == TRAP_FRAME_SIZE, "vectors.S");
static_assert(offsetof(struct trap_frame, pc) == 256, "vectors.S");

#define ESR_EC(esr) (((esr) >> 26) & 0x3f)

/* exception classes, Arm ARM D17.2.37 */
enum exception_class {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_FP_ACCESS = 0x07,
	EC_ILLEGAL_STATE = 0x0e,
	EC_SVC = 0x15,
	EC_SYSREG = 0x18,
	EC_SVE = 0x19,
	EC_IABORT_USER = 0x20,
	EC_IABORT_KERNEL = 0x21,
	EC_PC_ALIGNMENT = 0x22,
	EC_DABORT_USER = 0x24,
	EC_DABORT_KERNEL = 0x25,
	EC_SP_ALIGNMENT = 0x26,
	EC_FP_TRAP = 0x2c,
	EC_SERROR = 0x2f,
	EC_BREAKPOINT_USER = 0x30,
	EC_STEP_USER = 0x32,
	EC_WATCHPOINT_USER = 0x34,
	EC_BRK = 0x3c,
};

/* entered from vectors.S with interrupts masked */
void trap_user_sync(struct trap_frame *frame);
void trap_kernel_sync(struct trap_frame *frame);
void trap_irq(struct trap_frame *frame);
void trap_user_return(struct trap_frame *frame); /* last thing before user mode */
_Noreturn void trap_unexpected(struct trap_frame *frame, uint64_t vector);

extern char trap_vectors[];

/* A program's exception that is no system call: resolved, or a signal. */
void user_fault(struct trap_frame *frame, uint64_t esr);

/* what the MMU can report because of our tables, and what was tried */
bool esr_is_table_fault(uint64_t esr);
enum access esr_access(uint64_t esr, bool is_instruction);

/* Where a faulting kernel copy goes on; 0 when the fault is not one of a copy. */
uint64_t fixup_find(uint64_t pc);

void backtrace_print(uint64_t fp);
void registers_print(const struct trap_frame *frame);

#endif
