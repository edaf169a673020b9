/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's end of the channel. Frames go out through one buffer, from the sessions in turn, each as far as its credit goes.
 */
#include <string.h>
#include <unistd.h>
#include <user/channel.h>

#define HEADER      sizeof(struct channel_frame)
#define CREDIT_STEP (CHANNEL_WINDOW / 4)
/* of one channel_serve(): a Linux that never stops sending must not keep us from the others */
#define TURN_READS 256u

static void session_free(struct session *session)
{
	bytes_free(&session->in);
	bytes_free(&session->out);
	*session = (struct session){.channel = session->channel};
}

static void lose_all(struct channel *channel)
{
	channel->is_up = false;
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct session *session = &channel->sessions[i];

		if (session->id == 0)
			continue;
		if (!session->is_closing)
			channel->user->lost(session);
		session_free(session);
	}
}

/* what was to go to the sessions that are gone; a frame that has begun must be ended */
static void drop_output(struct channel *channel)
{
	size_t at = 0;

	while (at < channel->sent) {
		struct channel_frame frame;

		memcpy(&frame, channel->output + at, HEADER);
		at += HEADER + frame.length;
	}
	channel->have = at;
}

void channel_begin(struct channel *channel, int fd, const struct channel_user *user)
{
	channel->user = user;
	lose_all(channel);
	channel->fd = fd;
	channel->have = 0;
	channel->sent = 0;
	channel_lose(&channel->input);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++)
		channel->sessions[i].channel = channel;
}

static struct session *find(struct channel *channel, uint32_t id)
{
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		if (channel->sessions[i].id == id)
			return &channel->sessions[i];
	}
	return NULL;
}

static bool has_output_room(const struct channel *channel, size_t payload)
{
	return sizeof(channel->output) - channel->have >= HEADER + payload;
}

static void output_frame(struct channel *channel, const void *frame, size_t size)
{
	memcpy(channel->output + channel->have, frame, size);
	channel->have += size;
}

static struct channel_frame frame_make(enum channel_type type, uint32_t session, uint32_t value)
{
	return (struct channel_frame){
		.magic = CHANNEL_MAGIC,
		.type = (uint16_t)type,
		.version = CHANNEL_VERSION,
		.session = session,
		.value = value,
	};
}

static bool output_short(struct channel *channel, enum channel_type type, uint32_t session,
			 uint32_t value)
{
	struct channel_frame frame = frame_make(type, session, value);

	if (!has_output_room(channel, 0))
		return false;
	output_frame(channel, &frame, HEADER);
	return true;
}

/* the answer finds room: whatever was in the buffer was for sessions that are gone */
static bool take_hello(struct channel *channel, uint32_t value)
{
	lose_all(channel);
	drop_output(channel);
	channel->is_up = true;
	return output_short(channel, CHANNEL_HELLO, 0, value);
}

static bool take_open(struct channel *channel, const struct channel_frame *frame)
{
	struct session *session = find(channel, 0);

	if (session == NULL || find(channel, frame->session) != NULL)
		return false;
	session->id = frame->session;
	session->user = frame->value;
	session->credit = CHANNEL_WINDOW;
	return true;
}

/* whether its user has dealt with it */
static bool give_message(struct session *session, const uint8_t *data, size_t size)
{
	const struct channel_user *user = session->channel->user;

	if (session->is_closing || user->urgent(session, data, size))
		return true;
	return session->in.used == 0 && user->message(session, data, size);
}

/* False when it is more than the window. */
static bool take_message(struct session *session, const struct channel_frame *frame,
			 const uint8_t *payload)
{
	uint32_t cost = channel_cost(frame->length);

	if (session->in.used + session->owed + cost > CHANNEL_WINDOW)
		return false;
	if (give_message(session, payload, frame->length)) {
		session->owed += cost;
		return true;
	}
	/* without memory the session is of no use, but the channel is */
	if (!bytes_put(&session->in, frame, HEADER) ||
	    !bytes_put(&session->in, payload, frame->length)) {
		session->channel->user->lost(session);
		session_close(session);
	}
	return true;
}

static bool take_credit(struct session *session, uint32_t value)
{
	if (value > CHANNEL_WINDOW - session->credit)
		return false;
	session->credit += value;
	session->read += value;
	while (session->sent > 0) {
		struct channel_frame frame;

		memcpy(&frame, bytes_first(&session->out), HEADER);
		if (session->read < channel_cost(frame.length))
			break;
		session->read -= channel_cost(frame.length);
		session->sent -= HEADER + frame.length;
		bytes_drop(&session->out, HEADER + frame.length);
	}
	return true;
}

static void take_close(struct channel *channel, struct session *session)
{
	if (!session->is_closing)
		channel->user->closed(session);
	session_free(session);
}

static bool take_frame(struct channel *channel)
{
	struct channel_frame frame = channel_frame_of(&channel->input);
	struct session *session = find(channel, frame.session);

	if (frame.type == CHANNEL_HELLO)
		return take_hello(channel, frame.value);
	if (frame.type == CHANNEL_OPEN)
		return take_open(channel, &frame);
	if (session == NULL || frame.session == 0)
		return true; /* closed by us, and Linux did not know yet */
	if (frame.type == CHANNEL_MESSAGE)
		return take_message(session, &frame, channel_payload(&channel->input));
	if (frame.type == CHANNEL_CREDIT)
		return take_credit(session, frame.value);
	take_close(channel, session);
	return true;
}

static void take_malformed(struct channel *channel)
{
	channel->malformed++;
	lose_all(channel);
	drop_output(channel);
	channel_lose(&channel->input);
}

static void take_all(struct channel *channel)
{
	struct channel_input *input = &channel->input;

	for (unsigned turn = 0; turn < TURN_READS; turn++) {
		ssize_t got = read(channel->fd, input->bytes + input->have, channel_missing(input));

		if (got <= 0)
			return;
		input->have += (size_t)got;
		if (!channel_is_whole(input)) {
			if (input->is_lost && channel->is_up)
				take_malformed(channel);
			continue;
		}
		if (take_frame(channel))
			channel_taken(input);
		else
			take_malformed(channel);
	}
}

/* what waits in a session's queue, as far as its user takes it now */
static void offer(struct session *session)
{
	struct channel_frame frame;

	while (session->id != 0 && session->in.used > 0) {
		memcpy(&frame, bytes_first(&session->in), HEADER);
		if (!session->channel->user->message(session, bytes_first(&session->in) + HEADER,
						     frame.length))
			return;
		if (session->is_closing)
			return;
		bytes_drop(&session->in, HEADER + frame.length);
		session->owed += channel_cost(frame.length);
	}
}

/* moves what a session may send into the buffer; false when that is full */
static bool flush_session(struct channel *channel, struct session *session)
{
	struct channel_frame frame;

	if (session->owed >= CREDIT_STEP) {
		if (!output_short(channel, CHANNEL_CREDIT, session->id, session->owed))
			return false;
		session->owed = 0;
	}
	while (session_queue(session) > 0) {
		const uint8_t *next = bytes_first(&session->out) + session->sent;

		memcpy(&frame, next, HEADER);
		if (session->credit < channel_cost(frame.length))
			return true;
		if (!has_output_room(channel, frame.length))
			return false;
		output_frame(channel, next, HEADER + frame.length);
		session->sent += HEADER + frame.length;
		session->credit -= channel_cost(frame.length);
	}
	if (!session->is_closing)
		return true;
	if (!output_short(channel, CHANNEL_CLOSE, session->id, 0))
		return false;
	session_free(session);
	return true;
}

static void fill_output(struct channel *channel)
{
	size_t first = channel->turn++;

	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct session *session = &channel->sessions[(first + i) % CHANNEL_SESSIONS_MAX];

		if (session->id != 0 && !flush_session(channel, session))
			return;
	}
}

/* false when the ring is full, or nothing is left to send */
static bool push_output(struct channel *channel)
{
	ssize_t n;

	if (channel->sent == channel->have)
		return false;
	n = write(channel->fd, channel->output + channel->sent, channel->have - channel->sent);
	if (n <= 0)
		return false;
	channel->sent += (size_t)n;
	if (channel->sent < channel->have)
		return true;
	channel->sent = 0;
	channel->have = 0;
	return true;
}

void channel_send(struct channel *channel)
{
	if (channel->fd < 0)
		return;
	do {
		if (channel->is_up)
			fill_output(channel);
	} while (push_output(channel));
}

void channel_serve(struct channel *channel)
{
	if (channel->fd < 0)
		return;
	take_all(channel);
	/* in turn: what one gets may be what another one waits for */
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++)
		offer(&channel->sessions[(channel->turn + i) % CHANNEL_SESSIONS_MAX]);
	channel_send(channel);
}

bool channel_is_sending(const struct channel *channel)
{
	return channel->sent < channel->have;
}

bool session_send(struct session *session, const void *data, size_t size)
{
	struct channel_frame frame = frame_make(CHANNEL_MESSAGE, session->id, 0);

	frame.length = (uint32_t)size;
	if (session->is_closing)
		return true;
	return bytes_put(&session->out, &frame, HEADER) && bytes_put(&session->out, data, size);
}

bool session_unread(const struct session *session, size_t *at, const uint8_t **data, size_t *size)
{
	struct channel_frame frame;

	if (*at == session->out.used)
		return false;
	memcpy(&frame, bytes_first(&session->out) + *at, HEADER);
	*data = bytes_first(&session->out) + *at + HEADER;
	*size = frame.length;
	*at += HEADER + frame.length;
	return true;
}

void session_close(struct session *session)
{
	session->is_closing = true;
	session->use = NULL;
	bytes_free(&session->in);
}
