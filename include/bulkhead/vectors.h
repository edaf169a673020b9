/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/vectors of an LWK that is a co-kernel: interrupts as signals between enclaves, and with Linux. A program asks for a vector and waits
 * for it, and signals targets that its enclave was connected to, by their ids. Who is connected to what root's programs say to Linux's
 * module (bulkhead/cokerneldev.h); a vector that one of them made for the enclave a program waits for by its number alone.
 */
#ifndef BULKHEAD_VECTORS_H
#define BULKHEAD_VECTORS_H

#include <stdint.h>

#define VECTORS_PATH "/dev/vectors"

/*
 * uint32_t *: in: the core that takes it; out: the vector, the process's until FREE or its end; a signal to who had it before may still come.
 * EINVAL: no such core; ENOSPC: there is none; EIO: Linux does not answer; EINTR
 */
#define VECTORS_ALLOC 0x4200
/* uint32_t *: the vector. EINVAL: it is not the process's */
#define VECTORS_FREE 0x4201
/*
 * struct vectors_wait *: waits until more signals have come than `count`, which is 0 at ALLOC, and sets that. EINVAL: no vector, or another
 * process's; ENXIO: it has gone with its core, or was freed meanwhile; EINTR
 */
#define VECTORS_WAIT 0x4202
/* uint32_t *: the id of a target. ENOENT: the enclave is not connected to it */
#define VECTORS_SIGNAL 0x4203

struct vectors_wait {
	uint32_t vector;
	uint32_t zero;
	uint64_t count; /* signals that have become one count as one */
};

#endif
