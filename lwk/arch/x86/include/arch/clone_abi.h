/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone(2): the order of its last two arguments, and what a thread's own register can be.
 */
#ifndef ARCH_CLONE_ABI_H
#define ARCH_CLONE_ABI_H

#include <arch/layout.h>
#include <bulkhead/types.h>

#define ARCH_CLONE_CHILD_TID 3
#define ARCH_CLONE_TLS       4

/* A base of FS that is no address would fault when the kernel loads it: refused as Linux does. */
static inline bool arch_tls_fits(uint64_t tls)
{
	return tls < USER_TOP;
}

#endif
