/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Vector registers and floating-point control that are filled, and read again after a system call or after some time: by machine/ARCH/hold.h.
 */
#ifndef TESTS_PROGRAMS_VECTORS_H
#define TESTS_PROGRAMS_VECTORS_H

#include <stdint.h>

struct vectors {
	uint8_t registers[512];
	uint64_t control, status;
};

/* what vectors_hold does; its code knows the order */
struct hold {
	const struct vectors *in; /* NULL: registers stay as they are */
	struct vectors *out;
	struct vectors *
		child; /* the same of a thread that the call makes, which ends then; NULL: it makes none */
	const volatile uint32_t *until; /* it is spun until this is not 0 */
	long number;                    /* of the system call; negative: none */
	long arguments[5];
	long result;
	uint64_t is_wide; /* registers are 32 bytes, not 16: x86 */
};

/* Leaves control as a program starts with it. */
long vectors_hold(struct hold *hold);

#endif
