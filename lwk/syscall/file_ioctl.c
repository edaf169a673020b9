/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ioctl(2): what a device understands, and what is the same for all. Nothing here is a terminal, so everything else answers ENOTTY, as isatty(3) wants it.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/fs_pipe.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define FIONCLEX 0x5450u
#define FIOCLEX  0x5451u
#define FIONBIO  0x5421u
#define FIONREAD 0x541bu

static long control_device(struct file *file, unsigned command, uaddr_t argument)
{
	const struct device_node *device = node_device(file->node);

	if (file->node->kind != NODE_DEVICE || !device->ops->ioctl)
		return -ENOTTY;
	return device->ops->ioctl(device->device, command, argument);
}

/* bytes that a read would get at once */
static long count_readable(struct file *file, uaddr_t to)
{
	int64_t count;
	int32_t answer;

	if (file->node->kind == NODE_PIPE)
		count = pipe_fill(node_pipe(file->node));
	else if (file->node->kind == NODE_FILE)
		count = file_place(file, SEEK_END) - file_place(file, SEEK_CUR);
	else
		return -ENOTTY;
	answer = count > INT32_MAX ? INT32_MAX : (int32_t)count;
	return copy_to_user(to, &answer, sizeof(answer)) ? -EFAULT : 0;
}

static long set_nonblock(struct file *file, uaddr_t from)
{
	int32_t on;

	if (copy_from_user(&on, from, sizeof(on)))
		return -EFAULT;
	file_set_flags(file, O_NONBLOCK, on ? O_NONBLOCK : 0);
	return 0;
}

static long sys_ioctl(const uint64_t *args)
{
	unsigned command = (unsigned)args[1];
	struct file *file = call_file(args[0]);
	long result;

	if (!file || file_flags(file) & O_PATH)
		result = -EBADF;
	else if (command == FIOCLEX || command == FIONCLEX)
		result = fd_set_close_on_exec(process_current()->files, (int)args[0],
					      command == FIOCLEX);
	else if (command == FIONBIO)
		result = set_nonblock(file, UADDR(args[2]));
	else if (command == FIONREAD && file->node->kind != NODE_DEVICE)
		result = count_readable(file, UADDR(args[2]));
	else
		result = control_device(file, command, UADDR(args[2]));
	file_put(file);
	return result;
}
SYSCALL(NR_ioctl, sys_ioctl);
