/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a job wrote while nobody was there to take it: the newest bytes up to a limit, in order, each piece with the stream that
 * it belongs to; what had to go is counted.
 */
#ifndef USER_KEPT_H
#define USER_KEPT_H

#include <user/bytes.h>

struct kept {
	struct bytes pieces;
	size_t limit;   /* bytes of `pieces`; 0: COMMAND_KEPT_MAX */
	uint64_t bytes; /* of output in `pieces` */
	uint64_t lost;
};

struct kept_piece {
	uint16_t type; /* ANSWER_STDOUT, ANSWER_STDERR or ANSWER_LOG */
	uint16_t size;
};

/* size: at most CHANNEL_MESSAGE_MAX */
void kept_put(struct kept *kept, uint16_t type, const void *data, size_t size);
/* The oldest piece; false when there is none. Its bytes follow it. */
bool kept_first(const struct kept *kept, struct kept_piece *piece, const uint8_t **data);
void kept_drop(struct kept *kept);
void kept_free(struct kept *kept);

#endif
