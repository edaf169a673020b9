/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Relaying of one VM's streams between /dev/vm/N and the wire. What a VM sends is not trusted: only whole, well-formed
 * frames of the channels a job has pass, under the VM's true id. Buffers are bounded: one frame each way.
 */
#ifndef USER_RELAY_H
#define USER_RELAY_H

#include <bulkhead/wire.h>
#include <stdbool.h>
#include <stddef.h>

struct frame {
	uint8_t bytes[sizeof(struct wire_header) + WIRE_PAYLOAD_MAX];
	size_t have;
};

struct relay {
	uint16_t vm;
	bool made;      /* at run time: to be destroyed */
	int fd;         /* of /dev/vm/N, non-blocking; -1 once it is closed */
	bool malformed; /* what it sends is no longer believed, only thrown away */
	struct frame up;
	struct frame down;
	size_t down_sent; /* bytes of `down` that the VM has taken */
};

/* what a frame still lacks to be whole, as far as its bytes so far tell; 0 when it is whole */
size_t frame_missing(const struct frame *frame);
struct wire_header frame_header(const struct frame *frame);

/* What becomes of a whole frame, which is well-formed. */
typedef void relay_sink(void *context, const struct frame *frame);

/* Takes some of what the VM has sent. False once the VM has ended and all is taken. */
bool relay_take_to(struct relay *relay, relay_sink *sink, void *context);
/* Takes what the VM has sent and passes whole frames to `wire`. False once the VM has ended and all is taken. */
bool relay_take(struct relay *relay, int wire);
/* a whole frame for the VM; only when !relay_is_busy() */
void relay_put(struct relay *relay, const struct frame *frame);
bool relay_is_busy(const struct relay *relay);
/* gives the VM as much of the frame as it takes now */
void relay_push(struct relay *relay);

#endif
