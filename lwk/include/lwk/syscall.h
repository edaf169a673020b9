/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls: Linux numbers of the architecture (arch/syscall_nr.h) and Linux's meaning. A
 * handler registers itself:
 *
 *	static long sys_getpid(const uint64_t *args)
 *	{
 *		return process_current()->pid;
 *	}
 *	SYSCALL(NR_getpid, sys_getpid);
 *
 * args[0..5] are the raw registers: decode them into types, validate, act. The result is a value or
 * -errno. Numbers that nobody registered answer -ENOSYS and are counted.
 */
#ifndef LWK_SYSCALL_H
#define LWK_SYSCALL_H

#include <arch/syscall_nr.h>
#include <bulkhead/types.h>

typedef long (*syscall_fn)(const uint64_t *args);

struct syscall_record {
	unsigned long number;
	syscall_fn handler;
};

#define SYSCALL(number_, handler_) SYSCALL_AS(number_, handler_, handler_)
/* one handler for several numbers, each under a name of its own */
#define SYSCALL_AS(number_, name_, handler_)                                        \
	static const struct syscall_record name_##_record                           \
		__attribute__((used, section(".syscalls"))) = {.number = (number_), \
							       .handler = (handler_)}

#define SYSCALL_NUMBER_MAX 1023u

/* Builds the table from the records; two handlers for one number are a panic. */
void syscall_init(void);
/* The architecture's name of a call that Linux has there; NULL: there is none. */
const char *arch_syscall_name(uint64_t number);
/*
 * Makes /proc/unknown_syscalls: a line "NUMBER NAME COUNT" for each call that nobody handled. Numbers
 * above SYSCALL_NUMBER_MAX are counted together. 0 or -errno.
 */
int syscall_report_init(void);
/* A number without a handler: counts it. -ENOSYS. */
long syscall_unknown(uint64_t number);

extern syscall_fn syscall_table[SYSCALL_NUMBER_MAX + 1]; /* for syscall_dispatch */

/* Called by the architecture's entry code, in the thread's context, interrupts on. */
static inline long syscall_dispatch(uint64_t number, const uint64_t *args)
{
	syscall_fn handler = number <= SYSCALL_NUMBER_MAX ? syscall_table[number] : NULL;

	return handler ? handler(args) : syscall_unknown(number);
}

#endif
