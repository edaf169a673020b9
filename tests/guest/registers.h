/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The system registers that a VM may use: all others are undefined to it. Arm ARM D17, and IHI 0069
 * for ICC registers.
 */
#ifndef TESTS_GUEST_REGISTERS_H
#define TESTS_GUEST_REGISTERS_H

#include <tests/guest/runtime/generated.h>

#define REG_PRIMARY 1u /* the primary's alone */
#define REG_PLAIN   2u /* holds what is written; nothing else happens: see wall_leak.c */
#define REG_WRITE   4u /* write-only */
#define REG_LOST    8u /* belongs to a feature that is hidden: a switch may clear it */

struct allowed {
	const char *name;
	struct sysreg reg;
	unsigned flags;
};

extern const struct allowed allowed_registers[];
extern const size_t allowed_count;

/* NULL: forbidden. The space of the ID registers is allowed as a whole. */
const struct allowed *register_allowed(struct sysreg r);

#endif
