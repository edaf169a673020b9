/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame of a signal handler, as Linux lays it out on arm64 (uapi/asm/sigcontext.h, ucontext.h):
 * siginfo, ucontext with the general registers, then records in a reserved area, each with a magic
 * number and a size, closed by an empty one. Records that do not fit there go behind it.
 */
#ifndef ARCH_SIGNAL_FRAME_H
#define ARCH_SIGNAL_FRAME_H

#include <arch/cpu.h>
#include <assert.h>
#include <lib/arch/arm64/vector.h>
#include <lwk/signal_abi.h>
#include <lwk/thread.h>
#include <stddef.h>

#define FPSIMD_MAGIC 0x46508001u
#define ESR_MAGIC    0x45535201u
#define SVE_MAGIC    0x53564501u
#define EXTRA_MAGIC  0x45585401u

#define RESERVED_SIZE 4096u
#define FRAME_MAX     0x10000u /* what a program may make of it, extra records included */

/* of PSTATE what EL0 can set itself: NZCV, DIT, SSBS, BTYPE; Arm ARM C5.2.19 */
#define PSTATE_USER \
	(UINT64_C(0xf) << 28 | UINT64_C(1) << 24 | UINT64_C(1) << 12 | UINT64_C(3) << 10)
#define PSTATE_MODE  UINT64_C(0x1f)
#define PSTATE_DAIF  UINT64_C(0x3c0)
#define PSTATE_BTYPE (UINT64_C(3) << 10)
#define PSTATE_TCO   (UINT64_C(1) << 25)

struct context_head {
	uint32_t magic;
	uint32_t size; /* with this head */
};

struct fpsimd_context {
	struct context_head head;
	uint32_t fpsr;
	uint32_t fpcr;
	uint8_t vregs[32][16];
};
static_assert(sizeof(struct fpsimd_context) == 528, "sigcontext.h");

struct esr_context {
	struct context_head head;
	uint64_t esr;
};

struct sve_context {
	struct context_head head;
	uint16_t vector_length;
	uint16_t flags;
	uint16_t reserved[2];
};
static_assert(sizeof(struct sve_context) == 16, "the registers follow");

struct extra_context {
	struct context_head head;
	uint64_t data;
	uint32_t size;
	uint32_t reserved[3];
	struct context_head end;
	uint64_t pad;
};
static_assert(sizeof(struct extra_context) == 48, "with the terminator");
#define EXTRA_SIZE 32u

struct frame_head {
	struct signal_info info;
	uint8_t info_rest[SIGINFO_SIZE - sizeof(struct signal_info)];
	uint64_t flags;
	uint64_t link;
	struct signal_stack stack;
	uint64_t mask;
	uint8_t mask_rest[120];
	uint64_t pad1;
	uint64_t fault_address;
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t pad2;
};
static_assert(offsetof(struct frame_head, fault_address) == 304, "struct sigcontext");
static_assert(sizeof(struct frame_head) == 592, "the records follow");

struct frame_record {
	uint64_t fp;
	uint64_t lr;
};

/* the registers of struct sve_context: those of vector.h without fpsr and fpcr */
static inline uint32_t sve_bytes(void)
{
	unsigned length = cpu_vector_length();

	return 32 * length + 17 * (length / 8);
}

/* FP, SIMD and SVE registers of the current thread as they lie in struct arch_thread */
static inline uint8_t *vector_state(void)
{
	return thread_current()->arch.vector;
}

static inline uint8_t *vector_register(uint8_t *state, unsigned i)
{
	unsigned length = cpu_vector_length();

	return state + 16 + i * (length ? length : 16);
}

#endif
