/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code in the vDSO needs to know, at a fixed place in its page. The kernel fills it in
 * once at boot; every process has a copy.
 */
#ifndef ARCH_VDSO_DATA_H
#define ARCH_VDSO_DATA_H

#define VDSO_SIZE             0x1000 /* one page */
#define VDSO_DATA_OFFSET      0xf80
#define VDSO_HEADERS          0xc00 /* of sections */
#define VDSO_HEADERS_END      0xf00
#define VDSO_SIGRETURN        0xf70 /* .sigreturn */
#define VDSO_SIGRETURN_OFFSET 0xf74 /* __kernel_rt_sigreturn */

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stdint.h>

#define VDSO_CLOCKS                8 /* clocks that may be read without a system call are below */
#define VDSO_CLOCK_REALTIME        0
#define VDSO_CLOCK_REALTIME_COARSE 5

struct vdso_data {
	uint64_t counter_hz;
	uint64_t ns_factor;        /* ns a tick of the counter, 32.32 */
	int64_t base[VDSO_CLOCKS]; /* s, by clock: what it is ahead of the counter */
};
static_assert(sizeof(struct vdso_data) <= VDSO_SIZE - VDSO_DATA_OFFSET, "vdso.ld");
#endif

#endif
