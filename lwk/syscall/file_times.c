/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * utimensat(2).
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/linux_types.h>
#include <lwk/syscall.h>

static bool is_valid(const struct linux_timespec *time)
{
	if (time->nanoseconds == UTIME_NOW || time->nanoseconds == UTIME_OMIT)
		return true;
	return time->nanoseconds >= 0 && time->nanoseconds < (int64_t)NS_PER_SECOND;
}

static void set_time(struct node_time *to, const struct linux_timespec *time, struct node_time now)
{
	if (time->nanoseconds == UTIME_NOW)
		*to = now;
	else if (time->nanoseconds != UTIME_OMIT)
		*to = (struct node_time){time->seconds, (uint32_t)time->nanoseconds};
}

static void set_times(struct node *node, const struct linux_timespec *times)
{
	struct node_time now = node_time_now();

	mutex_lock(&node->lock);
	set_time(&node->accessed, &times[0], now);
	set_time(&node->modified, &times[1], now);
	node->changed = now;
	mutex_unlock(&node->lock);
}

/* without a path: the descriptor's file */
static int get_node(const uint64_t *args, struct node **node)
{
	struct file *file;

	if (args[1])
		return call_node_get(args[0], args[1], (unsigned)args[3], node);
	if ((int)args[0] == AT_FDCWD)
		return -EFAULT;
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	*node = node_hold(file->node);
	file_put(file);
	return 0;
}

long file_times_set(const uint64_t *args, const struct linux_timespec *times)
{
	unsigned flags = (unsigned)args[3];
	struct node *node;
	int error;

	if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT)
		return 0;
	if (!is_valid(&times[0]) || !is_valid(&times[1]))
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = get_node(args, &node);
	if (error)
		return error;
	set_times(node, times);
	node_put(node);
	return 0;
}

static long sys_utimensat(const uint64_t *args)
{
	struct linux_timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};

	if (args[2] && copy_from_user(times, UADDR(args[2]), sizeof(times)))
		return -EFAULT;
	return file_times_set(args, times);
}
SYSCALL(NR_utimensat, sys_utimensat);
