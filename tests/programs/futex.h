/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The futex system call, for test programs: musl brings no header for it. Values: futex(2).
 */
#ifndef TESTS_PROGRAMS_FUTEX_H
#define TESTS_PROGRAMS_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FUTEX_WAIT,
	FUTEX_WAKE,
	FUTEX_FD,
	FUTEX_REQUEUE,
	FUTEX_CMP_REQUEUE,
	FUTEX_WAKE_OP,
	FUTEX_LOCK_PI,
	FUTEX_UNLOCK_PI,
	FUTEX_TRYLOCK_PI,
	FUTEX_WAIT_BITSET,
	FUTEX_WAKE_BITSET,
	FUTEX_PRIVATE_FLAG = 128,
	FUTEX_CLOCK_REALTIME = 256,
};
#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

enum { FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR, FUTEX_OP_ARG_SHIFT = 8 };
enum { FUTEX_OP_CMP_EQ, FUTEX_OP_CMP_NE, FUTEX_OP_CMP_LT, FUTEX_OP_CMP_LE, FUTEX_OP_CMP_GT, FUTEX_OP_CMP_GE };
#define FUTEX_OP(op, argument, comparison, compared)                                                              \
	((uint32_t)(op) << 28 | (uint32_t)(comparison) << 24 | ((uint32_t)(argument)&0xfff) << 12 | \
	 ((uint32_t)(compared)&0xfff))

typedef _Atomic uint32_t word_t;

/* `time`: a struct timespec, or a second count in place of the pointer */
static inline int futex(word_t *word, int operation, uint32_t value, const void *time, word_t *second, uint32_t last)
{
	return (int)syscall(SYS_futex, word, operation, value, time, second, last);
}

#endif
