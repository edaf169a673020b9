/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The channel between the login VM's Linux and the control task: frames in the two byte rings of a stream region (stream.h),
 * which the primary owns. `up` is Linux to control task. The frames carry *sessions*: each open file of Linux's
 * /dev/bulkhead is one, and what its messages say is in command.h. Neither side believes the other.
 *
 * Start: Linux's module sends HELLO with a number of its choice; the control task gives up all sessions it knew and answers
 * HELLO with the same number. Until then each side throws away what it reads, byte by byte: whatever an earlier kernel left
 * half written is skipped. A side that reads something that is no frame takes no more and waits for the next HELLO.
 *
 * Windows: a session's messages may have CHANNEL_WINDOW bytes on their way in each direction, headers included; the receiver
 * gives bytes back by CREDIT when they were consumed. So whoever takes frames out of a ring never has to wait: a
 * session that does not read holds up nobody but itself. More than the window, or more credit than was used, is malformed.
 *
 * Doorbells are FF-A notifications, number CHANNEL_NOTIFICATION in either direction: after frames were put in, and after room
 * was made in a ring that had less than CHANNEL_FRAME_MAX bytes free. They carry nothing, and one may come for nothing.
 *
 * Multi-byte fields are little-endian.
 */
#ifndef BULKHEAD_CHANNEL_H
#define BULKHEAD_CHANNEL_H

#include <assert.h>
#include <stdint.h>

#define CHANNEL_VERSION      1
#define CHANNEL_MAGIC        0x6c6e6843u /* "Chnl" */
#define CHANNEL_MESSAGE_MAX  8192u
#define CHANNEL_WINDOW       65536u
#define CHANNEL_SESSIONS_MAX 64u
#define CHANNEL_NOTIFICATION 0

enum channel_type {
	CHANNEL_HELLO = 1,   /* session 0; value: any number but 0, the answer repeats it */
	CHANNEL_OPEN = 2,    /* to the control task: a new session; value: user id that opened it */
	CHANNEL_MESSAGE = 3, /* 1 to CHANNEL_MESSAGE_MAX bytes */
	CHANNEL_CREDIT = 4,  /* value: bytes of the window given back */
	CHANNEL_CLOSE = 5,   /* the sender has nothing more to say and listens no more */
	CHANNEL_TYPES
};

struct channel_frame {
	uint32_t magic; /* CHANNEL_MAGIC */
	uint16_t type;  /* enum channel_type */
	uint16_t version;
	uint32_t
		session; /* chosen by Linux, not 0; a late frame of one that is closed is dropped */
	uint32_t value;
	uint32_t length; /* payload bytes that follow: of MESSAGE only */
};
static_assert(sizeof(struct channel_frame) == 20, "no holes");

#define CHANNEL_FRAME_MAX (sizeof(struct channel_frame) + CHANNEL_MESSAGE_MAX)

#endif
