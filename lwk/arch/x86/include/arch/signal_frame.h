/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame of a signal handler, as Linux lays it out on x86-64 (uapi/asm/sigcontext.h, ucontext.h): return address, ucontext with the
 * general registers, siginfo; above it the FP and vector registers as XSAVE writes them, with two magic numbers.
 */
#ifndef ARCH_SIGNAL_FRAME_H
#define ARCH_SIGNAL_FRAME_H

#include <assert.h>
#include <lwk/signal_abi.h>
#include <stddef.h>

#define FP_XSTATE_MAGIC1 0x46505853u
#define FP_XSTATE_MAGIC2 0x46505845u

/* struct _fpx_sw_bytes: in vector_state.software */
struct xstate_software {
	uint32_t magic;
	uint32_t extended_size; /* with the magic number behind */
	uint64_t components;
	uint32_t size;
	uint32_t zero[7];
};
static_assert(sizeof(struct xstate_software) == 48, "the FXSAVE area's unused end");

/* uc_flags */
#define UC_FP_XSTATE         1u
#define UC_SIGCONTEXT_SS     2u
#define UC_STRICT_RESTORE_SS 4u

/* struct sigcontext */
struct signal_context {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp;
	uint64_t rip, flags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, vector, old_mask, fault_address;
	uint64_t fp;
	uint64_t reserved[8];
};
static_assert(sizeof(struct signal_context) == 256, "uapi/asm/sigcontext.h");

struct signal_frame {
	uint64_t return_address;
	uint64_t uc_flags;
	uint64_t link;
	struct signal_stack stack;
	struct signal_context context;
	uint64_t mask;
	struct signal_info info;
	uint8_t info_rest[SIGINFO_SIZE - sizeof(struct signal_info)];
};
static_assert(sizeof(struct signal_frame) == 8 + 304 + 128, "struct rt_sigframe");

#define RED_ZONE 128u /* below the stack pointer, the program's: System V ABI 3.2.2 */

/* flags that a handler's return may set: CF PF AF ZF SF TF DF OF RF AC */
#define FLAGS_SETTABLE UINT64_C(0x50dd5)
#define FLAGS_ALWAYS   UINT64_C(0x202)
/* cleared when a handler starts: TF, DF, RF */
#define FLAGS_NOT_HANDLER UINT64_C(0x10500)

#endif
