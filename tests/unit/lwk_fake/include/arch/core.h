/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture's cores are only counted.
 */
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <stdint.h>

struct core;

struct arch_core {
	int unused;
};

struct core *arch_core_self(void);

#endif
