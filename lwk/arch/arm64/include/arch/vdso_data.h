/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code in the vDSO needs to know, at a fixed place in its page. The kernel fills it in
 * once at boot; every process has a copy.
 */
#ifndef ARCH_VDSO_DATA_H
#define ARCH_VDSO_DATA_H

#define VDSO_SIZE        0x1000 /* one page */
#define VDSO_DATA_OFFSET 0xfc0

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stdint.h>

struct vdso_data {
	uint64_t ns_factor; /* ns a tick of the counter, 32.32 */
	uint64_t boot_ns;   /* the counter's time when CLOCK_MONOTONIC was 0 */
	uint64_t epoch_ns;  /* CLOCK_REALTIME at that time */
};
static_assert(sizeof(struct vdso_data) <= VDSO_SIZE - VDSO_DATA_OFFSET, "vdso.ld");
#endif

#endif
