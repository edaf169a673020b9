/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors: pipe, dup2.
 */
#include "legacy.h"

#define F_GETFD 1

static long sys_pipe(const uint64_t *args)
{
	return CALL(NR_pipe2, args[0], 0);
}
SYSCALL(NR_pipe, sys_pipe);

/* dup3, but that a descriptor may be given to itself */
static long sys_dup2(const uint64_t *args)
{
	if ((uint32_t)args[0] == (uint32_t)args[1]) {
		long status = CALL(NR_fcntl, args[0], F_GETFD);

		return status < 0 ? status : (long)(uint32_t)args[0];
	}
	return CALL(NR_dup3, args[0], args[1], 0);
}
SYSCALL(NR_dup2, sys_dup2);
