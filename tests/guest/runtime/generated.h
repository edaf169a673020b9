/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attacks made at run time: any instruction word, as an op for guarded_call. There is one place for
 * it in the image, so that its address is the same in all peers, but for where the image lies.
 */
#ifndef TESTS_GUEST_GENERATED_H
#define TESTS_GUEST_GENERATED_H

#include <bulkhead/types.h>
#include <tests/guest/runtime/wall.h>

/* The place holds `instruction` from now on, in this guest. */
op_t op_make(uint32_t instruction);
/* The same in a peer; false when it did not answer. */
bool peer_op_make(struct peer *peer, uint32_t instruction);
/* The place */
uint64_t op_generated(uint64_t address, uint64_t value);

/* A system register by its encoding (Arm ARM C5.1.3) */
struct sysreg {
	uint8_t op0, op1, crn, crm, op2;
};

/* x0 = register; register = x1; SYS instruction with x1 */
uint32_t encode_read(struct sysreg r);
uint32_t encode_write(struct sysreg r);
uint32_t encode_system(struct sysreg r);

static inline bool sysreg_is(struct sysreg a, struct sysreg b)
{
	return a.op0 == b.op0 && a.op1 == b.op1 && a.crn == b.crn && a.crm == b.crm &&
	       a.op2 == b.op2;
}

#endif
