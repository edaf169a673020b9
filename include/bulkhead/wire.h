/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire: how streams, results and reports travel between a node's programs and the operator's tool, as frames
 * on one byte stream. The same frames cross the UART (node to tool) and the stream rings (VM to primary).
 *
 * A frame is a header and `length` bytes of payload. On the UART, bytes outside of frames are console text: printable
 * ASCII, newline, tab; whoever logs text of foreign origin replaces everything else, so that no log can forge a frame.
 * Multi-byte fields are little-endian.
 */
#ifndef BULKHEAD_WIRE_H
#define BULKHEAD_WIRE_H

#include <assert.h>
#include <stdint.h>

#define WIRE_START       0x01 /* first byte of every frame */
#define WIRE_PAYLOAD_MAX 4096

enum wire_channel {
	WIRE_STDIN = 0, /* tool to job; length 0: end of file */
	WIRE_STDOUT = 1,
	WIRE_STDERR = 2,
	WIRE_EXIT = 3,  /* init to tool, once: uint32_t status as of wait(2), or WIRE_NOT_STARTED */
	WIRE_FILES = 4, /* init to tool: files, a cpio archive (newc) as raw deflate (RFC 1951) */
	WIRE_REPORT =
		5, /* kernel or control task to tool: one JSON object a frame; never relayed for a VM */
	WIRE_CALLS =
		6, /* init to tool: lines "NUMBER NAME COUNT", system calls the kernel does not know */
	WIRE_CHANNELS
};

/* added to an errno in WIRE_EXIT: the program could not be started for that reason */
#define WIRE_NOT_STARTED 0x10000u

struct wire_header {
	uint8_t start;   /* WIRE_START */
	uint8_t channel; /* enum wire_channel */
	uint16_t
		vm; /* id of the VM; 0 = the kernel that owns the UART. Stamped by the relay, not believed */
	uint16_t length; /* 0 to WIRE_PAYLOAD_MAX */
};
static_assert(sizeof(struct wire_header) == 6, "packed by nature");

#endif
