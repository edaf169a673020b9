/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of fcntl(2) that is about record locks.
 */
#ifndef LWK_FILE_LOCK_H
#define LWK_FILE_LOCK_H

#include <lwk/file.h>

#define F_GETLK      5u
#define F_SETLK      6u
#define F_SETLKW     7u
#define F_OFD_GETLK  36u
#define F_OFD_SETLK  37u
#define F_OFD_SETLKW 38u

/* One of these commands; `address` of a struct flock. */
long call_record_lock(struct file *file, unsigned command, uint64_t address);

#endif
