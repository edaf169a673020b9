/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls with all of their registers.
 */
#ifndef TESTS_GUEST_CALL_H
#define TESTS_GUEST_CALL_H

#include <bulkhead/types.h>

struct regs {
	uint64_t x[31]; /* x0 to x29 count */
};

/* vectors.S */
void call_hvc(struct regs *regs);
void call_smc(struct regs *regs);

/*
 * x0 to x7; registers that no call may touch (x8 to x28) carry a pattern, whose loss ends the guest
 */
struct regs call_args(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      uint64_t a6, uint64_t a7);
#define CALL_8(a0, a1, a2, a3, a4, a5, a6, a7, ...) call_args(a0, a1, a2, a3, a4, a5, a6, a7)
/* call(function, arguments...): arguments that are not given are zero */
#define call(...) CALL_8(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0)

/*
 * x0 is FFA_ERROR: the code, and nothing but zeros beside it; 0 otherwise; 1 for an error that is
 * not well-formed
 */
int32_t error_of(const struct regs *r);
/* PSCI and SMCCC: x0 alone */
int64_t psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

#endif
