/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tool's side of a job's streams on Debian's kernel: frames of bulkhead/wire.h over a terminal in raw mode. One wire for
 * the process; functions that return int give 0, or -1 with errno.
 */
#ifndef USER_LINUX_WIRE_H
#define USER_LINUX_WIRE_H

#include <bulkhead/wire.h>
#include <stddef.h>

int linux_wire_open(const char *device);
/* waits until everything sent has left */
void linux_wire_close(void);
/* `bytes` of data in as many frames as they need; an error ends up in the log, as the tool is then gone */
void linux_wire_send(enum wire_channel channel, const void *data, size_t bytes);
/* the whole of a file, from its start */
int linux_wire_send_file(enum wire_channel channel, int fd);
/*
 * Carries a job's streams until `pidfd` tells its end and its output is sent. ours[]: our ends of its stdin, stdout and stderr, not
 * in use afterwards.
 */
int linux_wire_relay(int pidfd, int *ours);

#endif
