/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session with the control task: messages over /dev/bulkhead in a login VM, or over the socket of the daemon where Linux is the host, whose
 * sizes are checked before anybody looks into them.
 */
#include <cli/bulkhead.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SLOW_MS 1000

int bulkhead_fail(struct bulkhead *link, int error, const char *format, ...)
{
	va_list args;

	link->error = error;
	va_start(args, format);
	(void)vsnprintf(link->text, sizeof(link->text), format, args);
	va_end(args);
	return -1;
}

static int open_failed(struct bulkhead *link, const char *path)
{
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return bulkhead_fail(
			link, errno,
			"There is neither %s nor %s: in a login VM load the module bulkhead, on a host start bulkheadd.",
			BULKHEAD_DEVICE, BULKHEAD_SOCKET);
	case EACCES:
	case EPERM:
		return bulkhead_fail(
			link, EACCES,
			"You may not use %s; ask for membership of the group bulkhead, or do it as root.",
			path);
	case EMFILE:
		return bulkhead_fail(
			link, EMFILE,
			"%u sessions are open, as many as there can be; try again when one has ended.",
			CHANNEL_SESSIONS_MAX);
	default:
		return bulkhead_fail(link, errno, "%s cannot be opened: %s.", path,
				     strerror(errno));
	}
}

/* Of the daemon; -1 with errno. */
static int connect_daemon(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = BULKHEAD_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), error;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno == ECONNREFUSED ? ENOENT : errno;
	close(fd);
	errno = error;
	return -1;
}

int bulkhead_open(struct bulkhead *link)
{
	const char *path = BULKHEAD_DEVICE;

	link->error = 0;
	link->flags = 0;
	link->slow = NULL;
	link->fd = open(path, O_RDWR | O_CLOEXEC);
	if (link->fd < 0 && errno == ENOENT) {
		path = BULKHEAD_SOCKET;
		link->fd = connect_daemon();
	}
	return link->fd >= 0 ? 0 : open_failed(link, path);
}

void bulkhead_close(struct bulkhead *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

static int broken(struct bulkhead *link, int error)
{
	if (error == EPIPE)
		return bulkhead_fail(
			link, error,
			"The node has ended this session; bulkhead events may say why.");
	return bulkhead_fail(
		link, error,
		"The channel to the node began anew; try again (bulkhead ls shows what still runs).");
}

/* before a call that may wait */
static void tell_slow(struct bulkhead *link, short events, const char *what)
{
	struct pollfd wait = {.fd = link->fd, .events = events};

	if (link->slow == NULL || poll(&wait, 1, SLOW_MS) != 0)
		return;
	link->slow(what);
	link->slow = NULL;
}

int bulkhead_send(struct bulkhead *link, uint16_t type, const void *data, size_t size)
{
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct command_header header = {
		.type = type, .version = COMMAND_VERSION, .length = (uint32_t)size};
	ssize_t n;

	memcpy(message, &header, sizeof(header));
	if (size > 0)
		memcpy(message + sizeof(header), data, size);
	tell_slow(link, POLLOUT, "the node takes nothing more now");
	do {
		n = send(link->fd, message, sizeof(header) + size, MSG_NOSIGNAL);
		/* a daemon that turned us away has said why: that is still to be read */
		if (n < 0 && errno == EPIPE)
			return 0;
		if (n < 0 && errno == ENOTSOCK)
			n = write(link->fd, message, sizeof(header) + size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? broken(link, errno) : 0;
}

static bool has_right_size(const struct bulkhead_message *message)
{
	static const struct {
		uint16_t type;
		size_t size;
	} sizes[] = {
		{ANSWER_DONE, sizeof(struct answer_done)},
		{ANSWER_STARTED, sizeof(struct answer_started)},
		{ANSWER_ENCLAVE, sizeof(struct answer_enclave)},
		{ANSWER_COUNTERS, sizeof(struct bh_counters)},
		{ANSWER_FAULT, sizeof(struct answer_fault)},
		{ANSWER_EVENT, sizeof(struct answer_event)},
		{ANSWER_NODE, sizeof(struct answer_node)},
		{ANSWER_SHARE, sizeof(struct answer_share)},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i].type == message->type)
			return sizes[i].size == message->size;
	}
	return true;
}

int bulkhead_receive(struct bulkhead *link, struct bulkhead_message *message)
{
	uint8_t bytes[CHANNEL_MESSAGE_MAX];
	struct command_header header;
	ssize_t n;

	tell_slow(link, POLLIN, "the node is at it");
	n = read(link->fd, bytes, sizeof(bytes));
	/* it did not read what we sent; then comes what it said before */
	if (n < 0 && errno == ECONNRESET)
		n = read(link->fd, bytes, sizeof(bytes));

	if (n == 0)
		return 0;
	if (n < 0)
		return errno == EINTR ? bulkhead_fail(link, EINTR, "Interrupted.")
				      : broken(link, errno);
	if ((size_t)n >= sizeof(header))
		memcpy(&header, bytes, sizeof(header));
	if ((size_t)n < sizeof(header) || header.version != COMMAND_VERSION ||
	    header.length != (size_t)n - sizeof(header))
		return bulkhead_fail(link, EPROTO,
				     "This command and the node are of different versions.");
	message->type = header.type;
	message->size = header.length;
	memcpy(message->data, bytes + sizeof(header), message->size);
	return has_right_size(message)
		       ? 1
		       : bulkhead_fail(link, EPROTO,
				       "This command and the node are of different versions.");
}

int bulkhead_done(struct bulkhead *link, const struct bulkhead_message *message,
		  struct answer_done *done)
{
	memcpy(done, message->data, sizeof(*done));
	done->text[sizeof(done->text) - 1] = '\0';
	if (done->error == 0)
		return 0;
	if (done->text[0] != '\0')
		return bulkhead_fail(link, (int)done->error, "%s", done->text);
	return bulkhead_fail(link, (int)done->error, "The node refuses: %s.",
			     strerror((int)done->error));
}

int bulkhead_answers(struct bulkhead *link,
		     void (*each)(void *context, const struct bulkhead_message *message),
		     void *context)
{
	struct bulkhead_message message;
	struct answer_done done;
	int got;

	while ((got = bulkhead_receive(link, &message)) > 0) {
		if (message.type == ANSWER_DONE) {
			got = bulkhead_done(link, &message, &done);
			link->flags = done.flags;
			return got;
		}
		if (each != NULL)
			each(context, &message);
	}
	return got < 0 ? -1 : broken(link, EPIPE);
}

int bulkhead_ask(struct bulkhead *link, uint16_t type, const char *name, uint32_t flags,
		 uint32_t value,
		 void (*each)(void *context, const struct bulkhead_message *message), void *context)
{
	struct command_target target = {.flags = flags, .value = value};

	if (name != NULL && strlen(name) >= sizeof(target.name))
		return bulkhead_fail(
			link, ENOENT,
			"There is no enclave %s; bulkhead ls shows those that there are.", name);
	if (name != NULL)
		memcpy(target.name, name, strlen(name));
	if (bulkhead_send(link, type, &target, sizeof(target)) != 0)
		return -1;
	return bulkhead_answers(link, each, context);
}
