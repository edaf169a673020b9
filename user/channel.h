/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's end of the channel (bulkhead/channel.h): frames on the file of the login VM, sessions, their windows. What
 * Linux sends is not believed: something that is no frame, or breaks a rule, ends all sessions; the channel waits for
 * the next HELLO. Memory is bounded: CHANNEL_WINDOW each way a session, and what its user puts in.
 */
#ifndef USER_CHANNEL_H
#define USER_CHANNEL_H

#include <lib/channel.h>
#include <user/bytes.h>

struct channel;

struct session {
	struct channel *channel;
	uint32_t id;     /* 0: this place is free */
	uint32_t user;   /* who opened it, as Linux says */
	uint32_t credit; /* bytes that we may still send */
	uint32_t owed;   /* bytes that were consumed and not yet given back */
	bool is_closing; /* CLOSE goes when all is sent */
	struct bytes in; /* frames that its user does not take yet */
	struct bytes
		out; /* frames that Linux has not read, as far as its credit tells; then those that wait for credit or room */
	size_t sent; /* bytes of `out` that are on their way */
	uint32_t read; /* credit for a part of the first frame */
	void *use;     /* its user's */
};

struct channel_user {
	/* A message. False: not now, it is offered again by channel_serve(). */
	bool (*message)(struct session *session, const uint8_t *data, size_t size);
	/* A message that has just come: true when it was dealt with out of turn. */
	bool (*urgent)(struct session *session, const uint8_t *data, size_t size);
	/* Linux closed it. It is free when this returns. */
	void (*closed)(struct session *session);
	/* Linux began anew, or broke the rules: the session is gone, its user did not close it. */
	void (*lost)(struct session *session);
};

struct channel {
	int fd; /* non-blocking; -1: none */
	bool is_up;
	const struct channel_user *user;
	size_t turn;        /* the session that comes first */
	uint32_t malformed; /* times that something was no frame */
	struct channel_input input;
	uint8_t output[4 * CHANNEL_FRAME_MAX];
	size_t have, sent; /* of output */
	struct session sessions[CHANNEL_SESSIONS_MAX];
};

/* A new login VM, or none (fd -1): sessions that were there are lost. The file stays the caller's. */
void channel_begin(struct channel *channel, int fd, const struct channel_user *user);
/* Takes what has come, offers what waits, sends what there is: after poll(2) said something. */
void channel_serve(struct channel *channel);
/* Sends what there is, after anything was put; nobody gets a message by that. */
void channel_send(struct channel *channel);
/* Whether POLLOUT is worth waiting for. */
bool channel_is_sending(const struct channel *channel);
/* Puts a message of 1 to CHANNEL_MESSAGE_MAX bytes. False when there is no memory. */
bool session_send(struct session *session, const void *data, size_t size);
/* Bytes that were put and not sent yet. */
static inline size_t session_queue(const struct session *session)
{
	return session->out.used - session->sent;
}
/*
 * Of the messages that were put, those that Linux may not have read, in order: *at is 0 at first. False at the end. Some were read: credit
 * comes for several at once.
 */
bool session_unread(const struct session *session, size_t *at, const uint8_t **data, size_t *size);
/* After what was put. Its user is told nothing any more. */
void session_close(struct session *session);

#endif
