/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of a thread and of a process.
 */
#include <lwk/process.h>
#include <lwk/syscall.h>

static long sys_exit_group(const uint64_t *args)
{
	process_exit(WAIT_STATUS_EXIT((int)args[0]));
}
SYSCALL(NR_exit_group, sys_exit_group);

static long sys_exit(const uint64_t *args)
{
	process_thread_exit(WAIT_STATUS_EXIT((int)args[0]));
}
SYSCALL(NR_exit, sys_exit);
