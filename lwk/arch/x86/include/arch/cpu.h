/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a core is set up with before it runs anything else, and the features that programs are told
 * of.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <bulkhead/types.h>

struct core;

void cpu_init_first(struct core *core); /* the boot core: as little as a panic needs */
void cpu_find_features(void);           /* once, first of all */
/* each core, once, first thing; ist: IST_COUNT stacks, page-aligned */
void cpu_init(struct core *core, void *ist);
void cpu_tell_place(void);   /* core and node, to the vDSO's getcpu; when they are known */
uint64_t cpu_hwcap(void);    /* AT_HWCAP: CPUID's features */
uint64_t cpu_hwcap2(void);   /* AT_HWCAP2 */
bool cpu_has_deadline(void); /* the timer takes the counter's value */
bool cpu_has_1g(void);       /* pages of 1 GiB */
bool cpu_has_fsgsbase(void);

#endif
