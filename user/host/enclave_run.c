/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * enclave-run CORES MEMORY NODES KERNEL RAMDISK WIRE [PARAMETERS [SECONDS [FEATURES]]]: in the Linux of an x86 node, for ./node run: one enclave for one job,
 * whose wire frames pass between its rings and the device WIRE, whole ones only; how it ended follows as a report. It is stopped when a core has
 * answered nothing for SECONDS. With FEATURES, a number of VCPU_*, it is protected. The co-kernel's log goes to standard output. No policy, no daemon.
 */
#include <bulkhead/cokerneldev.h>
#include <bulkhead/fault.h>
#include <bulkhead/wire.h>
#include <errno.h>
#include <fcntl.h>
#include <lib/vcpu_text.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <user/host/core_watch.h>
#include <user/json.h>
#include <user/relay.h>

#define LOG_WAIT 200 /* ms */

static unsigned char input[4096];
static size_t input_at, input_size;
static uint32_t enclave_id;
static struct core_watch watch;
static char stopped[128]; /* why it was stopped */

static void fail(const char *what)
{
	printf("enclave-run: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_file(const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC);

	if (file < 0)
		fail(path);
	return file;
}

static void call(int file, unsigned number, void *argument, const char *what)
{
	if (ioctl(file, (int)number, argument) < 0)
		fail(what);
}

static const void *map_file(const char *path, uint64_t *size)
{
	int file = open_file(path, O_RDONLY);
	struct stat status;
	void *bytes;

	if (fstat(file, &status) != 0)
		fail(path);
	*size = (uint64_t)status.st_size;
	bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		fail(path);
	close(file);
	return bytes;
}

static int open_wire(const char *path)
{
	int file = open_file(path, O_RDWR | O_NOCTTY);
	struct termios settings;

	if (tcgetattr(file, &settings) != 0)
		fail(path);
	cfmakeraw(&settings);
	cfsetspeed(&settings, B115200);
	if (tcsetattr(file, TCSANOW, &settings) != 0)
		fail(path);
	return file;
}

static void describe(struct enclave_config *config, char **words, const char *parameters,
		     const char *features)
{
	uint64_t units = strtoull(words[1], NULL, 10) / ENCLAVE_UNIT;
	unsigned nodes = (unsigned)strtoul(words[2], NULL, 10);

	config->version = ENCLAVE_VERSION;
	config->size = sizeof(*config);
	config->vcpus = (uint32_t)strtoul(words[0], NULL, 10);
	config->nodes = nodes;
	config->range_count = (uint16_t)nodes;
	for (unsigned i = 0; i < nodes && i < ENCLAVE_NODES_MAX; i++)
		config->ranges[i] = (struct enclave_range){
			.size = (units / nodes + (i < units % nodes)) * ENCLAVE_UNIT,
			.node = i,
		};
	config->isolation = features ? ENCLAVE_ISOLATION_FEATURES |
					       (uint32_t)strtoul(features, NULL, 0)
				     : ENCLAVE_ISOLATION_NONE;
	strcpy(config->name, "job");
	strncpy(config->bootargs, parameters, sizeof(config->bootargs) - 1);
}

static int start(char **words, const char *parameters, const char *features)
{
	static struct vmdev_create create;
	struct vmdev_start where;
	int manager = open_file(COKERNELDEV_PATH, O_RDWR), enclave;

	describe(&create.config, words, parameters, features);
	create.image = (uint64_t)map_file(words[3], &create.image_size);
	create.ramdisk = (uint64_t)map_file(words[4], &create.ramdisk_size);
	call(manager, VMDEV_CREATE, &create, "create");
	enclave_id = create.vm;
	enclave = ioctl(manager, (int)COKERNELDEV_OPEN, &enclave_id);
	if (enclave < 0)
		fail("open");
	for (unsigned i = 0; i < VMDEV_VCPUS_MAX; i++)
		where.core[i] = ENCLAVE_CORE_ANY;
	call(enclave, VMDEV_START, &where, "start");
	return enclave;
}

static void print_cores(int enclave)
{
	struct cokerneldev_cores cores;

	call(enclave, COKERNELDEV_CORES, &cores, "cores");
	printf("enclave-run: enclave %u has Linux's CPUs", enclave_id);
	for (uint32_t i = 0; i < cores.count && i < COKERNEL_CORES_MAX; i++)
		printf(" %u", cores.cores[i].cpu);
	puts("");
	fflush(stdout);
}

static void print_log(int enclave)
{
	static uint64_t position;
	static char text[32768];
	struct cokerneldev_log log = {
		.position = position,
		.buffer = (uint64_t)text,
		.size = sizeof(text),
	};

	if (ioctl(enclave, (int)COKERNELDEV_LOG, &log) < 0 || log.size == 0)
		return;
	position = log.position;
	(void)!write(STDOUT_FILENO, text, log.size);
}

static void write_all(int file, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t put = write(file, bytes, size);

		if (put < 0)
			fail("the wire");
		bytes += put;
		size -= (size_t)put;
	}
}

static void stop(int enclave)
{
	if (ioctl(enclave, (int)VMDEV_STOP, NULL) < 0 && errno != ESRCH)
		fail("stop");
}

static bool is_frame(const struct frame *frame)
{
	struct wire_header header = frame_header(frame);

	return frame->have < sizeof(header) ||
	       (header.start == WIRE_START && header.length <= WIRE_PAYLOAD_MAX);
}

/* False at the end. */
static bool relay_output(int enclave, int wire)
{
	static struct frame frame;
	ssize_t got = read(enclave, frame.bytes + frame.have, frame_missing(&frame));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	frame.have += (size_t)got;
	if (!is_frame(&frame)) {
		strcpy(stopped, "it sent something that is no frame");
		stop(enclave);
		return false;
	}
	if (frame_missing(&frame) == 0) {
		write_all(wire, frame.bytes, frame.have);
		frame.have = 0;
	}
	return got > 0;
}

static void relay_input(int enclave, int wire)
{
	ssize_t moved;

	if (input_size == 0) {
		moved = read(wire, input, sizeof(input));
		input_size = moved > 0 ? (size_t)moved : 0;
		input_at = 0;
	}
	if (input_size == 0)
		return;
	moved = write(enclave, input + input_at, input_size);
	if (moved > 0) {
		input_at += (size_t)moved;
		input_size -= (size_t)moved;
	}
}

static void relay(int enclave, int wire)
{
	for (;;) {
		struct pollfd files[] = {
			{.fd = enclave, .events = (short)(POLLIN | (input_size ? POLLOUT : 0))},
			{.fd = wire, .events = (short)(input_size ? 0 : POLLIN)},
		};

		(void)poll(files, 2, LOG_WAIT);
		print_log(enclave);
		if (core_watch_look(&watch, enclave, stopped, sizeof(stopped)))
			stop(enclave);
		if ((files[0].revents & (POLLIN | POLLHUP)) && !relay_output(enclave, wire))
			return;
		if ((files[0].revents & POLLOUT) || (files[1].revents & POLLIN))
			relay_input(enclave, wire);
	}
}

static void send_report(int wire, struct json *json)
{
	struct wire_header header = {.start = WIRE_START, .channel = WIRE_REPORT};

	if (!json_end(json)) {
		printf("enclave-run: a report does not fit into a frame\n");
		return;
	}
	header.length = (uint16_t)json->length;
	write_all(wire, (const unsigned char *)&header, sizeof(header));
	write_all(wire, (const unsigned char *)json->text, json->length);
}

static void begin_report(struct json *json, const char *event, const struct vmdev_info *info)
{
	static const char *const causes[BH_FAULT_CAUSES] = {
#define X(cause, name, words) [cause] = (name),
		BH_FAULT_WORDS(X)
#undef X
	};

	json_begin(json);
	json_add_string(json, "event", event);
	json_add_number(json, "vm", enclave_id);
	json_add_string(json, "cause",
			info->cause < BH_FAULT_CAUSES && causes[info->cause] ? causes[info->cause]
									     : "unlisted");
}

/* What a hypervisor has written down, when one has. */
static void describe_fault(int enclave, char text[VCPU_TEXT_MAX])
{
	struct bh_fault fault = {0};
	struct cokerneldev_vcpu vcpu;

	call(enclave, VMDEV_FAULT, &fault, "fault");
	vcpu = (struct cokerneldev_vcpu){.core = fault.vcpu};
	if (ioctl(enclave, (int)COKERNELDEV_VCPU, &vcpu) == 0 && vcpu.report.phase == VCPU_FAULTED)
		vcpu_text(&vcpu.report, vcpu.core, fault.core, text);
}

/* What the hypervisor under each core has counted, when there is one. */
static void tell_counters(int enclave, int wire, struct json *json)
{
	for (uint32_t core = 0; core < COKERNEL_CORES_MAX; core++) {
		struct cokerneldev_vcpu vcpu = {.core = core};

		if (ioctl(enclave, (int)COKERNELDEV_VCPU, &vcpu) < 0)
			continue;
		json_begin(json);
		json_add_string(json, "event", "counters");
		json_add_number(json, "vm", enclave_id);
		json_add_number(json, "vcpu", core);
		json_open(json, "exits");
		for (unsigned i = 0; i < VCPU_EXIT_REASONS; i++)
			json_add_number(json, vcpu_exit_name(i), vcpu.report.exits[i]);
		json_close(json);
		json_add_number(json, "denied", vcpu.report.denied);
		json_add_number(json, "dropped", vcpu.report.dropped);
		send_report(wire, json);
	}
}

static_assert(VCPU_TEXT_MAX <= COKERNEL_REPORT_MAX, "one buffer for both");

static void tell_end(int enclave, int wire)
{
	static struct cokerneldev_report report;
	struct vmdev_info info = {0};
	static struct json json;

	print_log(enclave);
	call(enclave, VMDEV_INFO, &info, "info");
	call(enclave, COKERNELDEV_REPORT, &report, "report");
	printf("enclave-run: the enclave ended, cause %u\n", info.cause);
	tell_counters(enclave, wire, &json);
	begin_report(&json, "end", &info);
	json_add_number(&json, "runtime_ticks", info.runtime_ticks);
	json_add_number(&json, "counter_hz", info.counter_hz);
	send_report(wire, &json);
	if (info.cause == BH_FAULT_OFF)
		return;
	begin_report(&json, "fault", &info);
	describe_fault(enclave, report.text);
	json_add_string(&json, "text", stopped[0] ? stopped : report.text);
	send_report(wire, &json);
}

int main(int argc, char **argv)
{
	int enclave, wire;

	if (argc < 7) {
		fputs("enclave-run CORES MEMORY NODES KERNEL RAMDISK WIRE [PARAMETERS [SECONDS [FEATURES]]]\n",
		      stderr);
		return 2;
	}
	wire = open_wire(argv[6]);
	enclave = start(argv + 1, argc > 7 ? argv[7] : "", argc > 9 ? argv[9] : NULL);
	fcntl(enclave, F_SETFL, O_NONBLOCK);
	print_cores(enclave);
	core_watch_start(&watch, argc > 8 ? (unsigned)strtoul(argv[8], NULL, 10) : 0);
	relay(enclave, wire);
	tell_end(enclave, wire);
	tcdrain(wire);
	call(enclave, VMDEV_DESTROY, NULL, "destroy");
	return 0;
}
