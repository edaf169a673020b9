/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Enclaves by the module's files (see vm_host.h). Linux keeps CPU 0 and a part of its memory.
 */
#include <bulkhead/cokerneldev.h>
#include <errno.h>
#include <fcntl.h>
#include <lib/vcpu_policy.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>
#include <user/host/enclave_watch.h>
#include <user/host/vm_host.h>
#include <user/vm_calls.h>
#include <user/vm_thread.h>

#define PAGE_BYTES 4096u
#define NS_PER_S   UINT64_C(1000000000)
#define KEPT_SHARE \
	4 /* Linux keeps one part of so many of what it can give: nothing is swapped for an enclave */

static int manager = -1;
static uint8_t places[COKERNELDEV_CPUS_MAX];
static uint8_t siblings[COKERNELDEV_CPUS_MAX];
static uint16_t absent[COKERNELDEV_CPUS_MAX];
static size_t absent_count;

/* What the module can take: that is more than Linux calls free, which on a host that works is little. */
static void node_memory(uint64_t nodes[ENCLAVE_NODES_MAX])
{
	struct cokerneldev_memory memory;
	bool is_known = vm_call(manager, COKERNELDEV_MEMORY, &memory) == 0;

	for (size_t i = 0; i < ENCLAVE_NODES_MAX; i++)
		nodes[i] = is_known ? memory.units[i] * ENCLAVE_UNIT : 0;
}

static uint64_t free_memory(void)
{
	uint64_t nodes[ENCLAVE_NODES_MAX], bytes = 0;

	node_memory(nodes);
	for (size_t i = 0; i < ENCLAVE_NODES_MAX; i++)
		bytes += nodes[i];
	return (bytes - bytes / KEPT_SHARE) & ~(ENCLAVE_UNIT - 1);
}

/* Units: those that enclaves have, which shall be none when there is no enclave. */
static int node(struct vmdev_node *node, uint32_t *files)
{
	struct cokerneldev_node ledger;
	struct sysinfo memory;
	int status = vm_call(manager, COKERNELDEV_NODE, &ledger);

	if (status != 0 || sysinfo(&memory) != 0)
		return status != 0 ? status : -errno;
	*files = vm_call_files();
	*node = (struct vmdev_node){
		.free_pages = (uint64_t)memory.freeram * memory.mem_unit / PAGE_BYTES,
		.total_pages = (uint64_t)memory.totalram * memory.mem_unit / PAGE_BYTES,
		.vms = ledger.enclaves,
	};
	for (size_t i = 0; i < ENCLAVE_NODES_MAX; i++)
		node->units += ledger.units[i];
	return 0;
}

static int make(const struct enclave_config *config, const char *ramdisk)
{
	return vm_call_make(manager, VM_HOST_IMAGE, config, ramdisk);
}

int vm_host_open(int vm)
{
	uint32_t id = (uint32_t)vm;
	int file = ioctl(manager, (int)COKERNELDEV_OPEN, &id);

	if (file < 0)
		return -errno;
	if (fcntl(file, F_SETFL, O_RDWR | O_NONBLOCK) == 0 && fcntl(file, F_SETFD, FD_CLOEXEC) == 0)
		return file;
	close(file);
	return -errno;
}

static int destroy(int vm)
{
	int file = vm_host_open(vm);
	int status = file < 0 ? file : vm_call(file, VMDEV_DESTROY, NULL);

	if (file >= 0)
		close(file);
	return status;
}

/* Evenly more on each of its nodes; what one has not, the next is to give. */
static int resize(int file, const struct enclave_config *config, uint64_t *memory)
{
	uint64_t wanted = *memory, before = 0;
	int status = 0;

	for (unsigned i = 0; i < config->range_count; i++)
		before += config->ranges[i].size;
	if (wanted <= before)
		return vm_call_resize(file, config->ranges[0].node, memory);
	for (unsigned i = 0; i < config->nodes && (status == 0 || status == -ENOMEM); i++) {
		uint64_t more = (wanted - before) / ENCLAVE_UNIT * (i + 1) / config->nodes;

		*memory = before + more * ENCLAVE_UNIT;
		status = vm_call_resize(file, config->ranges[i].node, memory);
	}
	return status;
}

static bool has_core(const struct cokerneldev_cores *now, uint32_t cpu)
{
	for (uint32_t i = 0; i < now->count && i < COKERNEL_CORES_MAX; i++) {
		if (now->cores[i].cpu == cpu)
			return true;
	}
	return false;
}

static bool is_wanted(const uint16_t *cores, unsigned count, uint32_t cpu)
{
	for (unsigned i = 0; i < count; i++) {
		if (cores[i] == cpu)
			return true;
	}
	return false;
}

/* First those that are new, so that it never has fewer than before or than it shall have. */
static int move(int file, const uint16_t *cores, unsigned count)
{
	struct cokerneldev_cores now;
	int status = vm_call(file, COKERNELDEV_CORES, &now);

	for (unsigned i = 0; status == 0 && i < count; i++) {
		struct cokerneldev_core core = {.cpu = cores[i]};

		if (!has_core(&now, cores[i]))
			status = vm_call(file, COKERNELDEV_CORE_ADD, &core);
	}
	for (uint32_t i = 0; status == 0 && i < now.count && i < COKERNEL_CORES_MAX; i++) {
		struct cokerneldev_core core = {.index = i};

		if (now.cores[i].cpu != COKERNELDEV_INDEX_ANY &&
		    !is_wanted(cores, count, now.cores[i].cpu))
			status = vm_call(file, COKERNELDEV_CORE_REMOVE, &core);
	}
	return status;
}

static int share_create(struct vm_share *share)
{
	struct cokerneldev_region region = {.size = share->size, .node = share->node};
	int file;

	(void)snprintf(region.name, sizeof(region.name), "%s", share->name);
	file = ioctl(manager, (int)COKERNELDEV_REGION_CREATE, &region);
	if (file < 0)
		return -errno;
	share->id = region.id;
	close(file);
	return 0;
}

static int share(struct vm_share *share)
{
	struct cokerneldev_region region = {.id = share->id};
	int file, status;

	if (share->action == SHARE_CREATE)
		return share_create(share);
	if (share->action == SHARE_DESTROY)
		return vm_call(manager, COKERNELDEV_REGION_REVOKE, &share->id);
	file = vm_host_open(share->vm);
	if (file < 0)
		return file;
	region.flags = (share->flags & COMMAND_READ_ONLY) != 0 ? COKERNEL_REGION_READ : 0;
	status = vm_call(file,
			 share->action == SHARE_ATTACH ? COKERNELDEV_ATTACH : COKERNELDEV_DETACH,
			 &region);
	close(file);
	return status;
}

static uint64_t clock_now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static int read_log(int file, uint64_t *position, char *text, size_t size)
{
	struct cokerneldev_log request = {
		.position = *position,
		.buffer = (uintptr_t)text,
		.size = (uint32_t)size,
	};
	int status = vm_call(file, COKERNELDEV_LOG, &request);

	*position = request.position;
	return status != 0 ? status : (int)request.size;
}

static int read_report(int file, uint32_t core, struct vcpu_report *report)
{
	struct cokerneldev_vcpu request = {.core = core};
	int status = vm_call(file, COKERNELDEV_VCPU, &request);

	*report = request.report;
	return status;
}

static void clear_enclaves(void)
{
	static struct cokerneldev_node node;

	for (int id = 1; id <= UINT16_MAX; id++) {
		if (vm_call(manager, COKERNELDEV_NODE, &node) != 0 || node.enclaves == 0)
			return;
		(void)destroy(id);
	}
}

static void clear_regions(void)
{
	static struct cokerneldev_node node;

	for (uint32_t id = 1; id <= UINT16_MAX; id++) {
		if (vm_call(manager, COKERNELDEV_NODE, &node) != 0 || node.regions == 0)
			return;
		(void)vm_call(manager, COKERNELDEV_REGION_REVOKE, &id);
	}
}

void vm_host_clear(void)
{
	clear_enclaves();
	clear_regions();
}

static unsigned first_sibling(const struct cokerneldev_node *node, unsigned cpu)
{
	const struct cokerneldev_cpu *one = &node->cpus[cpu];

	for (unsigned i = 0; i < cpu; i++) {
		const struct cokerneldev_cpu *other = &node->cpus[i];

		if (other->known && other->node == one->node && other->package == one->package &&
		    other->core == one->core)
			return i;
	}
	return cpu;
}

/* One more than the last CPU's number, and where each is; Linux's numbers may leave some out. */
static unsigned find_cores(bool *can_isolate)
{
	static struct cokerneldev_node node;
	unsigned count = 0;

	if (vm_call(manager, COKERNELDEV_NODE, &node) != 0)
		return 0;
	*can_isolate = node.backend != 0;
	for (unsigned cpu = 0; cpu < COKERNELDEV_CPUS_MAX; cpu++) {
		siblings[cpu] = (uint8_t)cpu;
		if (!node.cpus[cpu].known)
			continue;
		siblings[cpu] = (uint8_t)first_sibling(&node, cpu);
		places[cpu] = (uint8_t)node.cpus[cpu].node;
		while (count < cpu)
			absent[absent_count++] = (uint16_t)count++;
		count = cpu + 1;
	}
	return count;
}

const uint16_t *vm_host_absent(size_t *count)
{
	*count = absent_count;
	return absent;
}

const struct vm_layer *vm_host_layer(void)
{
	static struct vm_layer layer = {
		.places = places,
		.siblings = siblings,
		.grant_refusal = vcpu_grant_refusal,
		.directory = VM_HOST_DIRECTORY,
		.counter_hz = NS_PER_S,
		.node = node,
		.free_memory = free_memory,
		.node_memory = node_memory,
		.make = make,
		.open = vm_host_open,
		.start = vm_call_start,
		.stop = vm_call_stop,
		.destroy = destroy,
		.info = vm_call_info,
		.counters = vm_call_counters,
		.fault = vm_call_fault,
		.report = read_report,
		.digest = vm_call_digest,
		.signal = vm_call_signal,
		.resize = resize,
		.move = move,
		.log = read_log,
		.share = share,
		.watch = enclave_watch_begin,
		.watched = enclave_watch_end,
		.now = clock_now,
		.begin = vm_thread_begin,
	};

	if (layer.cores != 0)
		return &layer;
	manager = open(COKERNELDEV_PATH, O_RDWR | O_CLOEXEC);
	if (manager < 0)
		return NULL;
	layer.cores = find_cores(&layer.can_isolate);
	layer.wake = vm_thread_start(&layer);
	return layer.cores != 0 ? &layer : NULL;
}
