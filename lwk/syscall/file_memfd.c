/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memfd_create(2): a file that never has a name. Its seals are not there.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define MFD_CLOEXEC       1u
#define MFD_ALLOW_SEALING 2u
#define MEMFD_NAME_MAX    249u

static long sys_memfd_create(const uint64_t *args)
{
	unsigned flags = (unsigned)args[1];
	char name[MEMFD_NAME_MAX + 1];
	struct file_node *node;
	struct file *file;
	long result;

	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	result = strncpy_from_user(name, UADDR(args[0]), sizeof(name));
	if (result < 0)
		return result == -ENAMETOOLONG ? -EINVAL : result;
	node = file_node_create(0777);
	file = node ? file_create(&node->node, O_RDWR) : NULL;
	if (!file)
		return -ENOMEM;
	result = fd_add(process_current()->files, 0, file, (flags & MFD_CLOEXEC) != 0);
	if (result < 0)
		file_put(file);
	return result;
}
SYSCALL(NR_memfd_create, sys_memfd_create);
