/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one instruction that kernels write to an APIC with: MOV of a 32-bit register or constant to memory (Intel SDM 2, MOV: 89 /r, C7 /0). Where it
 * stores the processor has said, so that only value and length are wanted.
 */
#include <hv/x86/apic.h>

#define PAGE         4096u
#define LENGTH_MAX   15u
#define REX          0x40u
#define REX_W        8u
#define REX_R        4u
#define MOV_REGISTER 0x89u
#define MOV_CONSTANT 0xc7u
#define MODRM_MOD(b) ((b) >> 6)
#define MODRM_REG(b) ((b) >> 3 & 7)
#define MODRM_RM(b)  ((b)&7)
#define RM_SIB       4u
#define RM_DISPLACED 5u

/* Bytes of ModRM, SIB and displacement; 0: no memory operand. */
static uint32_t operand_length(const uint8_t *at)
{
	uint32_t mod = MODRM_MOD(at[0]), rm = MODRM_RM(at[0]), length = 1;

	if (mod == 3)
		return 0;
	if (rm == RM_SIB) {
		length++;
		rm = MODRM_RM(at[1]);
	}
	if (mod == 2 || (mod == 0 && rm == RM_DISPLACED))
		return length + 4;
	return length + mod;
}

bool store_decode(uint32_t *value, uint32_t *length)
{
	uint8_t bytes[LENGTH_MAX + 1] = {0};
	uint32_t at = 0, have = PAGE - vcpu.rip % PAGE, operand, rex = 0;

	/* the next page need not be there */
	have = have < LENGTH_MAX ? have : LENGTH_MAX;
	if (!guest_read(vcpu.rip, bytes, have))
		return false;
	if (have < LENGTH_MAX && guest_read(vcpu.rip + have, &bytes[have], LENGTH_MAX - have))
		have = LENGTH_MAX;
	if ((bytes[at] & 0xf0) == REX)
		rex = bytes[at++];
	operand = operand_length(&bytes[at + 1]);
	if (rex & REX_W || !operand)
		return false;
	if (bytes[at] == MOV_REGISTER) {
		*value = (uint32_t)vcpu.r[MODRM_REG(bytes[at + 1]) | (rex & REX_R ? 8 : 0)];
		*length = at + 1 + operand;
	} else if (bytes[at] == MOV_CONSTANT && MODRM_REG(bytes[at + 1]) == 0) {
		const uint8_t *constant = &bytes[at + 1 + operand];

		*value = (uint32_t)constant[0] | (uint32_t)constant[1] << 8 |
			 (uint32_t)constant[2] << 16 | (uint32_t)constant[3] << 24;
		*length = at + 1 + operand + 4;
	} else {
		return false;
	}
	return *length <= have;
}
