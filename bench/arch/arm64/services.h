/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What bench/costs needs in assembly, so that nothing but the kernel's part is measured: the counter, read in order, and loops around a
 * system call. The loops return 0 or an errno.
 */
#ifndef BENCH_ARCH_SERVICES_H
#define BENCH_ARCH_SERVICES_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline uint64_t services_counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static inline int loop_null(unsigned rounds)
{
	register long x8 __asm__("x8") = SYS_getpid;
	register long x0 __asm__("x0");

	do {
		__asm__ volatile("svc #0" : "=r"(x0) : "r"(x8) : "memory");
	} while (--rounds);
	return x0 < 0 ? (int)-x0 : 0;
}

static inline int loop_futex_wake(unsigned rounds)
{
	static uint32_t word;
	register long x8 __asm__("x8") = SYS_futex;
	register long x1 __asm__("x1") = FUTEX_WAKE_PRIVATE;
	register long x2 __asm__("x2") = 1;
	register long x0 __asm__("x0");

	do {
		x0 = (long)&word;
		__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	} while (--rounds);
	return x0 < 0 ? (int)-x0 : 0;
}

#endif
