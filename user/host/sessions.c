/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sessions of user/channel.h where the control task runs in Linux as a daemon: each connection of a Unix socket is one, each packet a
 * message. What a session does not read waits in its queue here, what its user does not take waits in the socket, so one holds up nobody else.
 * The channel's file is an epoll set: readable when any of them wants something.
 */
#define _GNU_SOURCE
#include <bulkhead/command.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>
#include <user/channel.h>
#include <user/host/sessions.h>

#define LISTENER CHANNEL_SESSIONS_MAX
#define TIMER    (LISTENER + 1)
/* for the other side to close a session that we have closed: one to two of these */
#define LINGER_SECONDS 10
/* packets that are read ahead of what the user takes, for those that overtake (channel_user.urgent) */
#define AHEAD_MAX CHANNEL_WINDOW
/* of one session: those of others come in turn */
#define PACKETS_AT_ONCE 32

static struct {
	int listener;
	int timer;
	bool is_timed; /* it runs */
	uint32_t last_id;
	struct connection {
		int fd;
		uint32_t events; /* that are waited for */
		bool is_shut; /* we have said all; what still comes is thrown away, up to its end */
		bool is_late; /* and was at the timer's last end, too */
	} connections[CHANNEL_SESSIONS_MAX];
} hub = {.listener = -1, .timer = -1};

static struct connection *connection_of(const struct session *session)
{
	return &hub.connections[session - session->channel->sessions];
}

static void session_free(struct session *session)
{
	(void)close(connection_of(session)->fd); /* leaves the set by that */
	bytes_free(&session->in);
	bytes_free(&session->out);
	*session = (struct session){.channel = session->channel};
}

static void session_lose(struct session *session)
{
	if (!session->is_closing)
		session->channel->user->lost(session);
	session_free(session);
}

static void time_closing(void)
{
	const struct itimerspec linger = {.it_value.tv_sec = LINGER_SECONDS};

	if (!hub.is_timed)
		hub.is_timed = timerfd_settime(hub.timer, 0, &linger, NULL) == 0;
}

/* What they were sent stays theirs to read; what they still send is nobody's. */
static void end_late(struct channel *channel)
{
	uint64_t times;

	(void)!read(hub.timer, &times, sizeof(times));
	hub.is_timed = false;
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct connection *connection = &hub.connections[i];

		if (channel->sessions[i].id == 0 || !connection->is_shut)
			continue;
		if (connection->is_late)
			session_free(&channel->sessions[i]);
		else
			time_closing();
		connection->is_late = true;
	}
}

static void watch(const struct session *session)
{
	struct connection *connection = connection_of(session);
	struct epoll_event event = {
		.data.u32 = (uint32_t)(session - session->channel->sessions),
	};

	if (session->in.used < AHEAD_MAX)
		event.events |= EPOLLIN;
	if (session->out.used > 0)
		event.events |= EPOLLOUT;
	if (event.events == connection->events)
		return;
	connection->events = event.events;
	(void)epoll_ctl(session->channel->fd, EPOLL_CTL_MOD, connection->fd, &event);
}

static struct session *free_session(struct channel *channel)
{
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		if (channel->sessions[i].id == 0)
			return &channel->sessions[i];
	}
	return NULL;
}

/* False when the connection cannot be a session. */
static bool session_begin(struct channel *channel, int fd)
{
	struct session *session = free_session(channel);
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct epoll_event event = {.events = EPOLLIN};

	if (session == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	event.data.u32 = (uint32_t)(session - channel->sessions);
	if (epoll_ctl(channel->fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return false;
	if (++hub.last_id == 0)
		hub.last_id = 1;
	session->id = hub.last_id;
	session->user = peer.uid;
	*connection_of(session) = (struct connection){.fd = fd, .events = event.events};
	return true;
}

/* An answer to whatever it asks for. */
static void turn_away(int fd)
{
	struct {
		struct command_header header;
		struct answer_done done;
	} answer = {
		.header = {.type = ANSWER_DONE,
			   .version = COMMAND_VERSION,
			   .length = sizeof(answer.done)},
		.done.error = EMFILE,
	};

	(void)snprintf(
		answer.done.text, sizeof(answer.done.text),
		"%u sessions are open, as many as there can be; try again when one has ended.",
		CHANNEL_SESSIONS_MAX);
	(void)send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
	close(fd);
}

static void take_connections(struct channel *channel)
{
	int fd;

	while ((fd = accept4(hub.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (!session_begin(channel, fd))
			turn_away(fd);
	}
}

/* whether its user has dealt with it */
static bool give_message(struct session *session, const uint8_t *data, size_t size)
{
	const struct channel_user *user = session->channel->user;

	if (session->is_closing || user->urgent(session, data, size))
		return true;
	return session->in.used == 0 && user->message(session, data, size);
}

/* The other side has closed it. */
static void session_closed(struct session *session)
{
	if (!session->is_closing)
		session->channel->user->closed(session);
	session_free(session);
}

/* False when nothing is left to read, or the session is gone. */
static bool take_packet(struct session *session)
{
	uint8_t packet[CHANNEL_MESSAGE_MAX];
	ssize_t got = recv(connection_of(session)->fd, packet, sizeof(packet), MSG_TRUNC);
	uint32_t size = (uint32_t)got;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		session_closed(session);
		return false;
	}
	if (got > (ssize_t)sizeof(packet)) {
		session_lose(session);
		return false;
	}
	if (give_message(session, packet, size))
		return true;
	if (bytes_put(&session->in, &size, sizeof(size)) && bytes_put(&session->in, packet, size))
		return session->in.used < AHEAD_MAX;
	session_lose(session);
	return false;
}

static void take_events(struct session *session, uint32_t events)
{
	if (session->id == 0)
		return;
	if ((connection_of(session)->events & EPOLLIN) == 0) {
		if ((events & (EPOLLHUP | EPOLLERR)) != 0)
			session_closed(session);
		return;
	}
	/* what is left comes with the next event */
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
		for (int i = 0; i < PACKETS_AT_ONCE && take_packet(session); i++)
			;
	}
}

/* what waits in a session's queue, as far as its user takes it now */
static void offer(struct session *session)
{
	uint32_t size;

	while (!session->is_closing && session->in.used > 0) {
		memcpy(&size, bytes_first(&session->in), sizeof(size));
		if (!session->channel->user->message(
			    session, bytes_first(&session->in) + sizeof(size), size))
			return;
		if (session->in.used > 0)
			bytes_drop(&session->in, sizeof(size) + size);
	}
}

/* False when the session is gone. */
static bool flush(struct session *session)
{
	uint32_t size;

	while (session->out.used > 0) {
		memcpy(&size, bytes_first(&session->out), sizeof(size));
		if (send(connection_of(session)->fd, bytes_first(&session->out) + sizeof(size),
			 size, MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
				return true;
			session_closed(session);
			return false;
		}
		bytes_drop(&session->out, sizeof(size) + size);
	}
	/* not closed yet: what the other side has sent and we have not read would cost it our last words */
	if (session->is_closing && !connection_of(session)->is_shut) {
		connection_of(session)->is_shut = true;
		(void)shutdown(connection_of(session)->fd, SHUT_WR);
		time_closing();
	}
	return true;
}

int sessions_listen(const char *path, const char *group)
{
	const struct group *members = group != NULL ? getgrnam(group) : NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	/* nobody gets in before the rights are as they shall be */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    chmod(path, members != NULL ? 0660 : 0600) == 0 &&
	    (members == NULL || chown(path, 0, members->gr_gid) == 0) &&
	    listen(fd, CHANNEL_SESSIONS_MAX) == 0)
		return fd;
	close(fd);
	return -1;
}

void channel_begin(struct channel *channel, int fd, const struct channel_user *user)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
	struct epoll_event timer = {.events = EPOLLIN, .data.u32 = TIMER};

	channel->user = user;
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		channel->sessions[i].channel = channel;
		if (channel->sessions[i].id != 0)
			session_lose(&channel->sessions[i]);
	}
	if (channel->fd >= 0) {
		close(channel->fd);
		close(hub.timer);
	}
	channel->fd = hub.timer = -1;
	hub.listener = fd;
	if (fd < 0)
		return;
	channel->fd = epoll_create1(EPOLL_CLOEXEC);
	hub.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	hub.is_timed = false;
	channel->is_up = channel->fd >= 0 &&
			 epoll_ctl(channel->fd, EPOLL_CTL_ADD, fd, &event) == 0 &&
			 epoll_ctl(channel->fd, EPOLL_CTL_ADD, hub.timer, &timer) == 0;
}

void channel_send(struct channel *channel)
{
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct session *session = &channel->sessions[i];

		if (session->id != 0 && flush(session))
			watch(session);
	}
}

void channel_serve(struct channel *channel)
{
	struct epoll_event events[CHANNEL_SESSIONS_MAX + 2];
	bool is_time = false, is_asked = false;
	int count;

	if (channel->fd < 0)
		return;
	count = epoll_wait(channel->fd, events, CHANNEL_SESSIONS_MAX + 2, 0);
	for (int i = 0; i < count; i++) {
		if (events[i].data.u32 == LISTENER)
			is_asked = true;
		else if (events[i].data.u32 == TIMER)
			is_time = true;
		else
			take_events(&channel->sessions[events[i].data.u32], events[i].events);
	}
	/* behind the events, which are of sessions that were there before: one that ends makes room for one that comes */
	if (is_asked)
		take_connections(channel);
	if (is_time)
		end_late(channel);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		if (channel->sessions[i].id != 0)
			offer(&channel->sessions[i]);
	}
	channel_send(channel);
}

/* The set tells when a socket has room. */
bool channel_is_sending(const struct channel *channel)
{
	(void)channel;
	return false;
}

bool session_send(struct session *session, const void *data, size_t size)
{
	const uint32_t length = (uint32_t)size;

	if (session->is_closing)
		return true;
	return bytes_put(&session->out, &length, sizeof(length)) &&
	       bytes_put(&session->out, data, size);
}

/* What the socket has taken is the other side's. */
bool session_unread(const struct session *session, size_t *at, const uint8_t **data, size_t *size)
{
	uint32_t length;

	if (*at == session->out.used)
		return false;
	memcpy(&length, bytes_first(&session->out) + *at, sizeof(length));
	*data = bytes_first(&session->out) + *at + sizeof(length);
	*size = length;
	*at += sizeof(length) + length;
	return true;
}

void session_close(struct session *session)
{
	session->is_closing = true;
	session->use = NULL;
	bytes_free(&session->in);
}
