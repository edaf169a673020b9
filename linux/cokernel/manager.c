// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* /dev/bulkhead-cokernel: the manager's calls (bulkhead/cokerneldev.h). */
#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/user_namespace.h>
#include "cores.h"
#include "device.h"
#include "enclave.h"
#include "protect.h"
#include "regions.h"

static bool is_admin(struct file *file)
{
	return file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static int call_create(void *file, void *payload)
{
	struct vmdev_create *create = payload;
	struct enclave *enclave;
	int error;

	enclave = enclave_make(create, &error);
	if (!enclave)
		return error;
	create->vm = enclave->id;
	memcpy(create->digest, enclave->digest, sizeof(create->digest));
	enclave_put(enclave);
	return 0;
}

static int call_node(void *file, void *payload)
{
	struct cokerneldev_node *node = payload;

	node->enclaves = enclaves_count();
	node->regions = regions_count();
	node->backend = protect_backend();
	for (u32 i = 0; i < min_t(u32, ENCLAVE_NODES_MAX, MAX_NUMNODES); i++)
		node->units[i] = memory_taken(i);
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct cokernel_core place;

		node->cores += core_owner(cpu) != 0;
		if (!core_is_known(cpu) || cpu >= COKERNELDEV_CPUS_MAX)
			continue;
		place = core_place(cpu);
		node->cpus[cpu] = (struct cokerneldev_cpu){
			.owner = core_owner(cpu),
			.node = place.node,
			.package = place.package,
			.core = place.core,
			.thread = place.thread,
			.known = 1,
		};
	}
	return 0;
}

static int call_memory(void *file, void *payload)
{
	struct cokerneldev_memory *memory = payload;

	for (u32 i = 0; i < ENCLAVE_NODES_MAX; i++)
		memory->units[i] = memory_spare(i);
	return 0;
}

static int call_open(void *file, void *payload)
{
	struct enclave *enclave = enclave_find(*(u32 *)payload);

	return enclave ? enclave_file_make(enclave, is_admin(file)) : -ENOENT;
}

static int call_region_create(void *file, void *payload)
{
	return region_create(payload);
}

static int call_region_open(void *file, void *payload)
{
	return region_open(*(u32 *)payload);
}

static int call_region_revoke(void *file, void *payload)
{
	return region_revoke(*(u32 *)payload);
}

#define BOTH (CALL_IN | CALL_OUT)

static const struct device_call calls[] = {
	{VMDEV_CREATE, sizeof(struct vmdev_create), BOTH | CALL_ADMIN, call_create},
	{COKERNELDEV_NODE, sizeof(struct cokerneldev_node), CALL_OUT, call_node},
	{COKERNELDEV_MEMORY, sizeof(struct cokerneldev_memory), CALL_OUT, call_memory},
	{COKERNELDEV_OPEN, sizeof(u32), CALL_IN, call_open},
	{COKERNELDEV_REGION_CREATE, sizeof(struct cokerneldev_region), BOTH | CALL_ADMIN,
	 call_region_create},
	{COKERNELDEV_REGION_OPEN, sizeof(u32), CALL_IN | CALL_ADMIN, call_region_open},
	{COKERNELDEV_REGION_REVOKE, sizeof(u32), CALL_IN | CALL_ADMIN, call_region_revoke},
};

static long run(void *file, const struct device_call *call, void *payload)
{
	return call->act(file, payload);
}

static long manager_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
	long error;
	const struct device_call *call = device_call_find(calls, ARRAY_SIZE(calls), is_admin(file),
							  number, &error);

	return call ? device_call(call, file, argument, run) : error;
}

static const struct file_operations manager_file = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = manager_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice manager_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bulkhead-cokernel",
	.mode = 0660,
	.fops = &manager_file,
};

int manager_init(void)
{
	return misc_register(&manager_device);
}

void manager_exit(void)
{
	misc_deregister(&manager_device);
}
