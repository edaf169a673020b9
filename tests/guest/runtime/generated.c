/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See generated.h.
 */
#include <tests/guest/runtime/generated.h>

#include <lib/arch/arm64/sysreg.h>

/* op_generated, ops.S: the instruction and a return */
extern uint32_t generated_code[2];

op_t op_make(uint32_t instruction)
{
	generated_code[0] = instruction;
	__asm__ volatile(
		"dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(generated_code)
		: "memory");
	return op_generated;
}

static void make_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	out[0] = (uint64_t)op_make((uint32_t)in[0]);
}

bool peer_op_make(struct peer *peer, uint32_t instruction)
{
	return remote_call(peer, make_serve, instruction, 0, 0, 0).end == REMOTE_DONE;
}

static uint32_t fields(struct sysreg r)
{
	return (uint32_t)r.op0 << 19 | (uint32_t)r.op1 << 16 | (uint32_t)r.crn << 12 |
	       (uint32_t)r.crm << 8 | (uint32_t)r.op2 << 5;
}

uint32_t encode_read(struct sysreg r)
{
	return 0xD5200000u | fields(r);
}

uint32_t encode_write(struct sysreg r)
{
	return 0xD5000000u | fields(r) | 1;
}

uint32_t encode_system(struct sysreg r)
{
	r.op0 = 1;
	return 0xD5000000u | fields(r) | 1;
}
