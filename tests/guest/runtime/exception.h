/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that may end in an exception. Any other exception is a failed test.
 */
#ifndef TESTS_GUEST_EXCEPTION_H
#define TESTS_GUEST_EXCEPTION_H

#include <bulkhead/types.h>

struct trap {
	uint64_t taken; /* 1: the function did not return */
	uint64_t esr, elr, far;
};

typedef uint64_t (*op_t)(uint64_t a, uint64_t b);

/*
 * Calls function(a, b) with a pattern in x2 to x29 (pattern_of); its value, or 0 and *trap filled
 * when it ended in a synchronous exception. x2 to x18 are the function's to change, the stack and
 * x19 to x29 are not lost by an exception.
 */
uint64_t guarded_call(op_t function, uint64_t a, uint64_t b, struct trap *trap);
extern char guarded_return[]; /* where the function returns to */
/*
 * The same at EL0: function is a virtual address that EL0 may execute. Its return is an exception
 * as well: there is nothing at x30.
 */
uint64_t guarded_call_user(uint64_t function, uint64_t a, uint64_t b, struct trap *trap);

uint64_t pattern_of(unsigned number);

#define TRAP_EC(trap)  ((unsigned)((trap)->esr >> 26 & 0x3F))
#define TRAP_FSC(trap) ((unsigned)((trap)->esr & 0x3F))

/* exception classes and fault status codes (Arm ARM D17.2.37) */
#define EC_UNKNOWN    0x00
#define EC_IABT_LOWER 0x20
#define EC_DABT_LOWER 0x24
#define EC_SYSREG     0x18
#define EC_IABT_SAME  0x21
#define EC_DABT_SAME  0x25
#define FSC_EXTERNAL  0x10

#endif
