/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of a thread and of a process. With one thread a process both are the same.
 */
#include <lwk/process.h>
#include <lwk/syscall.h>

static long sys_exit_group(const uint64_t *args)
{
	process_exit(WAIT_STATUS_EXIT((int)args[0]));
}
SYSCALL(NR_exit_group, sys_exit_group);
SYSCALL_AS(NR_exit, exit, sys_exit_group);
