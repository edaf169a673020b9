/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices as files. A driver registers operations under a path below /dev; lwk/fs makes the node
 * and calls them.
 */
#ifndef LWK_DEVICE_H
#define LWK_DEVICE_H

#include <bulkhead/types.h>
#include <lwk/uaccess.h>

struct poll_table; /* wait.h */

#define DEVICE_NONBLOCK (1u << 0) /* answer -EAGAIN instead of waiting */

struct device_ops {
	/*
	 * bytes moved (at least 1 unless the buffer is empty), 0 at the end of input, or -errno;
	 * `offset` is the file's position
	 */
	long (*read)(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags);
	long (*write)(void *device, const struct io_buffer *from, uint64_t offset, unsigned flags);
	/* POLL_ bits that hold now; NULL: always readable and writable */
	unsigned (*poll)(void *device, struct poll_table *table);
	/* 0 or positive result, or -errno; NULL: -ENOTTY */
	long (*ioctl)(void *device, unsigned command, uaddr_t argument);
	/* its name has gone and no file of it is open any more, or it could not be registered; may be NULL */
	void (*release)(void *device);
	/* a file of it has a position, from which reads and writes go on; else `offset` means nothing */
	bool has_position;
	/* st_rdev: major << 8 | minor as on Linux; 0: Linux has no such device */
	unsigned number;
};

/*
 * Makes the character device `path` (absolute, missing directories are made). lwk/fs implements
 * this. The operations are called in the context of the process; they may sleep. NULL read or
 * write: -EINVAL. 0, -EEXIST or -ENOMEM.
 */
int device_register(const char *path, const struct device_ops *ops, void *device);
/* Takes the name away; files that are open keep the device. 0 or -ENOENT. */
int device_remove(const char *path);

#endif
