/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The order of clone(2)'s last two arguments.
 */
#ifndef ARCH_CLONE_ABI_H
#define ARCH_CLONE_ABI_H

#define ARCH_CLONE_CHILD_TID 4
#define ARCH_CLONE_TLS       3

#endif
