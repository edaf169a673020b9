/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The spin lock of this architecture, from lib.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <lib/arch/x86/spinlock.h>

#endif
