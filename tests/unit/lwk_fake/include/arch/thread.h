/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture never switches threads.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

struct arch_thread {
	int unused;
};

#endif
