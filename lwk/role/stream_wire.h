/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire over a stream region (bulkhead/stream.h), for roles whose peer shares such a region with them; and the signals that the
 * peer has for init. How the peer is rung is the role's.
 */
#ifndef LWK_ROLE_STREAM_WIRE_H
#define LWK_ROLE_STREAM_WIRE_H

/*
 * Once, with the region mapped: makes the wire's devices. ring_peer makes the peer look at the rings; it may give it the core
 * meanwhile; called from threads. 0 or -errno.
 */
int stream_wire_start(void *region, void (*ring_peer)(void));
/* The peer has rung; any time, from an interrupt handler. */
void stream_wire_doorbell(void);

#endif
