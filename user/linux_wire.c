/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tool's side of a job's streams on Debian's kernel. Input is taken from the terminal only when all before it has gone to the job, so
 * that one buffer of a frame's size is enough.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <user/io.h>
#include <user/linux_wire.h>

enum { POLL_OUT, POLL_ERR, POLL_END, POLL_WIRE, POLL_IN, POLLS };

/* a frame of input on its way: first its header arrives, then its payload, then that goes to the job */
struct input {
	struct wire_header header;
	uint8_t payload[WIRE_PAYLOAD_MAX];
	size_t received; /* bytes of header and payload */
	size_t passed;   /* bytes of payload */
	bool ended;
};

static int wire_in = -1, wire_out = -1;

int linux_wire_open(const char *device)
{
	struct termios mode;

	wire_in = open(device, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	wire_out = open(device, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (wire_in < 0 || wire_out < 0 || tcgetattr(wire_out, &mode) != 0)
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(wire_out, TCSANOW, &mode);
}

void linux_wire_close(void)
{
	(void)tcdrain(wire_out);
}

void linux_wire_send(enum wire_channel channel, const void *data, size_t bytes)
{
	struct {
		struct wire_header header;
		uint8_t payload[WIRE_PAYLOAD_MAX];
	} frame;
	const uint8_t *at = data;

	while (bytes > 0) {
		size_t length = bytes < WIRE_PAYLOAD_MAX ? bytes : WIRE_PAYLOAD_MAX;

		frame.header = (struct wire_header){.start = WIRE_START,
						    .channel = (uint8_t)channel,
						    .length = (uint16_t)length};
		memcpy(frame.payload, at, length);
		if (io_write_all(wire_out, &frame, sizeof(frame.header) + length) != 0)
			io_log("<3>init: cannot write to the wire: %s\n", strerror(errno));
		at += length;
		bytes -= length;
	}
}

int linux_wire_send_file(enum wire_channel channel, int fd)
{
	static uint8_t data[WIRE_PAYLOAD_MAX];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	while ((n = read(fd, data, sizeof(data))) > 0)
		linux_wire_send(channel, data, (size_t)n);
	return n < 0 ? -1 : 0;
}

static bool is_complete(const struct input *input)
{
	return input->received >= sizeof(input->header) &&
	       input->received == sizeof(input->header) + input->header.length;
}

/* after POLLIN on the wire: as much of the current frame as there is */
static void take_input(struct input *input)
{
	ssize_t n = 1;

	while (n > 0 && !is_complete(input)) {
		size_t have = input->received, head = sizeof(input->header);

		if (have < head)
			n = read(wire_in, (uint8_t *)&input->header + have, head - have);
		else
			n = read(wire_in, input->payload + have - head,
				 input->header.length - (have - head));
		if (n > 0)
			input->received += (size_t)n;
		/* only the tool writes here; what it cannot have sent would end the frames */
		if (input->received >= head && input->header.length > WIRE_PAYLOAD_MAX)
			input->ended = true, n = 0;
	}
}

/* after POLLOUT on the job's standard input, or when there is nothing to pass on */
static void pass_input(struct input *input, int fd)
{
	size_t left = input->header.length - input->passed;
	ssize_t n = left > 0 ? write(fd, input->payload + input->passed, left) : 0;

	if (n < 0 && errno != EPIPE && errno != EAGAIN)
		input->ended = true;
	if (n < 0 && errno == EPIPE)
		n = (ssize_t)left; /* nobody reads it any more */
	if (n > 0)
		input->passed += (size_t)n;
	if (input->header.length == 0)
		input->ended = true;
	if (input->passed == input->header.length)
		input->received = input->passed = 0;
}

/* one read of the job's output; false when there is no more */
static bool take_output(enum wire_channel channel, int fd)
{
	uint8_t data[WIRE_PAYLOAD_MAX];
	ssize_t n = read(fd, data, sizeof(data));

	if (n > 0)
		linux_wire_send(channel, data, (size_t)n);
	return n > 0;
}

static void serve_input(struct pollfd *polls, struct input *input, int *job_stdin)
{
	if (polls[POLL_WIRE].revents)
		take_input(input);
	if (*job_stdin >= 0 && is_complete(input) &&
	    (polls[POLL_IN].revents || input->header.length == 0))
		pass_input(input, *job_stdin);
	if (input->ended && *job_stdin >= 0) {
		close(*job_stdin);
		*job_stdin = -1;
	}
	polls[POLL_WIRE].fd = *job_stdin >= 0 && !is_complete(input) ? wire_in : -1;
	polls[POLL_IN].fd = is_complete(input) ? *job_stdin : -1;
}

int linux_wire_relay(int pidfd, int *ours)
{
	static struct input input;
	struct pollfd polls[POLLS] = {
		[POLL_OUT] = {.fd = ours[STDOUT_FILENO], .events = POLLIN},
		[POLL_ERR] = {.fd = ours[STDERR_FILENO], .events = POLLIN},
		[POLL_END] = {.fd = pidfd, .events = POLLIN},
		[POLL_WIRE] = {.fd = wire_in, .events = POLLIN},
		[POLL_IN] = {.fd = -1, .events = POLLOUT},
	};

	(void)fcntl(ours[STDIN_FILENO], F_SETFL, O_NONBLOCK);
	for (;;) {
		if (poll(polls, POLLS, -1) < 0)
			return -1;
		/* what the job wrote before its end is in the pipes at its end */
		if (polls[POLL_END].revents && !(polls[POLL_OUT].revents & POLLIN) &&
		    !(polls[POLL_ERR].revents & POLLIN))
			return 0;
		if (polls[POLL_OUT].revents && !take_output(WIRE_STDOUT, polls[POLL_OUT].fd))
			polls[POLL_OUT].fd = -1;
		if (polls[POLL_ERR].revents && !take_output(WIRE_STDERR, polls[POLL_ERR].fd))
			polls[POLL_ERR].fd = -1;
		serve_input(polls, &input, &ours[STDIN_FILENO]);
	}
}
