/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames of the channel out of a byte stream. A header is checked when its last byte has come, before any payload is waited for:
 * a length that cannot be never makes us wait.
 */
#include <lib/channel.h>
#include <lib/string.h>

#define HEADER sizeof(struct channel_frame)

struct channel_frame channel_frame_of(const struct channel_input *input)
{
	struct channel_frame frame;

	memcpy(&frame, input->bytes, HEADER);
	return frame;
}

size_t channel_missing(const struct channel_input *input)
{
	if (input->have < HEADER)
		return HEADER - input->have;
	return HEADER + channel_frame_of(input).length - input->have;
}

static bool is_valid(const struct channel_frame *frame)
{
	if (frame->magic != CHANNEL_MAGIC || frame->version != CHANNEL_VERSION)
		return false;
	if (frame->type == CHANNEL_MESSAGE)
		return frame->session != 0 && frame->length > 0 &&
		       frame->length <= CHANNEL_MESSAGE_MAX;
	if (frame->length != 0)
		return false;
	if (frame->type == CHANNEL_HELLO)
		return frame->session == 0 && frame->value != 0;
	return frame->session != 0 && frame->type >= CHANNEL_OPEN && frame->type < CHANNEL_TYPES;
}

static void drop_byte(struct channel_input *input)
{
	input->have--;
	memmove(input->bytes, input->bytes + 1, input->have);
}

/* with a whole header at the beginning */
static bool is_accepted(struct channel_input *input)
{
	struct channel_frame frame = channel_frame_of(input);

	if (!is_valid(&frame))
		return false;
	if (frame.type == CHANNEL_HELLO)
		input->is_lost = false;
	return !input->is_lost;
}

bool channel_is_whole(struct channel_input *input)
{
	if (input->have < HEADER)
		return false;
	if (!is_accepted(input)) {
		input->is_lost = true;
		drop_byte(input);
		return false;
	}
	return channel_missing(input) == 0;
}

void channel_taken(struct channel_input *input)
{
	input->have = 0;
}

void channel_lose(struct channel_input *input)
{
	input->is_lost = true;
	input->have = 0;
}
