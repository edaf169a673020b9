/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /init of a primary, in place of the control task: makes VMs and destroys them, over and over, and looks whether the node has all its
 * memory afterwards. What it does it reads from /script, "WORD COUNT SEED": cycles, kills, resizes, moves, floods, errors. The VMs' ramdisk is
 * /job.cpio. Lines "ok ..." and "not ok ..." go to the kernel's log, and "done" in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include <bulkhead/vmdev.h>

#define UNIT       UINT64_C(0x200000)
#define MEMORY_MIN (16 * UNIT)

struct bytes {
	char *start;
	size_t size;
};

static int manager;
static unsigned cores;
static struct bytes image, tree;
static uint64_t seed;

static uint64_t random_below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static struct bytes file_read(const char *path)
{
	struct bytes bytes = {0};
	int fd = open(path, O_RDONLY);
	ssize_t n = 0;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	bytes.start = malloc((size_t)size + 1);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	while (fd >= 0 && bytes.start &&
	       (n = read(fd, bytes.start + bytes.size, (size_t)size - bytes.size)) > 0)
		bytes.size += (size_t)n;
	if (fd >= 0)
		close(fd);
	return bytes;
}

static bool check(bool holds, const char *what, long value)
{
	printf("%sok %s%s%ld\n", holds ? "" : "not ", what, holds ? " " : ": ", value);
	fflush(stdout);
	return holds;
}

static struct vmdev_node node_look(void)
{
	struct vmdev_node node = {0};

	ioctl(manager, (int)VMDEV_NODE, &node);
	return node;
}

static struct vmdev_create request;

/* The request for a good VM; tests spoil it. */
static void request_fill(uint32_t vcpus, uint64_t memory)
{
	request = (struct vmdev_create){
		.config = {.version = ENCLAVE_VERSION,
			   .range_count = 1,
			   .size = sizeof(struct enclave_config),
			   .vcpus = vcpus,
			   .nodes = 1,
			   .uuid = {1, 2, 3, 4},
			   .name = "made",
			   .ranges = {{.size = memory}}},
		.image = (uintptr_t)image.start,
		.image_size = image.size,
		.ramdisk = (uintptr_t)tree.start,
		.ramdisk_size = tree.size,
	};
}

static int vm_open(void)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vm/%u", request.vm);
	return open(path, O_RDWR | O_NONBLOCK);
}

/* Its file, or -1. */
static int vm_make(uint32_t vcpus, uint64_t memory)
{
	request_fill(vcpus, memory);
	if (ioctl(manager, (int)VMDEV_CREATE, &request) != 0) {
		check(false, "a VM is made; errno", errno);
		return -1;
	}
	return vm_open();
}

static int vm_start(int fd)
{
	struct vmdev_start start;

	for (unsigned i = 0; i < VMDEV_VCPUS_MAX; i++)
		start.core[i] = (uint16_t)random_below(cores);
	return ioctl(fd, (int)VMDEV_START, &start);
}

static int vm_destroy(int fd)
{
	int result = ioctl(fd, (int)VMDEV_DESTROY, 0);

	close(fd);
	return result;
}

/* What it says is thrown away. 0 when it has ended by itself. */
static uint32_t vm_wait(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	struct vmdev_info info = {0};
	char buffer[4096];

	for (;;) {
		ssize_t n;

		poll(&poll_fd, 1, -1);
		n = read(fd, buffer, sizeof(buffer));
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
	}
	ioctl(fd, (int)VMDEV_INFO, &info);
	return info.cause;
}

static void nap(uint64_t microseconds)
{
	struct timespec time = {.tv_nsec = (long)microseconds * 1000};

	nanosleep(&time, NULL);
}

static bool node_is(const struct vmdev_node *before)
{
	struct vmdev_node now = node_look();

	if (now.free_pages == before->free_pages && now.units == before->units &&
	    now.vms == before->vms)
		return true;
	printf("free pages %lu, were %lu; units %lu, were %lu; VMs %lu, were %lu\n",
	       (unsigned long)now.free_pages, (unsigned long)before->free_pages,
	       (unsigned long)now.units, (unsigned long)before->units, (unsigned long)now.vms,
	       (unsigned long)before->vms);
	return false;
}

/* A thread that has ended is freed when its core switches the next time. */
static bool node_settles(const struct vmdev_node *before)
{
	for (unsigned i = 0; i < 100; i++) {
		struct vmdev_node now = node_look();

		if (now.free_pages == before->free_pages)
			break;
		nap(10000);
	}
	return node_is(before);
}

static uint64_t memory_random(void)
{
	return MEMORY_MIN + UNIT * random_below(24);
}

static void cycles(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = vm_make((uint32_t)(1 + random_below(cores)), memory_random());
		bool good;

		if (fd < 0)
			return;
		good = vm_start(fd) == 0 && vm_wait(fd) == BH_FAULT_OFF && vm_destroy(fd) == 0;
		if (!good || request.vm != 3) {
			check(false, "a VM runs and is destroyed", i);
			return;
		}
	}
	check(true, "cycles", count);
}

/* at any moment of its life */
static void kills(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = vm_make((uint32_t)(1 + random_below(cores)), memory_random());

		if (fd < 0)
			return;
		if (i % 5 && vm_start(fd) != 0)
			check(false, "a VM starts", i);
		if (i % 5 > 1)
			nap(random_below(300000));
		if (i % 5 == 4)
			ioctl(fd, (int)VMDEV_STOP, 0);
		if (vm_destroy(fd) != 0)
			check(false, "a VM is killed; errno", errno);
	}
	check(true, "kills", count);
}

static uint64_t vm_resize(int fd, uint64_t memory)
{
	struct vmdev_resize resize = {.memory = memory};

	if (ioctl(fd, (int)VMDEV_RESIZE, &resize) != 0)
		check(false, "a VM is resized; errno", errno);
	return resize.memory;
}

/* Waits until it has said something. */
static void vm_hear(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char buffer[4096];

	while (poll(&poll_fd, 1, -1) > 0 && read(fd, buffer, sizeof(buffer)) <= 0)
		if (poll_fd.revents & POLLHUP)
			return;
}

/* its job waits for each size in turn, uses all of it and says so (tests/programs/resized.c) */
static void resizes(unsigned count)
{
	static const unsigned sizes[] = {128, 48, 96, 36};
	int fd = vm_make(2, 32 * UNIT);

	(void)count;
	if (fd < 0 || vm_start(fd) != 0) {
		check(false, "a VM starts", errno);
		return;
	}
	nap(500000);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t wanted = sizes[i] * (UNIT / 2), got = 0;

		/* what the job uses it cannot give */
		for (unsigned turn = 0; turn < 100 && got != wanted; turn++) {
			got = vm_resize(fd, wanted);
			if (got != wanted)
				nap(100000);
		}
		check(got == wanted, "a VM has MiB", (long)(got >> 20));
		vm_hear(fd);
	}
	check(vm_wait(fd) == BH_FAULT_OFF, "a VM has used all sizes", 0);
	check(vm_destroy(fd) == 0, "a VM that was resized is destroyed", 0);
}

/* killed while it gets and gives memory */
static void resize_kills(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = vm_make(2, 32 * UNIT);

		if (fd < 0 || vm_start(fd) != 0)
			return;
		nap(random_below(400000));
		for (unsigned k = 0; k < i % 4; k++) {
			struct vmdev_resize resize = {.memory = (20 + random_below(40)) * UNIT};

			if (ioctl(fd, (int)VMDEV_RESIZE, &resize) != 0)
				check(false, "a VM is resized; errno", errno);
		}
		if (vm_destroy(fd) != 0)
			check(false, "a VM is killed; errno", errno);
	}
	check(true, "kills of VMs that were resized", count);
}

/* its kernel never stops answering, and says nothing (tests/guest/dead/flood.S): that ends */
static void floods(unsigned count)
{
	struct vmdev_start start = {.core = {(uint16_t)(cores - 1)}}; /* beside us */
	int fd;

	image = file_read("/flood.img");
	fd = vm_make(1, MEMORY_MIN);
	if (fd < 0 || ioctl(fd, (int)VMDEV_START, &start) != 0) {
		check(false, "a VM starts", errno);
		return;
	}
	nap(100000);
	for (unsigned i = 0; i < count; i++) {
		struct vmdev_resize resize = {.memory = i % 2 ? (i + 2) * MEMORY_MIN : UNIT};
		int result = ioctl(fd, (int)VMDEV_RESIZE, &resize);

		check(result != 0 && errno == EIO, "nonsense about memory is no answer", i);
	}
	check(vm_destroy(fd) == 0, "a VM that floods is destroyed", 0);
}

static void moves(unsigned count)
{
	int fd = vm_make(2, 32 * UNIT);
	struct vmdev_info info = {0};
	unsigned moved = 0;

	if (fd < 0 || vm_start(fd) != 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		struct vmdev_place place = {.vcpu = (uint16_t)(i % 2),
					    .core = (uint16_t)random_below(cores)};

		if (ioctl(fd, (int)VMDEV_PLACE, &place) == 0)
			moved++;
		nap(2000 + random_below(5000));
	}
	ioctl(fd, (int)VMDEV_INFO, &info);
	check(moved > 0, "moves", moved);
	check(vm_wait(fd) == BH_FAULT_OFF, "a VM that was moved ends well", 0);
	check(vm_destroy(fd) == 0, "and is destroyed", 0);
}

static void expect(int wanted, const char *what)
{
	int result = ioctl(manager, (int)VMDEV_CREATE, &request);

	if (result == 0)
		vm_destroy(vm_open());
	check(result != 0 && errno == wanted, what, result == 0 ? 0 : errno);
}

static void errors(unsigned count)
{
	char other[64] = "no image";

	(void)count;
	request_fill(0, MEMORY_MIN);
	expect(EINVAL, "no vCPUs");
	request_fill(33, MEMORY_MIN);
	expect(EINVAL, "too many vCPUs");
	request_fill(1, MEMORY_MIN + 4096);
	expect(EINVAL, "half a unit");
	request_fill(1, 0);
	expect(EINVAL, "no memory");
	request_fill(1, UINT64_C(1) << 42);
	expect(ENOMEM, "more memory than there is");
	request_fill(1, MEMORY_MIN);
	request.config.version = ENCLAVE_VERSION + 1;
	expect(EINVAL, "another version");
	request_fill(1, MEMORY_MIN);
	request.config.size--;
	expect(EINVAL, "another size");
	request_fill(1, MEMORY_MIN);
	request.config.ranges[0].start = UNIT;
	expect(EINVAL, "an address");
	request_fill(1, MEMORY_MIN);
	request.config.ranges[0].node = 1;
	expect(EINVAL, "a node that is not there");
	request_fill(1, MEMORY_MIN);
	memset(request.config.name, 'x', sizeof(request.config.name));
	expect(EINVAL, "a name without end");
	request_fill(1, MEMORY_MIN);
	request.image = (uintptr_t)other;
	request.image_size = sizeof(other);
	expect(ENOEXEC, "an image that is none");
	request_fill(1, MEMORY_MIN);
	request.image = 8;
	expect(EFAULT, "an image at a bad address");
	request_fill(1, MEMORY_MIN);
	request.ramdisk = 8;
	expect(EFAULT, "a ramdisk at a bad address");
	request_fill(1, 2 * UNIT / 2);
	request.ramdisk_size = 4 * UNIT;
	expect(ENOMEM, "a ramdisk that does not fit");
}

/* its job never ends by itself: a signal ends it, however early that comes */
static void signals(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t number = SIGTERM;
		int fd = vm_make(1, 16 * UNIT);
		bool is_started = fd >= 0 && vm_start(fd) == 0;

		if (i > 0)
			nap(random_below(100000));
		if (!is_started || ioctl(fd, (int)VMDEV_SIGNAL, &number) != 0) {
			check(false, "a VM takes a signal; errno", errno);
			return;
		}
		check(vm_wait(fd) == BH_FAULT_OFF, "a signal ends a job", i);
		check(vm_destroy(fd) == 0, "and its VM is destroyed", i);
	}
}

static const struct {
	const char *word;
	void (*run)(unsigned count);
} scripts[] = {
	{"cycles", cycles},   {"kills", kills},
	{"resizes", resizes}, {"resize_kills", resize_kills},
	{"moves", moves},     {"errors", errors},
	{"floods", floods},   {"signals", signals},
};

static void script_run(const char *word, unsigned count)
{
	struct vmdev_node before;
	int fd;

	/* what is allocated once, at the first time */
	fd = vm_make(1, MEMORY_MIN);
	if (fd < 0 || vm_start(fd) != 0 || vm_destroy(fd) != 0)
		check(false, "a first VM; errno", errno);
	nap(100000);
	before = node_look();
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strcmp(word, scripts[i].word) == 0)
			scripts[i].run(count);
	check(node_settles(&before), "nothing is lost; pages", (long)node_look().free_pages);
}

/* what the hypervisor and the VMs have said last */
static void log_show(void)
{
	int fd = open("/dev/hvlog", O_RDONLY | O_NONBLOCK);
	char text[4097];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		printf("%s", text);
	}
	fflush(stdout);
}

int main(void)
{
	struct bytes script = file_read("/script");
	char word[32] = "";
	unsigned count = 0;
	unsigned long number = 0;

	manager = open("/dev/vm/new", O_RDWR);
	cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	image = file_read("/lwk.img");
	tree = file_read("/job.cpio");
	script.start[script.size] = '\0';
	if (sscanf(script.start, "%31s %u %lu", word, &count, &number) != 3 || manager < 0)
		check(false, "a script", errno);
	seed = number + 88172645463325252u;
	script_run(word, count);
	log_show();
	printf("\ndone\n");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
