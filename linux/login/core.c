/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Linux's end of the channel. A frame is put into the ring whole or not at all, so that whoever stops in between leaves no half
 * frame. OPEN, CREDIT and CLOSE that find no room wait as flags of their session.
 */
#include <bulkhead/status.h>
#include <lib/string.h>
#include "core.h"

#define HEADER    sizeof(struct channel_frame)
#define SLOT_BITS 6u
/* given back in one go, lest there be a CREDIT for each message */
#define CREDIT_STEP (CHANNEL_WINDOW / 4)

/* Reads of one core_serve(): a peer that never stops sending must not keep us in it. */
#define SERVE_READS 1024u

_Static_assert(CHANNEL_SESSIONS_MAX == 1u << SLOT_BITS, "a session's id holds its slot");
_Static_assert((CHANNEL_WINDOW & (CHANNEL_WINDOW - 1)) == 0, "buffers are rings");

void core_init(struct core *core, struct stream_region *region, uint32_t hello)
{
	uint8_t *base = (uint8_t *)region;

	memset(core, 0, sizeof(*core));
	core->hello = hello | 1;
	core->input.is_lost = true;
	ring_init_producer(&core->out, &region->up, base + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_consumer(&core->in, &region->down, base + STREAM_DOWN_OFFSET, STREAM_DOWN_SIZE);
}

/* Whether all of it went in. */
static bool put_frame(struct core *core, const struct channel_frame *frame, const void *payload)
{
	int64_t space = ring_space(&core->out);

	if (space < (int64_t)(HEADER + frame->length)) {
		/* the peer, which makes room first and looks then, sees that we want some */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		space = ring_space(&core->out);
	}
	if (space < (int64_t)(HEADER + frame->length))
		return false;
	(void)ring_write(&core->out, frame, HEADER);
	if (frame->length > 0)
		(void)ring_write(&core->out, payload, frame->length);
	core->must_ring = true;
	return true;
}

static bool put_short(struct core *core, enum channel_type type, uint32_t session, uint32_t value)
{
	struct channel_frame frame = {
		.magic = CHANNEL_MAGIC,
		.type = (uint16_t)type,
		.version = CHANNEL_VERSION,
		.session = session,
		.value = value,
	};

	return put_frame(core, &frame, NULL);
}

/* The channel begins anew: a fresh HELLO, and nothing that was open goes on. */
static void reset(struct core *core)
{
	core->state = CORE_NEW;
	core->hello += 2;
	core->resets++;
	channel_lose(&core->input);
	for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct core_session *session = &core->sessions[i];

		session->is_broken = true;
		if (session->id != 0 && session->buffer == NULL)
			session->id = 0; /* closed: nobody waits for it */
	}
}

static struct core_session *find(struct core *core, uint32_t id)
{
	struct core_session *session = &core->sessions[id & (CHANNEL_SESSIONS_MAX - 1)];

	return session->id == id && session->buffer != NULL && !session->is_broken ? session : NULL;
}

static void buffer_put(struct core_session *session, const void *data, size_t size)
{
	size_t at = session->head & (CHANNEL_WINDOW - 1);
	size_t first = size < CHANNEL_WINDOW - at ? size : CHANNEL_WINDOW - at;

	memcpy(session->buffer + at, data, first);
	memcpy(session->buffer, (const uint8_t *)data + first, size - first);
	session->head += (uint32_t)size;
}

static void buffer_get(const struct core_session *session, uint32_t from, void *to, size_t size)
{
	size_t at = from & (CHANNEL_WINDOW - 1);
	size_t first = size < CHANNEL_WINDOW - at ? size : CHANNEL_WINDOW - at;

	memcpy(to, session->buffer + at, first);
	memcpy((uint8_t *)to + first, session->buffer, size - first);
}

/* False when it is more than the window that the peer has. */
static bool take_message(struct core_session *session, const struct channel_frame *frame,
			 const uint8_t *payload)
{
	uint32_t cost = channel_cost(frame->length);

	if (session->head - session->tail + session->owed + cost > CHANNEL_WINDOW)
		return false;
	if (session->is_ended)
		return true;
	buffer_put(session, frame, HEADER);
	buffer_put(session, payload, frame->length);
	return true;
}

/* False when more comes back than was ever used. */
static bool take_credit(struct core_session *session, uint32_t value)
{
	if (value > CHANNEL_WINDOW - session->credit)
		return false;
	session->credit += value;
	return true;
}

static bool take_frame(struct core *core)
{
	struct channel_frame frame = channel_frame_of(&core->input);
	struct core_session *session = find(core, frame.session);

	switch (frame.type) {
	case CHANNEL_HELLO:
		if (core->state != CORE_ASKED || frame.value != core->hello)
			return false;
		core->state = CORE_UP;
		return true;
	case CHANNEL_MESSAGE:
		return !session || take_message(session, &frame, channel_payload(&core->input));
	case CHANNEL_CREDIT:
		return !session || take_credit(session, frame.value);
	case CHANNEL_CLOSE:
		if (session)
			session->is_ended = true;
		return true;
	default:
		return false;
	}
}

/* What has come, until the ring is empty; true when there may be more. */
static bool take_all(struct core *core)
{
	struct channel_input *input = &core->input;

	for (unsigned reads = 0; reads < SERVE_READS; reads++) {
		size_t room = channel_missing(input);
		int64_t got = ring_read(&core->in, input->bytes + input->have, room);

		if (got <= 0)
			return false;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		/* the room is there; the peer may wait for it, if it had not enough */
		if (ring_fill(&core->in) + got > (int64_t)(STREAM_DOWN_SIZE - CHANNEL_FRAME_MAX))
			core->must_ring = true;
		input->have += (size_t)got;
		if (!channel_is_whole(input)) {
			if (input->is_lost && core->state == CORE_UP)
				reset(core);
			continue;
		}
		if (take_frame(core))
			channel_taken(input);
		else if (core->state == CORE_UP)
			reset(core);
		else
			channel_lose(input);
	}
	return true;
}

/* What waits for room; OPEN before anything else of a session, CLOSE last. */
static void flush_session(struct core *core, struct core_session *session)
{
	if (session->must_open && put_short(core, CHANNEL_OPEN, session->id, session->user))
		session->must_open = false;
	if (session->must_open)
		return;
	if (session->must_close && put_short(core, CHANNEL_CLOSE, session->id, 0)) {
		session->must_close = false;
		session->id = 0;
	}
	if (session->id == 0 || session->is_ended)
		return;
	if (session->owed >= CREDIT_STEP &&
	    put_short(core, CHANNEL_CREDIT, session->id, session->owed))
		session->owed = 0;
}

bool core_serve(struct core *core)
{
	bool is_more = take_all(core);

	if (core->in.corrupt || core->out.corrupt) {
		reset(core);
		return false;
	}
	if (core->state == CORE_NEW && put_short(core, CHANNEL_HELLO, 0, core->hello))
		core->state = CORE_ASKED;
	for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX && core->state == CORE_UP; i++) {
		struct core_session *session = &core->sessions[i];

		if (session->id != 0 && !session->is_broken)
			flush_session(core, session);
	}
	return is_more;
}

struct core_session *core_open(struct core *core, uint8_t *buffer, uint32_t user)
{
	for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct core_session *session = &core->sessions[i];

		if (session->id != 0)
			continue;
		core->generation++;
		*session = (struct core_session){
			.id = (core->generation << SLOT_BITS) | i,
			.user = user,
			.buffer = buffer,
			.credit = CHANNEL_WINDOW,
			.must_open = true,
		};
		if (session->id == 0) /* the numbers went round */
			session->id = 1u << SLOT_BITS;
		return session;
	}
	return NULL;
}

uint8_t *core_close(struct core *core, struct core_session *session)
{
	uint8_t *buffer = session->buffer;

	(void)core;
	session->buffer = NULL;
	/* one that the peer never heard of, or cannot hear of any more */
	if (session->must_open || session->is_broken)
		session->id = 0;
	session->must_close = session->id != 0;
	return buffer;
}

int core_send(struct core *core, struct core_session *session, const void *message, size_t size)
{
	struct channel_frame frame = {
		.magic = CHANNEL_MAGIC,
		.type = CHANNEL_MESSAGE,
		.version = CHANNEL_VERSION,
		.session = session->id,
		.length = (uint32_t)size,
	};

	if (session->is_broken)
		return BH_ECORRUPT;
	if (size == 0 || size > CHANNEL_MESSAGE_MAX)
		return BH_EINVAL;
	if (session->is_ended)
		return BH_ENOENT;
	if (core->state != CORE_UP || session->must_open || session->credit < channel_cost(size))
		return BH_EBUSY;
	if (!put_frame(core, &frame, message))
		return BH_EBUSY;
	session->credit -= channel_cost(size);
	return BH_OK;
}

int64_t core_receive(struct core *core, struct core_session *session, void *to, size_t size)
{
	struct channel_frame frame;

	(void)core;
	if (session->head == session->tail) {
		if (session->is_broken)
			return BH_ECORRUPT;
		return session->is_ended ? 0 : BH_EBUSY;
	}
	buffer_get(session, session->tail, &frame, HEADER);
	if (frame.length > size)
		return BH_ERANGE;
	buffer_get(session, session->tail + (uint32_t)HEADER, to, frame.length);
	session->tail += channel_cost(frame.length);
	session->owed += channel_cost(frame.length);
	return frame.length;
}

unsigned core_events(struct core *core, const struct core_session *session)
{
	unsigned events = 0;

	if (session->head != session->tail)
		events |= CORE_READABLE;
	if (session->is_broken)
		return events | CORE_BROKEN;
	if (session->is_ended)
		return events | CORE_ENDED;
	if (core->state == CORE_UP && !session->must_open &&
	    session->credit >= channel_cost(CHANNEL_MESSAGE_MAX) &&
	    ring_space(&core->out) >= (int64_t)CHANNEL_FRAME_MAX)
		events |= CORE_WRITABLE;
	return events;
}
