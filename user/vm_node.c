/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs by the LWK's device files (see vm_node.h).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <user/io.h>
#include <user/vm_node.h>
#include <user/vm_thread.h>

#define KEPT_BYTES (UINT64_C(8) << 20) /* for the control task itself */

static int vm_ioctl(int file, unsigned command, void *argument)
{
	return ioctl(file, (int)command, argument) < 0 ? -errno : 0;
}

static int vm_open(int vm)
{
	char path[32];
	int file;

	(void)snprintf(path, sizeof(path), "/dev/vm/%d", vm);
	file = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return file < 0 ? -errno : file;
}

static int manager_ioctl(unsigned command, void *argument)
{
	int file = open("/dev/vm/new", O_RDWR | O_CLOEXEC);
	int status = file < 0 ? -errno : vm_ioctl(file, command, argument);

	if (file >= 0)
		close(file);
	return status;
}

/* all but the one that is being counted by */
static uint32_t count_files(void)
{
	DIR *files = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint32_t count = 0;

	while (files != NULL && (entry = readdir(files)) != NULL)
		count += entry->d_name[0] != '.';
	if (files != NULL)
		closedir(files);
	return count > 0 ? count - 1 : 0;
}

static int node(struct vmdev_node *node, uint32_t *files)
{
	*files = count_files();
	return manager_ioctl(VMDEV_NODE, node);
}

static uint64_t free_memory(void)
{
	struct vmdev_node node;
	uint64_t bytes;

	if (manager_ioctl(VMDEV_NODE, &node) != 0)
		return 0;
	bytes = node.free_pages << 12;
	return bytes > KEPT_BYTES ? bytes - KEPT_BYTES : 0;
}

/* by more threads than one */
static int make(const struct enclave_config *config, const char *ramdisk)
{
	struct vmdev_create *request = malloc(sizeof(*request));
	size_t image_size = 0, tree_size = 0;
	char *image = request ? io_read_file(VM_NODE_IMAGE, &image_size) : NULL;
	char *tree = image ? io_read_file(ramdisk, &tree_size) : NULL;
	int status = tree ? 0 : -errno;

	if (status == 0) {
		*request = (struct vmdev_create){
			.config = *config,
			.image = (uintptr_t)image,
			.image_size = image_size,
			.ramdisk = (uintptr_t)tree,
			.ramdisk_size = tree_size,
		};
		status = manager_ioctl(VMDEV_CREATE, request);
	}
	if (status == 0)
		status = request->vm;
	free(image);
	free(tree);
	free(request);
	return status;
}

static int start(int file, const uint16_t *cores)
{
	struct vmdev_start request;

	memcpy(request.core, cores, sizeof(request.core));
	return vm_ioctl(file, VMDEV_START, &request);
}

static int stop(int file)
{
	return vm_ioctl(file, VMDEV_STOP, NULL);
}

static int reload(int file)
{
	return vm_ioctl(file, VMDEV_RELOAD, NULL);
}

static int bell(int file)
{
	return vm_ioctl(file, VMDEV_BELL, NULL);
}

static int destroy(int vm)
{
	int file = vm_open(vm);
	int status = file < 0 ? file : vm_ioctl(file, VMDEV_DESTROY, NULL);

	if (file >= 0)
		close(file);
	return status;
}

static int info(int file, struct vmdev_info *info)
{
	return vm_ioctl(file, VMDEV_INFO, info);
}

static int counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	struct vmdev_counters request = {.vcpu = vcpu};
	int status = vm_ioctl(file, VMDEV_COUNTERS, &request);

	*counters = request.counters;
	return status;
}

static int fault(int file, struct bh_fault *fault)
{
	return vm_ioctl(file, VMDEV_FAULT, fault);
}

static int digest(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE])
{
	return vm_ioctl(file, VMDEV_DIGEST, digest);
}

static int send_signal(int file, unsigned signal)
{
	uint32_t number = signal;

	return vm_ioctl(file, VMDEV_SIGNAL, &number);
}

static int resize(int file, uint64_t *memory)
{
	struct vmdev_resize request = {.memory = *memory};
	int status = vm_ioctl(file, VMDEV_RESIZE, &request);

	*memory = request.memory;
	return status;
}

static int move(int file, const uint16_t *cores)
{
	struct vmdev_info now;
	int status = info(file, &now);

	for (uint16_t i = 0; status == 0 && i < now.vcpus; i++) {
		struct vmdev_place place = {.vcpu = i, .core = cores[i]};

		status = vm_ioctl(file, VMDEV_PLACE, &place);
	}
	return status;
}

static uint64_t counter_now(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static uint64_t counter_hz(void)
{
	uint64_t value;

	__asm__("mrs %0, cntfrq_el0" : "=r"(value));
	return value;
}

const struct vm_layer *vm_node_layer(void)
{
	static struct vm_layer layer = {
		.directory = "/enclave",
		.node = node,
		.free_memory = free_memory,
		.make = make,
		.open = vm_open,
		.start = start,
		.stop = stop,
		.reload = reload,
		.bell = bell,
		.destroy = destroy,
		.info = info,
		.counters = counters,
		.fault = fault,
		.digest = digest,
		.signal = send_signal,
		.resize = resize,
		.move = move,
		.now = counter_now,
		.begin = vm_thread_begin,
	};

	if (layer.cores == 0) {
		layer.cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
		layer.counter_hz = counter_hz();
		layer.wake = vm_thread_start(CONTROL_CORE);
	}
	return &layer;
}

void vm_node_describe(struct enclave_config *config, const char *name, uint32_t vcpus,
		      uint64_t memory, uint32_t nodes, const char *bootargs)
{
	*config = (struct enclave_config){
		.version = ENCLAVE_VERSION,
		.size = sizeof(*config),
		.vcpus = vcpus,
		.nodes = nodes,
		.uuid = {0xb0140ead, 0, 0, 1},
	};
	(void)snprintf(config->name, sizeof(config->name), "%s", name);
	(void)snprintf(config->bootargs, sizeof(config->bootargs), "%s", bootargs);
	for (unsigned i = 0; i < ENCLAVE_VCPUS_MAX; i++)
		config->cores[i] = ENCLAVE_CORE_ANY;
	for (uint32_t i = 0; i < nodes && i < ENCLAVE_NODES_MAX; i++)
		config->ranges[config->range_count++] = (struct enclave_range){
			.size = memory / nodes, .node = i};
}
