/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What both ends of the channel (bulkhead/channel.h) do with frames: put one together from bytes as they come, and check
 * it. The bytes are copied before they are looked at, and nothing in them is believed.
 */
#ifndef LIB_CHANNEL_H
#define LIB_CHANNEL_H

#include <bulkhead/channel.h>
#include <stdbool.h>
#include <stddef.h>

struct channel_input {
	uint8_t bytes[CHANNEL_FRAME_MAX];
	size_t have;
	bool is_lost; /* something was no frame: only HELLO counts */
};

struct channel_frame channel_frame_of(const struct channel_input *input);
static inline const uint8_t *channel_payload(const struct channel_input *input)
{
	return input->bytes + sizeof(struct channel_frame);
}
/* Bytes that belong behind those that are there: read at most so many to input->bytes + input->have. 0: a frame is whole. */
size_t channel_missing(const struct channel_input *input);
/*
 * After `have` grew. True when a whole frame is there: the caller deals with it and calls channel_taken(). While the
 * input is lost, bytes are dropped until a HELLO stands at the beginning.
 */
bool channel_is_whole(struct channel_input *input);
void channel_taken(struct channel_input *input);
/* The frame made no sense: all is dropped until the next HELLO. */
void channel_lose(struct channel_input *input);
/* What the window counts for a message. */
static inline uint32_t channel_cost(size_t message)
{
	return (uint32_t)(sizeof(struct channel_frame) + message);
}

#endif
