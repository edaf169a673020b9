/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading and writing whole amounts, for the programs that come with the LWK.
 */
#ifndef USER_IO_H
#define USER_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* all of it, or -1 with errno */
int io_write_all(int fd, const void *data, size_t bytes);
/* the file's bytes with a NUL behind them, to be freed by the caller; NULL with errno */
char *io_read_file(const char *path, size_t *size);
/* a line to the kernel's log; never fails, a log is no reason to stop */
void io_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
