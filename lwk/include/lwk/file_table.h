/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A process's descriptors. The table holds one reference to the open file of each; whoever gets a file from the table gets a
 * reference of his own.
 */
#ifndef LWK_FILE_TABLE_H
#define LWK_FILE_TABLE_H

#include <lwk/file.h>

struct fd_table;

#define FD_LIMIT 1024u /* RLIMIT_NOFILE */

struct fd_table *fd_table_create(void);              /* NULL: no memory */
void fd_table_release(struct fd_table *table);       /* closes all; NULL is allowed */
struct file *fd_get(struct fd_table *table, int fd); /* NULL: not open */
/* The lowest free descriptor from `lowest` on, which takes over the caller's reference. -EMFILE, -ENOMEM: then it does not. */
int fd_add(struct fd_table *table, unsigned lowest, struct file *file, bool close_on_exec);
/* The same in two steps: what opens a file must not fail once the file was made. Install NULL to give the descriptor back. */
int fd_reserve(struct fd_table *table, unsigned lowest);
void fd_install(struct fd_table *table, int fd, struct file *file, bool close_on_exec);
/*
 * Makes `fd` (below FD_LIMIT) this file, closing what it was. Takes over the caller's reference unless -ENOMEM, or -EBUSY: another
 * thread is opening a file there.
 */
int fd_set(struct fd_table *table, unsigned fd, struct file *file, bool close_on_exec);
/* Descriptors from `limit` (at most FD_LIMIT) on are not given out any more. */
void fd_set_limit(struct fd_table *table, unsigned limit);
unsigned fd_get_limit(struct fd_table *table);
int fd_close(struct fd_table *table, int fd);  /* 0 or -EBADF */
int fd_next(struct fd_table *table, int from); /* the lowest open one from there on; -1: none */
/* the flag, 0 or 1, or -EBADF */
int fd_get_close_on_exec(struct fd_table *table, int fd);
int fd_set_close_on_exec(struct fd_table *table, int fd, bool close_on_exec);

#endif
