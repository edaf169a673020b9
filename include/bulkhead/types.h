/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds of address are distinct types, so that they never mix by accident: a physical address, a
 * guest-physical address (IPA). IPA = PA is a property of our stage-2 tables, not of the
 * types: crossing from one to the other is written out. Kernel virtual addresses are pointers.
 */
#ifndef BULKHEAD_TYPES_H
#define BULKHEAD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pa {
	uint64_t v;
} pa_t;

typedef struct ipa {
	uint64_t v;
} ipa_t;

#define PA(x)  ((pa_t){(x)})
#define IPA(x) ((ipa_t){(x)})

#define PAGE_SHIFT 12u
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define SIZE_2M    (UINT64_C(1) << 21)
#define SIZE_1G    (UINT64_C(1) << 30)

/* a: a power of two */
#define ALIGN_UP(x, a)   (((x) + ((a)-1)) & ~((a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((a)-1))
#define IS_ALIGNED(x, a) (((x) & ((a)-1)) == 0)
#define ARRAY_SIZE(a)    (sizeof(a) / sizeof((a)[0]))

#endif
