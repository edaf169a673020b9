/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * enclave-run CORES MEMORY NODES KERNEL RAMDISK WIRE [PARAMETERS]: in the Linux of an x86 node, for ./node run: one enclave for one job, whose
 * wire frames pass between its rings and the device WIRE as they are. The co-kernel's log goes to standard output. No policy, no daemon.
 */
#include <bulkhead/cokerneldev.h>
#include <errno.h>
#include <fcntl.h>
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

#define LOG_WAIT 200 /* ms */

static unsigned char input[4096];
static size_t input_at, input_size;

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

static void describe(struct enclave_config *config, char **words, const char *parameters)
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
	strcpy(config->name, "job");
	strncpy(config->bootargs, parameters, sizeof(config->bootargs) - 1);
}

static int start(char **words, const char *parameters)
{
	static struct vmdev_create create;
	struct vmdev_start where;
	int manager = open_file(COKERNELDEV_PATH, O_RDWR), enclave;
	uint32_t id;

	describe(&create.config, words, parameters);
	create.image = (uint64_t)map_file(words[3], &create.image_size);
	create.ramdisk = (uint64_t)map_file(words[4], &create.ramdisk_size);
	call(manager, VMDEV_CREATE, &create, "create");
	id = create.vm;
	enclave = ioctl(manager, (int)COKERNELDEV_OPEN, &id);
	if (enclave < 0)
		fail("open");
	for (unsigned i = 0; i < VMDEV_VCPUS_MAX; i++)
		where.core[i] = ENCLAVE_CORE_ANY;
	call(enclave, VMDEV_START, &where, "start");
	return enclave;
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

/* False at the end. */
static bool relay_output(int enclave, int wire)
{
	unsigned char bytes[16384];
	ssize_t got = read(enclave, bytes, sizeof(bytes));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	write_all(wire, bytes, (size_t)got);
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
		if ((files[0].revents & (POLLIN | POLLHUP)) && !relay_output(enclave, wire))
			return;
		if ((files[0].revents & POLLOUT) || (files[1].revents & POLLIN))
			relay_input(enclave, wire);
	}
}

static void tell_end(int enclave)
{
	struct cokerneldev_report report = {{0}};
	struct vmdev_info info = {0};

	print_log(enclave);
	(void)ioctl(enclave, (int)VMDEV_INFO, &info);
	(void)ioctl(enclave, (int)COKERNELDEV_REPORT, &report);
	printf("enclave-run: the enclave ended, cause %u%s%s\n", info.cause,
	       report.text[0] ? ": " : "", report.text);
}

int main(int argc, char **argv)
{
	int enclave, wire;

	if (argc < 7) {
		fputs("enclave-run CORES MEMORY NODES KERNEL RAMDISK WIRE [PARAMETERS]\n", stderr);
		return 2;
	}
	wire = open_wire(argv[6]);
	enclave = start(argv + 1, argc > 7 ? argv[7] : "");
	fcntl(enclave, F_SETFL, O_NONBLOCK);
	relay(enclave, wire);
	tell_end(enclave);
	tcdrain(wire);
	call(enclave, VMDEV_DESTROY, NULL, "destroy");
	return 0;
}
