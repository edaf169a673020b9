/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire (bulkhead/wire.h) as devices, on whatever carries the frames in this kernel's role.
 */
#ifndef LWK_WIRE_DEVICE_H
#define LWK_WIRE_DEVICE_H

#include <bulkhead/wire.h>
#include <lwk/wait.h>

struct wire_backend {
	/* a whole frame; one call at a time, may sleep. 0 or -errno */
	int (*send)(const struct wire_header *header, const void *payload);
	/*
	 * bytes that have come, 0 when there are none, -errno when the other side is not to be
	 * believed any more
	 */
	long (*receive)(void *to, size_t size);
	bool (*has_input)(void);
	struct wait_queue *readable;
	size_t payload_max; /* what a frame may carry at most */
};

/* Registers /dev/wire/{stdin,stdout,stderr,exit,files,report}. 0 or -errno. */
int wire_init(const struct wire_backend *backend);
/*
 * Registers /dev/wire/raw, for a kernel that relays frames of others: read gives the bytes as they
 * come (and takes them from /dev/wire/stdin), write takes one or more whole frames.
 */
int wire_init_raw(void);
/* /dev/null, /dev/zero, /dev/urandom, /dev/random, /dev/kmsg */
int basic_devices_init(void);

#endif
