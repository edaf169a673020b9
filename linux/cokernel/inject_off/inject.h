/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Nothing is made to fail: inject_on/inject.h is for tests. */
#ifndef COKERNEL_INJECT_H
#define COKERNEL_INJECT_H

#include <linux/types.h>

static inline bool inject_fails(void)
{
	return false;
}

#define inject_no_flush false

static inline u32 inject_name(u32 name)
{
	return name;
}

static inline void inject_firmware(void *memory, size_t size)
{
}

#endif
