/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making threads of the current process.
 */
#ifndef LWK_CLONE_H
#define LWK_CLONE_H

#include <lwk/uaccess.h>

struct clone_request {
	uint64_t stack;      /* its stack pointer; 0: the caller's */
	const uint64_t *tls; /* its thread pointer; NULL: the caller's */
	/* where its id is written before it runs; 0: nowhere */
	uaddr_t parent_tid;
	uaddr_t child_tid;
	uaddr_t clear_tid; /* as by set_tid_address */
};

/*
 * The thread returns to user mode as the caller does, with result 0. Its tid; -ENOMEM; -EAGAIN: too many threads, or
 * the process is being ended.
 */
int thread_clone(const struct clone_request *request);

#endif
