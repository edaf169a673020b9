/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FP, Advanced SIMD and SVE registers of a core, as one state: what a kernel or the hypervisor keeps for whoever is not using them.
 * With SVE the Z registers hold the V registers. Vector lengths are those in force at the exception level that calls: the largest.
 */
#ifndef LIB_ARCH_ARM64_VECTOR_H
#define LIB_ARCH_ARM64_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#define VECTOR_LENGTH_MAX 256u /* bytes; Arm ARM A1.4.2 */

/* `length`: bytes of a Z register, 0 without SVE. fpsr, fpcr; 32 vector registers; with SVE 16 predicates and FFR */
#define VECTOR_STATE_SIZE(length) \
	((size_t)16 + ((length) ? 32 * (length) + 17 * ((length) / 8) : 512u))

/* `state`: VECTOR_STATE_SIZE(length) bytes, aligned to 16. All zero is the state after reset. */
void vector_save(void *state, unsigned length);
void vector_load(const void *state, unsigned length);
/* Bytes of a Z register; only on a core with SVE that is not trapped here. */
unsigned vector_length(void);

#endif
