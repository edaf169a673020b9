/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ioctl(2): what a device understands. Nothing here is a terminal, so everything else answers ENOTTY, as isatty(3) wants it.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define FIONCLEX 0x5450u
#define FIOCLEX  0x5451u

static long control_device(struct file *file, unsigned command, uaddr_t argument)
{
	const struct device_node *device = node_device(file->node);

	if (file->node->kind != NODE_DEVICE || !device->ops->ioctl)
		return -ENOTTY;
	return device->ops->ioctl(device->device, command, argument);
}

static long sys_ioctl(const uint64_t *args)
{
	unsigned command = (unsigned)args[1];
	struct file *file = call_file(args[0]);
	long result;

	if (!file || file->flags & O_PATH)
		result = -EBADF;
	else if (command == FIOCLEX || command == FIONCLEX)
		result = fd_set_close_on_exec(process_current()->files, (int)args[0],
					      command == FIOCLEX);
	else
		result = control_device(file, command, UADDR(args[2]));
	file_put(file);
	return result;
}
SYSCALL(NR_ioctl, sys_ioctl);
