/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placement of vCPUs on cores: spread by default, by list when asked. A core that was asked for by list is its enclave's alone.
 */
#include <errno.h>
#include <string.h>
#include <user/enclave.h>

#define CORES_MAX 64u

static unsigned core_count(const struct enclaves *enclaves)
{
	return enclaves->layer->cores < CORES_MAX ? enclaves->layer->cores : CORES_MAX;
}

void enclaves_load(const struct enclaves *enclaves, const struct enclave *except, uint16_t load[64])
{
	memcpy(load, enclaves->reserved, sizeof(enclaves->reserved));
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *one = &enclaves->all[i];

		if (one->id == 0 || one == except || !enclave_has_cores(one))
			continue;
		for (unsigned vcpu = 0; vcpu < enclave_vcpus(one); vcpu++)
			load[one->cores[vcpu]]++;
	}
}

static bool is_by_list(const struct enclave *enclave)
{
	return enclave->config.cores[0] != ENCLAVE_CORE_ANY;
}

/* who has this core; NULL: not an enclave */
static const struct enclave *holder(const struct enclaves *enclaves, const struct enclave *except,
				    unsigned core, bool by_list)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *one = &enclaves->all[i];

		if (one->id == 0 || one == except || !enclave_has_cores(one) ||
		    (by_list && !is_by_list(one)))
			continue;
		for (unsigned vcpu = 0; vcpu < enclave_vcpus(one); vcpu++) {
			if (one->cores[vcpu] == core)
				return one;
		}
	}
	return NULL;
}

static void list_free(const struct enclaves *enclaves, const struct enclave *enclave, char *text,
		      size_t size)
{
	uint16_t load[CORES_MAX];
	size_t at = 0;

	text[0] = '\0';
	enclaves_load(enclaves, enclave, load);
	for (unsigned core = 0; core < core_count(enclaves) && at + 8 < size; core++) {
		if (load[core] == 0)
			at += (size_t)snprintf(text + at, size - at, "%s%u", at ? "," : "", core);
	}
	if (at == 0)
		(void)snprintf(text, size, "none");
}

static bool place_by_list(const struct enclaves *enclaves, struct enclave *enclave,
			  struct refusal *refusal)
{
	char free_cores[160];

	list_free(enclaves, enclave, free_cores, sizeof(free_cores));
	for (unsigned vcpu = 0; vcpu < enclave->config.vcpus; vcpu++) {
		unsigned core = enclave->config.cores[vcpu];
		const struct enclave *other;

		if (core >= core_count(enclaves))
			return refuse(refusal, EINVAL,
				      "There is no core %u: this node has the cores 0 to %u.", core,
				      core_count(enclaves) - 1);
		other = holder(enclaves, enclave, core, false);
		if (other != NULL)
			return refuse(
				refusal, EBUSY,
				"Core %u is taken by the enclave %s; cores that are free: %s. Choose of those, or leave --cores away.",
				core, other->config.name, free_cores);
		if (enclaves->reserved[core] > 0)
			return refuse(
				refusal, EBUSY,
				"Core %u is taken by the node itself; cores that are free: %s. Choose of those, or leave --cores away.",
				core, free_cores);
	}
	memcpy(enclave->cores, enclave->config.cores, sizeof(enclave->cores));
	return true;
}

/* the core with the least on it that may be shared; of equals the last, as the first is the control task's */
static int least_loaded(const struct enclaves *enclaves, const struct enclave *enclave,
			const uint16_t *load)
{
	int best = -1;

	for (unsigned core = 0; core < core_count(enclaves); core++) {
		if (enclaves->layer->shares_cores ? holder(enclaves, enclave, core, true) != NULL
						  : load[core] > 0)
			continue;
		if (best < 0 || load[core] <= load[best])
			best = (int)core;
	}
	return best;
}

static bool place_spread(const struct enclaves *enclaves, struct enclave *enclave,
			 struct refusal *refusal)
{
	uint16_t load[CORES_MAX];

	unsigned vcpu = 0;

	enclaves_load(enclaves, enclave, load);
	/* a core that is its alone stays */
	for (; !enclaves->layer->shares_cores && vcpu < enclave->vm_vcpus; vcpu++)
		load[enclave->cores[vcpu]]++;
	for (; vcpu < enclave->config.vcpus; vcpu++) {
		int core = least_loaded(enclaves, enclave, load);

		if (core < 0)
			return refuse(
				refusal, EBUSY,
				"Not so many cores are free; ask for fewer, or stop an enclave (bulkhead ls shows them).");
		enclave->cores[vcpu] = (uint16_t)core;
		load[core]++;
	}
	return true;
}

/* each part of its memory where the cores are that are nearest to it */
static void place_memory(const struct enclaves *enclaves, struct enclave *enclave)
{
	struct enclave_config *config = &enclave->config;

	for (uint32_t part = 0; part < config->nodes; part++)
		config->ranges[part].node =
			enclaves->layer
				->places[enclave->cores[part * config->vcpus / config->nodes]];
}

bool enclave_place(const struct enclaves *enclaves, struct enclave *enclave,
		   struct refusal *refusal)
{
	bool is_placed;

	if (enclave->config.vcpus > core_count(enclaves))
		return refuse(refusal, EINVAL,
			      "%u CPUs are more than the %u cores of this node; ask for fewer.",
			      enclave->config.vcpus, core_count(enclaves));
	is_placed = is_by_list(enclave) ? place_by_list(enclaves, enclave, refusal)
					: place_spread(enclaves, enclave, refusal);
	if (is_placed && enclaves->layer->places != NULL)
		place_memory(enclaves, enclave);
	for (uint32_t i = enclave->config.vcpus; is_placed && i < enclave_vcpus(enclave); i++)
		enclave->cores[i] = enclave->cores[i - enclave->config.vcpus];
	return is_placed;
}
