/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What operators are told of enclaves and of the node: answers (bulkhead/command.h), filled from the table of enclaves and from the layer.
 */
#include <string.h>
#include <user/job_run.h>
#include <user/place.h>

/* output that waits for so long waits for a reader that has stopped */
#define BLOCKED_SECONDS 2

static uint64_t runtime_of(const struct enclaves *enclaves, const struct enclave *enclave)
{
	struct vmdev_info info;

	if (enclave->vm != 0 && enclave->relay.fd >= 0 &&
	    enclaves->layer->info(enclave->relay.fd, &info) == 0)
		return info.runtime_ticks;
	return enclave->runtime_ticks;
}

/* whoever has its session does not read */
static bool is_blocked(const struct enclaves *enclaves, const struct enclave *enclave)
{
	const struct vm_layer *layer = enclaves->layer;

	return enclave->session != NULL && enclave->blocked_since != 0 &&
	       !session_has_room(enclave->session) &&
	       layer->now() - enclave->blocked_since > BLOCKED_SECONDS * layer->counter_hz;
}

void enclave_describe(const struct enclaves *enclaves, const struct enclave *enclave,
		      struct answer_enclave *answer)
{
	*answer = (struct answer_enclave){
		.id = enclave->id,
		.state = enclave->state,
		.flags = enclave->flags,
		.status = enclave->status,
		.user = enclave->user,
		.vm = (uint16_t)enclave->vm,
		.vcpus = (uint16_t)enclave->config.vcpus,
		.memory = enclave_memory(enclave),
		.runtime_ticks = runtime_of(enclaves, enclave),
		.counter_hz = enclaves->layer->counter_hz,
		.kept = enclave->kept.bytes,
		.lost = enclave->kept.lost,
		.jobs = enclave->jobs,
		.isolation = enclave->config.isolation,
		.grant_count = enclave->config.grant_count,
	};
	memcpy(answer->grants, enclave->config.grants, sizeof(answer->grants));
	memcpy(answer->cores, enclave_has_cores(enclave) ? enclave->cores : enclave->config.cores,
	       sizeof(answer->cores));
	if (is_blocked(enclaves, enclave))
		answer->flags |= ANSWER_BLOCKED;
	memcpy(answer->digest, enclave->digest, sizeof(answer->digest));
	memcpy(answer->name, enclave->config.name, sizeof(answer->name));
	memcpy(answer->program, enclave->program, sizeof(answer->program));
}

void enclaves_describe(const struct enclaves *enclaves, struct answer_node *answer)
{
	struct vmdev_node node;

	*answer = (struct answer_node){
		.cores = enclaves->layer->cores,
		.free_memory = enclaves_free_memory(enclaves),
	};
	for (size_t i = 0; i < ENCLAVES_MAX; i++)
		answer->enclaves += enclaves->all[i].id != 0;
	enclaves_load(enclaves, NULL, answer->load);
	if (enclaves->layer->node(&node, &answer->files) != 0)
		return;
	answer->free_pages = node.free_pages;
	answer->units = node.units;
	answer->vms = (uint32_t)node.vms;
}

void enclave_fault(const struct enclaves *enclaves, const struct enclave *enclave,
		   struct answer_fault *answer)
{
	*answer = (struct answer_fault){
		.id = enclave->id,
		.kind = enclaves->layer->report != NULL ? FAULT_CORE : FAULT_EL2,
		.fault = enclave->fault,
		.report = enclave->report,
	};
	memcpy(answer->name, enclave->config.name, sizeof(answer->name));
	memcpy(answer->text, enclave->reason, sizeof(answer->text));
}
