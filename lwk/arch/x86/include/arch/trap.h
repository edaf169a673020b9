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
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* or VECTOR_CALL */
	uint64_t error;
	uint64_t rip, cs, flags, rsp, ss;
};
static_assert(sizeof(struct trap_frame) == FRAME_SIZE &&
		      offsetof(struct trap_frame, rbx) == FRAME_RBX &&
		      offsetof(struct trap_frame, r11) == FRAME_R11 &&
		      offsetof(struct trap_frame, rax) == FRAME_RAX &&
		      offsetof(struct trap_frame, rcx) == FRAME_RCX &&
		      offsetof(struct trap_frame, rdi) == FRAME_RDI &&
		      offsetof(struct trap_frame, vector) == FRAME_VECTOR &&
		      offsetof(struct trap_frame, rip) == FRAME_RIP &&
		      offsetof(struct trap_frame, cs) == FRAME_CS &&
		      offsetof(struct trap_frame, flags) == FRAME_FLAGS &&
		      offsetof(struct trap_frame, rsp) == FRAME_RSP,
	      "entry.S");

/* Intel SDM 3A 6.3.1 */
enum vector {
	VECTOR_DIVIDE = 0,
	VECTOR_DEBUG = 1,
	VECTOR_NMI = 2,
	VECTOR_BREAKPOINT = 3,
	VECTOR_OVERFLOW = 4,
	VECTOR_BOUND = 5,
	VECTOR_INVALID = 6,
	VECTOR_DOUBLE_FAULT = 8,
	VECTOR_TASK = 10,
	VECTOR_NOT_PRESENT = 11,
	VECTOR_STACK = 12,
	VECTOR_PROTECTION = 13,
	VECTOR_PAGE = 14,
	VECTOR_FP = 16,
	VECTOR_ALIGNMENT = 17,
	VECTOR_MACHINE_CHECK = 18,
	VECTOR_SIMD = 19,
	VECTOR_INTERRUPTS = 32 /* from here on */
};

/* error code of VECTOR_PAGE */
#define PAGE_FAULT_PRESENT  1u
#define PAGE_FAULT_WRITE    2u
#define PAGE_FAULT_USER     4u
#define PAGE_FAULT_RESERVED 8u
#define PAGE_FAULT_FETCH    16u

/* entered from entry.S with interrupts masked */
void trap_user(struct trap_frame *frame);
void trap_kernel(struct trap_frame *frame);
void trap_call(struct trap_frame *frame);
void trap_user_return(struct trap_frame *frame); /* last thing before user mode */
void trap_user_stray(struct trap_frame *frame);  /* a place to return to that no program can have */

extern char trap_stubs[]; /* one each 16 bytes, for all 256 vectors */
void trap_call_entry(void);

/* A program's exception: resolved, or a signal. */
void user_fault(struct trap_frame *frame);
enum access page_fault_access(uint64_t error);

/* Returns when it is not this core's. */
void machine_check(const struct trap_frame *frame);

/* Where a faulting kernel copy goes on; 0 when the fault is not one of a copy. */
uint64_t fixup_find(uint64_t pc);

void backtrace_print(uint64_t fp);
void registers_print(const struct trap_frame *frame);

#endif
