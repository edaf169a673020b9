/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of enclaves: names, ids, what each has and is promised.
 */
#include <bulkhead/types.h>
#include <bulkhead/vcpu.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <user/job_run.h>
#include <user/place.h>

#define MIB        (UINT64_C(1) << 20)
#define UUID_FIRST 0xb0140eadu /* as of the VMs of the boot manifest */
#define LOG_MAX    32768u      /* of kernel logs: what a session takes at once */
#define MEMORY_MIN (16 * MIB)  /* for an LWK and a small program */

static const char too_small[] = "An enclave needs 16M of memory at least.";

bool refuse(struct refusal *refusal, int error, const char *format, ...)
{
	va_list args;

	refusal->error = error;
	va_start(args, format);
	(void)vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
	return false;
}

void enclaves_init(struct enclaves *enclaves, const struct vm_layer *layer)
{
	*enclaves = (struct enclaves){.layer = layer};
	for (size_t i = 0; i < ENCLAVES_MAX; i++)
		enclaves->all[i].relay.fd = -1;
}

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

static struct enclave *find(struct enclaves *enclaves, const char *name)
{
	unsigned long id = is_number(name) ? strtoul(name, NULL, 10) : 0;

	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		struct enclave *one = &enclaves->all[i];

		if (one->id != 0 && (one->id == id || strcmp(one->config.name, name) == 0))
			return one;
	}
	return NULL;
}

struct enclave *enclave_find(struct enclaves *enclaves, const char *name, struct refusal *refusal)
{
	struct enclave *enclave = find(enclaves, name);

	if (enclave == NULL)
		(void)refuse(refusal, ENOENT,
			     "There is no enclave %s; bulkhead ls shows those that there are.",
			     name);
	return enclave;
}

uint64_t enclave_memory(const struct enclave *enclave)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < enclave->config.range_count; i++)
		sum += enclave->config.ranges[i].size;
	return sum;
}

uint32_t enclave_vcpus(const struct enclave *enclave)
{
	return enclave->vm_vcpus != 0 ? enclave->vm_vcpus : enclave->config.vcpus;
}

bool enclave_has_job(const struct enclave *enclave)
{
	return enclave->state == ENCLAVE_LOADING || enclave->state == ENCLAVE_RUNNING ||
	       enclave->state == ENCLAVE_ENDING;
}

static bool is_being_made(const struct enclave *enclave)
{
	return enclave->task.kind == VM_TASK_MAKE;
}

bool enclaves_are_changing(const struct enclaves *enclaves)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *one = &enclaves->all[i];

		if (one->id != 0 && (is_being_made(one) || one->state == ENCLAVE_ENDING))
			return true;
	}
	return false;
}

bool name_is_good(const char *name, size_t size)
{
	static const char also[] = "-_.";

	for (size_t i = 0; i < size; i++) {
		char c = name[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (c == '\0')
			return i > 0;
		if (!is_letter && (i == 0 || (!is_number(&name[i]) && strchr(also, c) == NULL)))
			return false;
	}
	return false;
}

static bool check_text(const struct enclave_config *config, struct refusal *refusal)
{
	if (memchr(config->bootargs, '\0', sizeof(config->bootargs)) == NULL)
		return refuse(refusal, EINVAL,
			      "The kernel's arguments are too long: %u bytes at most.",
			      ENCLAVE_BOOTARGS_MAX - 1);
	if (config->name[0] != '\0' && !name_is_good(config->name, sizeof(config->name)))
		return refuse(
			refusal, EINVAL,
			"This is no name for an enclave: use letters, digits and -_. (a letter first, %u at most).",
			ENCLAVE_NAME_MAX - 1);
	return true;
}

static bool check_config(const struct enclave_config *config, struct refusal *refusal)
{
	if (config->version != ENCLAVE_VERSION || config->size != sizeof(*config))
		return refuse(refusal, EPROTO,
			      "The bulkhead command and this node are of different versions.");
	if (config->vcpus < 1 || config->vcpus > ENCLAVE_VCPUS_MAX)
		return refuse(refusal, EINVAL, "An enclave has 1 to %u CPUs.", ENCLAVE_VCPUS_MAX);
	if (config->nodes < 1 || config->nodes > ENCLAVE_NODES_MAX ||
	    config->vcpus % config->nodes != 0 || config->range_count != config->nodes)
		return refuse(refusal, EINVAL,
			      "An enclave spans 1 to %u NUMA nodes, with as many CPUs on each.",
			      ENCLAVE_NODES_MAX);
	for (unsigned i = 0; i < config->range_count; i++) {
		const struct enclave_range *range = &config->ranges[i];

		if (range->size == 0 || range->size % ENCLAVE_UNIT != 0 || range->node != i ||
		    range->start != 0 || range->size > UINT64_MAX / ENCLAVE_NODES_MAX)
			return refuse(refusal, EINVAL,
				      "The memory of an enclave is a multiple of 2M.");
	}
	if (config->ranges[0].size * config->nodes < MEMORY_MIN)
		return refuse(refusal, EINVAL, too_small);
	return check_text(config, refusal);
}

static bool check_grants(const struct enclaves *enclaves, const struct enclave_config *config,
			 uint32_t user, struct refusal *refusal)
{
	if (config->grant_count > ENCLAVE_GRANTS_MAX)
		return refuse(refusal, EINVAL, "An enclave has at most %u grants.",
			      ENCLAVE_GRANTS_MAX);
	if (config->grant_count != 0 && user != 0)
		return refuse(refusal, EPERM,
			      "Only root can grant an enclave ports, MSRs or memory of devices.");
	for (uint32_t i = 0; i < config->grant_count; i++) {
		const struct enclave_grant *grant = &config->grants[i];
		const char *why = enclaves->layer->grant_refusal(grant);

		if (why != NULL)
			return refuse(
				refusal, EINVAL,
				"%#llx to %#llx, number %u of the grants, cannot be granted: %s.",
				(unsigned long long)grant->first, (unsigned long long)grant->last,
				i + 1, why);
	}
	return true;
}

/* What the processor cannot do is refused, unless it was not asked for. */
static bool check_isolation(const struct enclaves *enclaves, const struct enclave_config *config,
			    uint32_t user, struct refusal *refusal)
{
	const uint32_t full = ENCLAVE_ISOLATION_FEATURES | VCPU_FULL;
	bool is_chosen = config->isolation != ENCLAVE_ISOLATION_BEST;
	bool has_features = (config->isolation & ~VCPU_FULL) == ENCLAVE_ISOLATION_FEATURES;

	if (is_chosen && config->isolation != ENCLAVE_ISOLATION_NONE && !has_features)
		return refuse(refusal, EINVAL, "There is no such isolation.");
	if (enclaves->layer->grant_refusal == NULL)
		return (!is_chosen || config->isolation == full) && config->grant_count == 0
			       ? true
			       : refuse(refusal, ENOTSUP,
					"The hypervisor of this node isolates every enclave in full; less than that, and grants, are for hosts with co-kernels.");
	if (has_features && !enclaves->layer->can_isolate)
		return refuse(
			refusal, ENOTSUP,
			"This processor has neither SVM with nested paging nor VMX with EPT, so enclaves cannot be isolated; --isolation none runs them without.");
	return check_grants(enclaves, config, user, refusal);
}

/* As the machine is told: only where it is chosen. */
static uint32_t isolation_of(const struct vm_layer *layer, uint32_t isolation)
{
	if (layer->grant_refusal == NULL)
		return ENCLAVE_ISOLATION_BEST;
	if (isolation != ENCLAVE_ISOLATION_BEST)
		return isolation;
	return layer->can_isolate ? ENCLAVE_ISOLATION_FEATURES | VCPU_FULL : ENCLAVE_ISOLATION_NONE;
}

static struct enclave *free_place(struct enclaves *enclaves)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		if (enclaves->all[i].id == 0)
			return &enclaves->all[i];
	}
	return NULL;
}

/* the next id, and with an empty name one of its own */
static uint32_t next_id(struct enclaves *enclaves, char *name)
{
	bool is_named = name[0] != '\0';

	do {
		enclaves->last_id++;
		if (!is_named)
			(void)snprintf(name, ENCLAVE_NAME_MAX, "job%u", enclaves->last_id);
	} while (!is_named && find(enclaves, name) != NULL);
	return enclaves->last_id;
}

/* what the operator says in a description, and nothing of what else there is room for */
static void take_config(struct enclave_config *to, const struct enclave_config *from)
{
	*to = (struct enclave_config){
		.version = ENCLAVE_VERSION,
		.size = sizeof(*to),
		.range_count = from->range_count,
		.vcpus = from->vcpus,
		.nodes = from->nodes,
	};
	memcpy(to->name, from->name, sizeof(to->name));
	memcpy(to->bootargs, from->bootargs, sizeof(to->bootargs));
	memcpy(to->cores, from->cores, sizeof(to->cores));
	to->grant_count = from->grant_count;
	memcpy(to->grants, from->grants, from->grant_count * sizeof(to->grants[0]));
	memcpy(to->ranges, from->ranges, from->range_count * sizeof(to->ranges[0]));
}

struct enclave *enclave_create(struct enclaves *enclaves, const struct command_create *create,
			       uint32_t user, struct refusal *refusal)
{
	const struct enclave_config *config = &create->config;
	struct enclave *enclave;

	if (!check_config(config, refusal) || !check_isolation(enclaves, config, user, refusal))
		return NULL;
	if (config->name[0] != '\0' && find(enclaves, config->name) != NULL) {
		(void)refuse(refusal, EEXIST,
			     "There is an enclave %s already; choose another name, or destroy it.",
			     config->name);
		return NULL;
	}
	enclave = free_place(enclaves);
	if (enclave == NULL) {
		(void)refuse(refusal, ENOSPC,
			     "There are %u enclaves, as many as a node can have; destroy one.",
			     ENCLAVES_MAX);
		return NULL;
	}
	*enclave = (struct enclave){
		.flags = create->flags & (COMMAND_TRANSIENT | COMMAND_DETACHED),
		.user = user,
		.tree = -1,
		.relay = {.fd = -1},
		.log = {.limit = LOG_MAX},
	};
	take_config(&enclave->config, config);
	enclave->config.isolation = isolation_of(enclaves->layer, config->isolation);
	if (config->isolation != enclave->config.isolation &&
	    enclave->config.isolation == ENCLAVE_ISOLATION_NONE)
		enclave->flags |= ANSWER_BARE;
	enclave->id = next_id(enclaves, enclave->config.name);
	memcpy(enclave->config.uuid, (uint32_t[]){UUID_FIRST, 0, 0, enclave->id},
	       sizeof(enclave->config.uuid));
	return enclave;
}

bool enclave_has_promise(const struct enclave *enclave)
{
	return enclave->id != 0 && enclave_has_cores(enclave) && enclave->vm == 0 &&
	       !is_being_made(enclave);
}

uint64_t enclaves_free_memory(const struct enclaves *enclaves)
{
	uint64_t left = enclaves->layer->free_memory();

	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *one = &enclaves->all[i];
		uint64_t memory = enclave_memory(one);

		/* of a VM the memory is gone already */
		if (enclave_has_promise(one))
			left = left > memory ? left - memory : 0;
	}
	return left;
}

bool enclaves_have_memory(const struct enclaves *enclaves, uint64_t wanted, struct refusal *refusal)
{
	uint64_t left = enclaves_free_memory(enclaves);

	if (wanted <= left)
		return true;
	return refuse(
		refusal, ENOMEM,
		"%lluM of memory are not there: %lluM are free on this node. Ask for less, or stop an enclave.",
		(unsigned long long)(wanted / MIB), (unsigned long long)(left / MIB));
}

/* where cores are not shared, two of its vCPUs do not share one either */
static bool check_list(const struct enclaves *enclaves, const struct enclave *enclave,
		       struct refusal *refusal)
{
	const uint16_t *cores = enclave->config.cores;

	if (enclaves->layer->shares_cores || cores[0] == ENCLAVE_CORE_ANY)
		return true;
	for (uint32_t i = 0; i < enclave->config.vcpus; i++) {
		for (uint32_t other = 0; other < i; other++) {
			if (cores[i] == cores[other])
				return refuse(
					refusal, EINVAL,
					"Core %u is listed twice; each CPU of an enclave has a core of its own.",
					cores[i]);
		}
	}
	return true;
}

bool enclave_start(struct enclaves *enclaves, struct enclave *enclave, struct refusal *refusal)
{
	if (enclave->state != ENCLAVE_CREATED)
		return refuse(refusal, EBUSY, "The enclave %s is started already.",
			      enclave->config.name);
	if (!enclaves_have_memory(enclaves, enclave_memory(enclave), refusal) ||
	    !check_list(enclaves, enclave, refusal) || !enclave_place(enclaves, enclave, refusal))
		return false;
	enclave->state = ENCLAVE_STARTED;
	return true;
}

void enclave_stop(struct enclave *enclave)
{
	enclave->state = ENCLAVE_CREATED;
}

void enclave_destroy(struct enclave *enclave)
{
	kept_free(&enclave->kept);
	kept_free(&enclave->log);
	*enclave = (struct enclave){.relay = {.fd = -1}, .tree = -1};
}

static bool check_new_memory(const struct enclaves *enclaves, const struct enclave *enclave,
			     uint64_t memory, struct refusal *refusal)
{
	uint64_t now = enclave_memory(enclave);

	if (memory % ((uint64_t)ENCLAVE_UNIT * enclave->config.nodes) != 0)
		return refuse(
			refusal, EINVAL,
			"The memory of an enclave is a multiple of 2M on each of its NUMA nodes.");
	if (memory < MEMORY_MIN)
		return refuse(refusal, EINVAL, too_small);
	return !enclave_has_cores(enclave) || memory <= now ||
	       (enclaves_have_memory(enclaves, memory - now, refusal) &&
		place_check_growth(enclaves, enclave, memory - now, refusal));
}

/* evenly on its nodes; what cannot be split stays with the VM that there is now, and the next one is that much smaller */
static void take_memory(struct enclave *enclave, uint64_t memory)
{
	uint64_t each = memory / enclave->config.nodes;

	for (unsigned i = 0; i < enclave->config.nodes; i++)
		enclave->config.ranges[i].size = each - each % ENCLAVE_UNIT;
}

static void set_memory(const struct enclaves *enclaves, struct enclave *enclave, uint64_t memory)
{
	if (enclave->vm == 0) {
		take_memory(enclave, memory);
		return;
	}
	enclave->task = (struct vm_task){
		.kind = VM_TASK_RESIZE,
		.file = enclave->relay.fd,
		.config = &enclave->config,
		.memory = memory,
	};
	enclave->wanted = memory;
	enclaves->layer->begin(&enclave->task);
}

bool enclave_resized(struct enclave *enclave, struct refusal *refusal)
{
	const struct vm_task *task = &enclave->task;
	const char *why = "the node has no more that is free";

	if (task->status == -ESRCH)
		return refuse(refusal, ESRCH, "The job in %s ended before its memory was changed.",
			      enclave->config.name);
	take_memory(enclave, task->memory);
	if (task->memory == enclave->wanted)
		return true;
	if (task->memory > enclave->wanted)
		why = "its job uses the rest";
	if (task->status == -ETIMEDOUT)
		why = "its kernel does not answer";
	else if (task->status != 0)
		why = strerror(-task->status);
	return refuse(refusal, task->status != 0 ? -task->status : ENOMEM,
		      "The enclave %s has %lluM of memory now, not %lluM: %s.",
		      enclave->config.name, (unsigned long long)(task->memory / MIB),
		      (unsigned long long)(enclave->wanted / MIB), why);
}

/* as its VM says, of which a change was asked that did not succeed */
static void take_cores(struct enclave *enclave, const uint16_t *cores, uint32_t count)
{
	enclave->config.vcpus = count;
	enclave->vm_vcpus = count;
	memcpy(enclave->cores, cores, count * sizeof(cores[0]));
	if (enclave->config.cores[0] != ENCLAVE_CORE_ANY)
		memcpy(enclave->config.cores, cores, count * sizeof(cores[0]));
}

static bool refuse_cores(const struct enclave *enclave, uint32_t before, int error,
			 struct refusal *refusal)
{
	if (enclave->config.vcpus != before)
		return refuse(refusal, -error,
			      "The enclave %s has %u CPUs now: not all could be changed: %s.",
			      enclave->config.name, enclave->config.vcpus, strerror(-error));
	if (error == -EBUSY)
		return refuse(
			refusal, EBUSY,
			"The enclave %s does not give that core: its first, core %u, stays with it, and its job may want the others.",
			enclave->config.name, enclave->cores[0]);
	return refuse(refusal, -error, "The CPUs of the enclave %s stay where they are: %s.",
		      enclave->config.name, strerror(-error));
}

/* new cores, and how many; false leaves all as it was, or as its VM says */
static bool set_cores(struct enclaves *enclaves, struct enclave *enclave,
		      const struct command_set *set, struct refusal *refusal)
{
	struct enclave before = *enclave;
	uint32_t vcpus = set->vcpus != 0 ? set->vcpus : enclave->config.vcpus;
	/* cores that were given by list stay, when they are enough */
	bool is_same_list = set->move == 0 && vcpus <= enclave->config.vcpus;
	uint16_t cores[ENCLAVE_VCPUS_MAX];
	unsigned count = vcpus;
	int error = 0;

	for (unsigned i = 0; i < ENCLAVE_VCPUS_MAX; i++) {
		if (set->move != 0)
			enclave->config.cores[i] = set->cores[i];
		else if (i >= vcpus || !is_same_list)
			enclave->config.cores[i] = ENCLAVE_CORE_ANY;
	}
	enclave->config.vcpus = vcpus;
	if (!check_list(enclaves, enclave, refusal) ||
	    (enclave_has_cores(enclave) && !enclave_place(enclaves, enclave, refusal))) {
		*enclave = before;
		return false;
	}
	memcpy(cores, enclave->cores, sizeof(cores));
	if (enclave->vm != 0)
		error = enclaves->layer->move(enclave->relay.fd, cores, &count);
	if (error == 0) {
		if (enclave->vm_vcpus != 0 && !enclaves->layer->shares_cores)
			enclave->vm_vcpus = vcpus;
		return true;
	}
	*enclave = before;
	if (count != 0 && !enclaves->layer->shares_cores)
		take_cores(enclave, cores, count);
	return refuse_cores(enclave, before.config.vcpus, error, refusal);
}

bool enclave_set(struct enclaves *enclaves, struct enclave *enclave, const struct command_set *set,
		 struct refusal *refusal)
{
	uint32_t vcpus = set->vcpus != 0 ? set->vcpus : enclave->config.vcpus;

	if (vcpus > ENCLAVE_VCPUS_MAX || vcpus % enclave->config.nodes != 0)
		return refuse(refusal, EINVAL,
			      "An enclave has 1 to %u CPUs, as many on each of its NUMA nodes.",
			      ENCLAVE_VCPUS_MAX);
	/* the kernel of a VM learns of its CPUs when it boots */
	if (enclaves->layer->shares_cores && enclave->vm_vcpus != 0 && vcpus > enclave->vm_vcpus)
		return refuse(
			refusal, EBUSY,
			"The job in %s was started with %u CPUs, and its kernel cannot take more; ask for up to %u, or start it again.",
			enclave->config.name, enclave->vm_vcpus, enclave->vm_vcpus);
	if (set->memory != 0 && !check_new_memory(enclaves, enclave, set->memory, refusal))
		return false;
	if ((set->vcpus != 0 || set->move != 0) && !set_cores(enclaves, enclave, set, refusal))
		return false;
	if (set->memory != 0)
		set_memory(enclaves, enclave, set->memory);
	return true;
}
