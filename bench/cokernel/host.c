/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In the Linux of an x86 node, as root: what the module takes, next to a call of it that does nothing, all in one run. host KERNEL RAMDISK
 * FIRST: the co-kernel, a job that lasts, and a ramdisk whose /init says when it began (first.S). A line each: "took NAME TICKS", the least of
 * some times, of the time-stamp counter.
 */
#include <bench/arch/x86/services.h>
#include <bulkhead/cokerneldev.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB            0x100000ull
#define ROUNDS         1000u
#define TIMES          3u
#define ATTACHED_TIMES 50u
#define NO_CALL        0x4248FFFFu
#define NO_FEATURES    UINT32_MAX

static int manager;
static const char *kernel;

static void fail(const char *what)
{
	printf("failed %s: %s\n", what, strerror(errno));
	exit(1);
}

static int call(int file, unsigned number, void *argument, const char *what)
{
	int status = ioctl(file, number, argument);

	if (status < 0)
		fail(what);
	return status;
}

static uint64_t map_file(const char *path, uint64_t *size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *bytes;

	if (file < 0 || fstat(file, &status) != 0)
		fail(path);
	*size = (uint64_t)status.st_size;
	bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (bytes == MAP_FAILED)
		fail(path);
	close(file);
	return (uint64_t)bytes;
}

/* `features`: VCPU_*; NO_FEATURES: a bare one */
static int enclave_start(const char *ramdisk, uint32_t features)
{
	static struct vmdev_create create;
	struct vmdev_start where;
	uint32_t id;
	int enclave;

	memset(&create, 0, sizeof(create));
	create.config.version = ENCLAVE_VERSION;
	create.config.size = sizeof(create.config);
	create.config.vcpus = create.config.nodes = 1;
	create.config.range_count = 1;
	create.config.isolation = features == NO_FEATURES ? ENCLAVE_ISOLATION_NONE
							  : ENCLAVE_ISOLATION_FEATURES | features;
	create.config.ranges[0].size = 64 * MIB;
	strcpy(create.config.name, "measured");
	create.image = map_file(kernel, &create.image_size);
	create.ramdisk = map_file(ramdisk, &create.ramdisk_size);
	call(manager, VMDEV_CREATE, &create, "create");
	id = create.vm;
	enclave = call(manager, COKERNELDEV_OPEN, &id, "open");
	for (unsigned i = 0; i < VMDEV_VCPUS_MAX; i++)
		where.core[i] = ENCLAVE_CORE_ANY;
	call(enclave, VMDEV_START, &where, "start");
	return enclave;
}

/* The frame of the job's output that is nothing but the counter. */
static uint64_t counter_said(int enclave)
{
	unsigned char frame[14];
	size_t got = 0;
	uint64_t value;

	while (got < sizeof(frame)) {
		struct pollfd file = {.fd = enclave, .events = POLLIN};
		ssize_t more;

		(void)poll(&file, 1, -1);
		more = read(enclave, frame + got, sizeof(frame) - got);
		if (more == 0 || (more < 0 && errno != EAGAIN))
			fail("the first instruction");
		got += more > 0 ? (size_t)more : 0;
	}
	memcpy(&value, frame + 6, sizeof(value));
	return value;
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return other < one ? other : one;
}

static void measure_call(void)
{
	uint64_t ticks = UINT64_MAX;

	for (unsigned time = 0; time < 10 * TIMES; time++) {
		uint64_t start = services_counter();

		for (unsigned i = 0; i < ROUNDS; i++)
			(void)ioctl(manager, NO_CALL, NULL);
		ticks = least(ticks, (services_counter() - start) / ROUNDS);
	}
	printf("took call %lu\n", ticks);
}

static void measure_first(const char *name, const char *ramdisk, uint32_t features)
{
	uint64_t ticks = UINT64_MAX;

	for (unsigned time = 0; time < TIMES; time++) {
		uint64_t start = services_counter();
		int enclave = enclave_start(ramdisk, features);

		ticks = least(ticks, counter_said(enclave) - start);
		call(enclave, VMDEV_DESTROY, NULL, "destroy");
		close(enclave);
	}
	printf("took %s %lu\n", name, ticks);
}

/* The first time each way is warm-up. */
static void measure_region(int enclave, uint64_t size)
{
	struct cokerneldev_region region = {.size = size, .name = "measured"};
	uint64_t attached = UINT64_MAX, detached = UINT64_MAX, start = services_counter();
	int file = call(manager, COKERNELDEV_REGION_CREATE, &region, "region");
	uint64_t made = services_counter() - start;

	for (unsigned time = 0; time <= ATTACHED_TIMES; time++) {
		start = services_counter();
		call(enclave, COKERNELDEV_ATTACH, &region, "attach");
		attached = time ? least(attached, services_counter() - start) : attached;
		start = services_counter();
		call(enclave, COKERNELDEV_DETACH, &region, "detach");
		detached = time ? least(detached, services_counter() - start) : detached;
	}
	close(file);
	call(manager, COKERNELDEV_REGION_REVOKE, &region.id, "revoke");
	printf("took create_%lu %lu\ntook attach_%lu %lu\ntook detach_%lu %lu\n", size, made, size,
	       attached, size, detached);
}

int main(int argc, char **argv)
{
	int enclave;

	manager = open(COKERNELDEV_PATH, O_RDWR | O_CLOEXEC);
	if (argc != 4 || manager < 0)
		fail("host KERNEL RAMDISK FIRST");
	kernel = argv[1];
	measure_call();
	measure_first("first", argv[3], NO_FEATURES);
	measure_first("first_protected", argv[3], VCPU_FULL);
	enclave = enclave_start(argv[2], NO_FEATURES);
	for (uint64_t size = 4096; size <= 1024 * MIB; size *= 8)
		measure_region(enclave, size);
	call(enclave, VMDEV_DESTROY, NULL, "destroy");
	return 0;
}
