/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls to firmware or hypervisor (SMCCC 1.1: x0 to x3 return results, x4 to x17 may be lost).
 */
#ifndef ARCH_SMCCC_H
#define ARCH_SMCCC_H

#include <bulkhead/types.h>

struct smccc {
	uint64_t x[8];
};

#define SMCCC_CALL_(instruction, regs)                                                          \
	do {                                                                                    \
		register uint64_t x0_ __asm__("x0") = (regs)->x[0];                             \
		register uint64_t x1_ __asm__("x1") = (regs)->x[1];                             \
		register uint64_t x2_ __asm__("x2") = (regs)->x[2];                             \
		register uint64_t x3_ __asm__("x3") = (regs)->x[3];                             \
		register uint64_t x4_ __asm__("x4") = (regs)->x[4];                             \
		register uint64_t x5_ __asm__("x5") = (regs)->x[5];                             \
		register uint64_t x6_ __asm__("x6") = (regs)->x[6];                             \
		register uint64_t x7_ __asm__("x7") = (regs)->x[7];                             \
		__asm__ volatile(instruction                                                    \
				 : "+r"(x0_), "+r"(x1_), "+r"(x2_), "+r"(x3_), "+r"(x4_),       \
				   "+r"(x5_), "+r"(x6_), "+r"(x7_)                              \
				 :                                                              \
				 : "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
				   "x17", "memory");                                            \
		*(regs) = (struct smccc){{x0_, x1_, x2_, x3_, x4_, x5_, x6_, x7_}};             \
	} while (0)

/* in: function id and arguments; out: results */
static inline void smccc_hvc(struct smccc *regs)
{
	SMCCC_CALL_("hvc #0", regs);
}

static inline void smccc_smc(struct smccc *regs)
{
	SMCCC_CALL_("smc #0", regs);
}

/* one hypercall with up to two arguments; the whole result */
static inline struct smccc hypercall(uint64_t function, uint64_t arg1, uint64_t arg2)
{
	struct smccc regs = {{function, arg1, arg2}};

	smccc_hvc(&regs);
	return regs;
}

#endif
