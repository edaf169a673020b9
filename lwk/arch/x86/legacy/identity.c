/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The caller's process group.
 */
#include "legacy.h"

static long sys_getpgrp(const uint64_t *args)
{
	(void)args;
	return CALL(NR_getpgid, 0);
}
SYSCALL(NR_getpgrp, sys_getpgrp);
