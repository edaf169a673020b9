/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls in a test program: the handlers register themselves before main, fake_call finds them.
 */
#ifndef LWK_SYSCALL_H
#define LWK_SYSCALL_H

#include <arch/syscall_nr.h>
#include <bulkhead/types.h>

typedef long (*syscall_fn)(const uint64_t *args);

void fake_register_call(long number, syscall_fn handler);

#define SYSCALL(number_, handler_)                                         \
	__attribute__((constructor)) static void handler_##_register(void) \
	{                                                                  \
		fake_register_call((number_), (handler_));                 \
	}

#endif
