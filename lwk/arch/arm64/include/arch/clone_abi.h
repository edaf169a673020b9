/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone(2): the order of its last two arguments, and what a thread's own register can be.
 */
#ifndef ARCH_CLONE_ABI_H
#define ARCH_CLONE_ABI_H

#include <bulkhead/types.h>

#define ARCH_CLONE_CHILD_TID 4
#define ARCH_CLONE_TLS       3

/* TPIDR_EL0 takes any value. */
static inline bool arch_tls_fits(uint64_t tls)
{
	(void)tls;
	return true;
}

#endif
