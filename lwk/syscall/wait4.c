/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait4: collects a child that has ended.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <lwk/timespec.h>

#define WNOHANG    1u
#define WUNTRACED  2u
#define WCONTINUED 8u
#define WAIT_ALL   0xe0000000u /* __WNOTHREAD, __WALL, __WCLONE: no other kinds of children here */

static int usage_put(uaddr_t to, const struct process_times *times)
{
	const struct linux_rusage usage = {
		.user = timeval_from_ns(times->run_ns),
		.max_rss = (int64_t)(times->pages_max * PAGE_SIZE / 1024),
	};

	return copy_to_user(to, &usage, sizeof(usage));
}

static long sys_wait4(const uint64_t *args)
{
	int pid = (int)args[0];
	uint32_t options = (uint32_t)args[2];
	struct process_times times;
	int status = 0;
	int found;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_ALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == 0 || pid < -1) /* by process group: every child leads its own */
		return -ECHILD;
	found = process_wait(pid, options & WNOHANG, &status, &times);
	if (found <= 0)
		return found;
	if (args[1] && copy_to_user(UADDR(args[1]), &status, sizeof(status)) != 0)
		return -EFAULT;
	if (args[3] && usage_put(UADDR(args[3]), &times) != 0)
		return -EFAULT;
	return found;
}
SYSCALL(NR_wait4, sys_wait4);
