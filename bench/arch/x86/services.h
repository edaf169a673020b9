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
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

static inline int loop_null(unsigned rounds)
{
	long result;

	do {
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_getpid)
				 : "rcx", "r11", "memory");
	} while (--rounds);
	return result < 0 ? (int)-result : 0;
}

static inline int loop_futex_wake(unsigned rounds)
{
	static uint32_t word;
	long result;

	do {
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_futex), "D"(&word), "S"(FUTEX_WAKE_PRIVATE), "d"(1)
				 : "rcx", "r11", "memory");
	} while (--rounds);
	return result < 0 ? (int)-result : 0;
}

#endif
