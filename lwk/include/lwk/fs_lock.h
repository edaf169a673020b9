/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Advisory locks on files: of whole files by flock(2), of ranges by fcntl(2). The two kinds do not see each other.
 */
#ifndef LWK_FS_LOCK_H
#define LWK_FS_LOCK_H

#include <bulkhead/types.h>

struct node;

enum lock_type { LOCK_READ = 0, LOCK_WRITE = 1, LOCK_NONE = 2 }; /* as in struct flock */

struct lock_request {
	struct node *node;
	const void *
		owner; /* what the lock goes with: an open file, or a descriptor table for a process's record locks */
	bool is_whole; /* flock */
	enum lock_type type;
	uint64_t start, last; /* bytes, both included; all of them when is_whole */
	int pid;              /* told to others; -1: of an open file */
};

/*
 * Takes, changes or (LOCK_NONE) gives back. 0; -EAGAIN: another owner's lock is in the way; with `wait` it is waited for:
 * -ERESTARTSYS. -ENOMEM.
 */
int lock_set(const struct lock_request *request, bool wait);
/* The lock that would be in the way, into *request; LOCK_NONE: there is none. */
void lock_find(struct lock_request *request);
/* All locks of the owner go; `node` NULL: on any file. Cheap when there are no locks at all. */
void lock_release(const void *owner, const struct node *node);

#endif
