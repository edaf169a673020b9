/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See lost.h. Their cores are reserved as the node's own are: no enclave is placed there.
 */
#include <string.h>
#include <user/events.h>
#include <user/lost.h>

/* where vCPUs share cores, one of a VM that has ended is free all the same */
static void reserve(struct enclaves *enclaves, const struct lost_vm *lost, int change)
{
	for (uint32_t i = 0; i < lost->count && !enclaves->layer->shares_cores; i++) {
		uint16_t *reserved = &enclaves->reserved[lost->cores[i] % 64];

		*reserved = (uint16_t)(*reserved + change);
	}
}

void lost_add(struct enclaves *enclaves, const struct enclave *enclave)
{
	for (size_t i = 0; i < LOST_MAX; i++) {
		struct lost_vm *lost = &enclaves->lost[i];

		if (lost->vm != 0)
			continue;
		*lost = (struct lost_vm){.vm = enclave->vm, .count = enclave_vcpus(enclave)};
		memcpy(lost->cores, enclave->cores, sizeof(lost->cores));
		reserve(enclaves, lost, 1);
		return;
	}
}

void lost_retry(struct enclaves *enclaves)
{
	for (size_t i = 0; i < LOST_MAX; i++) {
		struct lost_vm *lost = &enclaves->lost[i];

		if (lost->vm == 0 || vm_task_is_busy(&lost->task))
			continue;
		lost->task = (struct vm_task){.kind = VM_TASK_DESTROY, .vm = lost->vm};
		enclaves->layer->begin(&lost->task);
	}
}

void lost_follow(struct enclaves *enclaves)
{
	for (size_t i = 0; i < LOST_MAX; i++) {
		struct lost_vm *lost = &enclaves->lost[i];

		if (vm_task_take(&lost->task) != VM_TASK_DESTROY)
			continue;
		if (vm_is_lost(lost->task.status)) {
			event_add(enclaves, NULL, "VM %d still does not go: %s", lost->vm,
				  strerror(-lost->task.status));
			continue;
		}
		event_add(enclaves, NULL, "VM %d has gone, its cores and memory are free",
			  lost->vm);
		reserve(enclaves, lost, -1);
		*lost = (struct lost_vm){0};
	}
}
