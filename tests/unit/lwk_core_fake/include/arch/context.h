/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core of the test is a thread of the build host, which ends where the core would stop.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

static inline void arch_space_leave(void)
{
}

_Noreturn void arch_halt(void);

#endif
