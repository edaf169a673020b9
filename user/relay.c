/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Relaying of one VM's streams between /dev/vm/N and the wire.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <bulkhead/vmdev.h>
#include <user/io.h>
#include <user/relay.h>
#include <user/report.h>

/* reads from one VM before the others get their turn */
#define TURN_READS 8

struct wire_header frame_header(const struct frame *frame)
{
	struct wire_header header;

	memcpy(&header, frame->bytes, sizeof(header));
	return header;
}

size_t frame_missing(const struct frame *frame)
{
	if (frame->have < sizeof(struct wire_header))
		return sizeof(struct wire_header) - frame->have;
	return sizeof(struct wire_header) + frame_header(frame).length - frame->have;
}

static bool is_from_job(const struct wire_header *header)
{
	bool channel = header->channel == WIRE_STDOUT || header->channel == WIRE_STDERR ||
		       header->channel == WIRE_EXIT || header->channel == WIRE_FILES ||
		       header->channel == WIRE_CALLS;

	return header->start == WIRE_START && channel && header->length <= WIRE_PAYLOAD_MAX;
}

static void stop_malformed(struct relay *relay)
{
	relay->malformed = true;
	report_event("malformed", relay->vm,
		     "the VM sent something that is no frame; it is stopped");
	if (ioctl(relay->fd, VMDEV_STOP, 0) != 0 && errno != ESRCH)
		io_log("control: vm %u cannot be stopped: %s\n", relay->vm, strerror(errno));
}

/* after every read that completed the header, or the frame */
static void take_frame(struct relay *relay, relay_sink *sink, void *context)
{
	struct frame *frame = &relay->up;
	struct wire_header header;

	if (frame->have < sizeof(header))
		return;
	header = frame_header(frame);
	if (!is_from_job(&header)) {
		stop_malformed(relay);
		return;
	}
	if (frame_missing(frame) > 0)
		return;
	header.vm = relay->vm;
	memcpy(frame->bytes, &header, sizeof(header));
	sink(context, frame);
	frame->have = 0;
}

static bool has_ended(const struct relay *relay)
{
	struct vmdev_info info;

	return ioctl(relay->fd, VMDEV_INFO, &info) != 0 || info.state == VMDEV_ENDED;
}

/* the VM has spoiled its ring: there is nothing more to read, only its end to wait for */
static bool take_broken(struct relay *relay)
{
	if (!relay->malformed)
		stop_malformed(relay);
	return !has_ended(relay);
}

bool relay_take_to(struct relay *relay, relay_sink *sink, void *context)
{
	struct frame *frame = &relay->up;

	for (unsigned turn = 0; turn < TURN_READS; turn++) {
		size_t room = relay->malformed ? sizeof(frame->bytes) : frame_missing(frame);
		size_t at = relay->malformed ? 0 : frame->have;
		ssize_t n = read(relay->fd, frame->bytes + at, room);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR || take_broken(relay);
		if (n == 0)
			return false;
		if (relay->malformed)
			continue;
		frame->have += (size_t)n;
		take_frame(relay, sink, context);
	}
	return true;
}

static void write_wire(void *context, const struct frame *frame)
{
	if (io_write_all(*(const int *)context, frame->bytes, frame->have) != 0)
		io_log("control: a frame of vm %u is lost: %s\n", frame_header(frame).vm,
		       strerror(errno));
}

bool relay_take(struct relay *relay, int wire)
{
	return relay_take_to(relay, write_wire, &wire);
}

void relay_put(struct relay *relay, const struct frame *frame)
{
	memcpy(relay->down.bytes, frame->bytes, frame->have);
	relay->down.have = frame->have;
	relay->down_sent = 0;
	relay_push(relay);
}

bool relay_is_busy(const struct relay *relay)
{
	return relay->down_sent < relay->down.have;
}

void relay_push(struct relay *relay)
{
	while (relay_is_busy(relay)) {
		ssize_t n = write(relay->fd, relay->down.bytes + relay->down_sent,
				  relay->down.have - relay->down_sent);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			relay->down_sent = relay->down.have; /* the VM has ended */
			return;
		}
		relay->down_sent += (size_t)n;
	}
}
