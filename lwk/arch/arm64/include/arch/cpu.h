/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a core is set up with before it runs anything else, and the features that programs are told
 * of.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <bulkhead/types.h>

void cpu_init(void);              /* each core, once, first thing */
void cpu_tell_place(void);        /* core and node, to the vDSO's getcpu; when they are known */
void cpu_find_features(void);     /* once, before the ones below */
uint64_t cpu_hwcap(void);         /* AT_HWCAP: what is safe to use with the state that we switch */
uint64_t cpu_hwcap2(void);        /* AT_HWCAP2 */
unsigned cpu_vector_length(void); /* bytes of an SVE register, 0 without SVE */
unsigned cpu_asid_bits(void);     /* 8 or 16 */

#endif
