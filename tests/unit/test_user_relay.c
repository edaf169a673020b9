/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's relay with VMs that send whatever they like: only whole frames of a job's channels reach the wire, under
 * the VM's true id; anything else stops the VM, and nothing of it passes.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/vmdev.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <user/relay.h>
#include <user/report.h>

#define VM 7

int __wrap_ioctl(int fd, unsigned long request, ...);

static int stops;
static int reports;

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	(void)fd;
	assert_int_equal(request, VMDEV_STOP);
	stops++;
	return 0;
}

void report_event(const char *event, uint16_t vm, const char *text)
{
	(void)text;
	assert_string_equal(event, "malformed");
	assert_int_equal(vm, VM);
	reports++;
}

struct bench {
	struct relay relay;
	int peer; /* the VM's end */
	int wire[2];
};

static void bench_open(struct bench *bench)
{
	int pair[2];

	memset(bench, 0, sizeof(*bench));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(pipe2(bench->wire, O_NONBLOCK), 0);
	bench->relay = (struct relay){.vm = VM, .fd = pair[0]};
	bench->peer = pair[1];
	stops = 0;
	reports = 0;
}

static void bench_close(struct bench *bench)
{
	close(bench->relay.fd);
	close(bench->peer);
	close(bench->wire[0]);
	close(bench->wire[1]);
}

static void send_bytes(struct bench *bench, const void *data, size_t bytes)
{
	assert_int_equal(write(bench->peer, data, bytes), bytes);
}

static void send_frame(struct bench *bench, uint8_t start, uint8_t channel, uint16_t vm,
		       uint16_t length)
{
	struct wire_header header = {start, channel, vm, length};
	static uint8_t payload[WIRE_PAYLOAD_MAX];

	send_bytes(bench, &header, sizeof(header));
	if (length <= WIRE_PAYLOAD_MAX)
		send_bytes(bench, payload, length);
}

/* takes until the VM has sent no more */
static bool take_all(struct bench *bench)
{
	for (unsigned i = 0; i < 100; i++)
		if (!relay_take(&bench->relay, bench->wire[1]))
			return false;
	return true;
}

/* frames that came out, each of which must be whole and well-formed; the wire takes 64 KiB */
static unsigned count_frames(struct bench *bench)
{
	static uint8_t bytes[1 << 16];
	ssize_t have = read(bench->wire[0], bytes, sizeof(bytes));
	ssize_t at = 0;
	unsigned count = 0;

	while (at < have) {
		struct wire_header header;

		assert_true((size_t)(have - at) >= sizeof(header));
		memcpy(&header, bytes + at, sizeof(header));
		assert_int_equal(header.start, WIRE_START);
		assert_int_equal(header.vm, VM);
		assert_true(header.channel >= WIRE_STDOUT && header.channel < WIRE_CHANNELS);
		assert_int_not_equal(header.channel, WIRE_REPORT);
		assert_true(header.length <= WIRE_PAYLOAD_MAX);
		at += (ssize_t)sizeof(header) + header.length;
		count++;
	}
	assert_true(have <= 0 || at == have);
	return count;
}

static void test_frames_pass_under_the_true_id(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	send_frame(&bench, WIRE_START, WIRE_STDOUT, 1, 5);
	send_frame(&bench, WIRE_START, WIRE_STDERR, VM, 0);
	send_frame(&bench, WIRE_START, WIRE_EXIT, 0xffff, 4);
	send_frame(&bench, WIRE_START, WIRE_FILES, 0, WIRE_PAYLOAD_MAX);
	assert_true(take_all(&bench));
	assert_int_equal(count_frames(&bench), 4);
	assert_int_equal(stops + reports, 0);
	bench_close(&bench);
}

static void test_frame_in_pieces(void **state)
{
	const uint8_t frame[] = {WIRE_START, WIRE_STDOUT, 0, 0, 3, 0, 'a', 'b', 'c'};
	struct bench bench;

	(void)state;
	bench_open(&bench);
	for (size_t i = 0; i < sizeof(frame); i++) {
		assert_int_equal(count_frames(&bench), 0);
		send_bytes(&bench, &frame[i], 1);
		assert_true(take_all(&bench));
	}
	assert_int_equal(count_frames(&bench), 1);
	bench_close(&bench);
}

static void test_end_of_the_vm(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	send_frame(&bench, WIRE_START, WIRE_STDOUT, 0, 5);
	send_bytes(&bench,
		   "\x01\x01\x00\x00\x05\x00"
		   "ab",
		   8);
	shutdown(bench.peer, SHUT_WR);
	assert_false(take_all(&bench));
	assert_int_equal(count_frames(&bench), 1);
	bench_close(&bench);
}

static void check_malformed(uint8_t start, uint8_t channel, uint16_t length)
{
	struct bench bench;

	bench_open(&bench);
	send_frame(&bench, WIRE_START, WIRE_STDOUT, 0, 5);
	send_frame(&bench, start, channel, 0, length);
	send_frame(&bench, WIRE_START, WIRE_STDOUT, 0, 5);
	assert_true(take_all(&bench));
	assert_int_equal(count_frames(&bench), 1);
	assert_int_equal(stops, 1);
	assert_int_equal(reports, 1);
	shutdown(bench.peer, SHUT_WR);
	assert_false(take_all(&bench));
	assert_int_equal(count_frames(&bench), 0);
	bench_close(&bench);
}

static void test_malformed(void **state)
{
	(void)state;
	check_malformed(0, WIRE_STDOUT, 5);
	check_malformed(WIRE_START, WIRE_STDIN, 5);
	check_malformed(WIRE_START, WIRE_REPORT, 5);
	check_malformed(WIRE_START, WIRE_CHANNELS, 5);
	check_malformed(WIRE_START, 255, 5);
	check_malformed(WIRE_START, WIRE_STDOUT, WIRE_PAYLOAD_MAX + 1);
	check_malformed(WIRE_START, WIRE_STDOUT, UINT16_MAX);
}

static void test_random_bytes(void **state)
{
	struct random random = random_start();

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct bench bench;
		uint8_t bytes[64];

		bench_open(&bench);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)random_below(&random,
							 random_below(&random, 4) ? 6 : 256);
		send_bytes(&bench, bytes, sizeof(bytes));
		assert_true(take_all(&bench));
		count_frames(&bench);
		assert_int_equal(stops, reports);
		assert_true(stops <= 1);
		bench_close(&bench);
	}
}

static void test_input_waits_for_the_vm(void **state)
{
	static uint8_t filler[1 << 20];
	struct frame frame = {.bytes = {WIRE_START, WIRE_STDIN, VM, 0, 0x00, 0x10},
			      .have = sizeof(struct wire_header) + WIRE_PAYLOAD_MAX};
	struct bench bench;
	size_t got = 0;

	(void)state;
	bench_open(&bench);
	assert_int_equal(frame_missing(&frame), 0);
	while (write(bench.relay.fd, filler, 1) == 1)
		continue;
	relay_put(&bench.relay, &frame);
	assert_true(relay_is_busy(&bench.relay));
	while (relay_is_busy(&bench.relay)) {
		ssize_t n = read(bench.peer, filler, 512);

		assert_true(n > 0);
		got += (size_t)n;
		relay_push(&bench.relay);
	}
	assert_true(got > 0);
	close(bench.peer);
	relay_put(&bench.relay, &frame); /* to a VM that has ended: thrown away */
	assert_false(relay_is_busy(&bench.relay));
	bench.peer = dup(bench.relay.fd);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_pass_under_the_true_id),
		cmocka_unit_test(test_frame_in_pieces),
		cmocka_unit_test(test_end_of_the_vm),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_input_waits_for_the_vm),
	};

	signal(SIGPIPE, SIG_IGN); /* as on the LWK, where write(2) says EPIPE */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
