/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a switched-out thread keeps: its stack, on which the callee-saved registers lie, and its FP and vector state, which stays in the
 * core's registers until another user thread wants them (fp_owner in arch/core.h).
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <stdint.h>

struct arch_thread {
	uint64_t sp;
	uint64_t fs_base; /* user's thread pointer */
	uint64_t gs_base;
	void *vector; /* arch/vector.h; NULL for kernel threads */
	/* of the last fault that became a signal: handlers are told, as on Linux, also those of other signals */
	uint64_t fault_address;
	uint64_t fault_error;
	uint64_t fault_vector;
};

#endif
