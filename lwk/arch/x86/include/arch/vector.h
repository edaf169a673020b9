/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A thread's FP and vector registers in memory: what XSAVE makes of all state components that this processor has and this kernel
 * knows (Intel SDM 1 13), in the standard format.
 */
#ifndef ARCH_VECTOR_H
#define ARCH_VECTOR_H

#include <assert.h>
#include <bulkhead/types.h>

/* the legacy area and the header in front of the other components */
struct vector_state {
	uint16_t control, status;
	uint32_t tag_opcode;
	uint64_t ip, dp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t registers[416 - 32];
	uint8_t reserved[48];
	uint8_t software[48];
	uint64_t present; /* XSTATE_BV */
	uint64_t compacted;
	uint64_t zero[6];
};
static_assert(sizeof(struct vector_state) == 576, "legacy area and header");

#define VECTOR_LEGACY_SIZE 512u
#define MXCSR_RESET        0x1f80u

void vector_find(void);           /* once, on the boot core */
void vector_init(void);           /* each core */
uint64_t vector_components(void); /* XCR0 */
uint32_t vector_size(void);       /* bytes of a state */
uint32_t vector_mxcsr_mask(void);
/* A state for a new thread: registers as after reset. NULL: no memory. */
struct vector_state *vector_create(void);
void vector_save(struct vector_state *state);
void vector_load(const struct vector_state *state); /* must be valid, or a panic */
void vector_reset(struct vector_state *state);

#endif
