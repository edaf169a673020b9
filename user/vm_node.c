/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs by the LWK's device files (see vm_node.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <user/vm_calls.h>
#include <user/vm_node.h>
#include <user/vm_thread.h>

#define KEPT_BYTES (UINT64_C(8) << 20) /* for the control task itself */

static int vm_open(int vm)
{
	char path[32];
	int file;

	(void)snprintf(path, sizeof(path), "/dev/vm/%d", vm);
	file = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return file < 0 ? -errno : file;
}

static int manager_open(void)
{
	int file = open("/dev/vm/new", O_RDWR | O_CLOEXEC);

	return file < 0 ? -errno : file;
}

static int make(const struct enclave_config *config, const char *ramdisk)
{
	int manager = manager_open(), status = manager;

	if (manager >= 0) {
		status = vm_call_make(manager, VM_NODE_IMAGE, config, ramdisk);
		close(manager);
	}
	return status;
}

static int node(struct vmdev_node *node, uint32_t *files)
{
	int manager = manager_open(), status = manager;

	*files = vm_call_files();
	if (manager >= 0) {
		*files -= 1;
		status = vm_call(manager, VMDEV_NODE, node);
		close(manager);
	}
	return status;
}

static uint64_t free_memory(void)
{
	struct vmdev_node has;
	uint64_t bytes;
	uint32_t files;

	if (node(&has, &files) != 0)
		return 0;
	bytes = has.free_pages << 12;
	return bytes > KEPT_BYTES ? bytes - KEPT_BYTES : 0;
}

static int reload(int file)
{
	return vm_call(file, VMDEV_RELOAD, NULL);
}

static int bell(int file)
{
	return vm_call(file, VMDEV_BELL, NULL);
}

static int destroy(int vm)
{
	int file = vm_open(vm);
	int status = file < 0 ? file : vm_call(file, VMDEV_DESTROY, NULL);

	if (file >= 0)
		close(file);
	return status;
}

/* All of its vCPUs: those beyond `count` share the cores. */
static int move(int file, uint16_t *cores, unsigned *count)
{
	struct vmdev_info now;
	int status = vm_call_info(file, &now);

	(void)count;
	for (uint16_t i = 0; status == 0 && i < now.vcpus; i++) {
		struct vmdev_place place = {.vcpu = i, .core = cores[i]};

		status = vm_call(file, VMDEV_PLACE, &place);
	}
	return status;
}

static int resize(int file, const struct enclave_config *config, uint64_t *memory)
{
	return vm_call_resize(file, config->ranges[0].node, memory);
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
		.shares_cores = true,
		.directory = "/enclave",
		.node = node,
		.free_memory = free_memory,
		.make = make,
		.open = vm_open,
		.start = vm_call_start,
		.stop = vm_call_stop,
		.reload = reload,
		.bell = bell,
		.destroy = destroy,
		.info = vm_call_info,
		.counters = vm_call_counters,
		.fault = vm_call_fault,
		.digest = vm_call_digest,
		.signal = vm_call_signal,
		.resize = resize,
		.move = move,
		.now = counter_now,
		.begin = vm_thread_begin,
	};

	if (layer.cores == 0) {
		layer.cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
		layer.counter_hz = counter_hz();
		/* not on cores that jobs compute on */
		vm_thread_stay(CONTROL_CORE);
		layer.wake = vm_thread_start(&layer);
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
