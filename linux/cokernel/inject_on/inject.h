/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In the tests' build of the module: each place where something can fail asks whether it shall. The parameter `inject` counts them down:
 * the one at which it becomes 0 fails, and no other.
 */
#ifndef COKERNEL_INJECT_H
#define COKERNEL_INJECT_H

#include <linux/atomic.h>
#include <linux/string.h>
#include <linux/types.h>

extern atomic_t inject_left;
extern bool
	inject_no_flush; /* the parameter no_flush: nested tables change, and no core hears of it */

static inline bool inject_fails(void)
{
	return atomic_read(&inject_left) > 0 && atomic_dec_return(&inject_left) == 0;
}

/* With the parameter `deaf` every core finds that another is meant. */
extern bool inject_deaf;

static inline u32 inject_name(u32 name)
{
	return READ_ONCE(inject_deaf) ? ~name : name;
}

/* What some firmware does to low memory while Linux sleeps. */
static inline void inject_firmware(void *memory, size_t size)
{
	memset(memory, 0xFF, size);
}

#endif
