/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placement of vCPUs on cores: spread by default, by list when asked. A core that was asked for by list is its enclave's alone. What we
 * call a core may be a thread of one of several: then what has one has them all, so they are filled one after the other.
 */
#include <errno.h>
#include <string.h>
#include <user/place.h>

#define CORES_MAX PLACE_CORES_MAX

static unsigned core_count(const struct enclaves *enclaves)
{
	return enclaves->layer->cores < CORES_MAX ? enclaves->layer->cores : CORES_MAX;
}

static bool is_one_core(const struct enclaves *enclaves, unsigned one, unsigned other)
{
	const uint8_t *siblings = enclaves->layer->siblings;

	return siblings != NULL ? siblings[one] == siblings[other] : one == other;
}

static void load_siblings(const struct enclaves *enclaves, uint16_t load[64])
{
	const uint8_t *siblings = enclaves->layer->siblings;
	uint16_t sums[CORES_MAX] = {0};

	for (unsigned core = 0; core < core_count(enclaves); core++)
		sums[siblings[core]] += load[core];
	for (unsigned core = 0; core < core_count(enclaves); core++)
		load[core] = sums[siblings[core]];
}

static bool is_reserved(const struct enclaves *enclaves, unsigned core)
{
	for (unsigned other = 0; other < core_count(enclaves); other++) {
		if (enclaves->reserved[other] > 0 && is_one_core(enclaves, core, other))
			return true;
	}
	return false;
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
	if (enclaves->layer->siblings != NULL)
		load_siblings(enclaves, load);
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
			if (is_one_core(enclaves, one->cores[vcpu], core))
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
		if (is_reserved(enclaves, core))
			return refuse(
				refusal, EBUSY,
				"Core %u is taken by the node itself; cores that are free: %s. Choose of those, or leave --cores away.",
				core, free_cores);
	}
	memcpy(enclave->cores, enclave->config.cores, sizeof(enclave->cores));
	return enclaves->layer->places == NULL || enclave->vm != 0 ||
	       place_follow_cores(enclaves, enclave, refusal);
}

/* how near a core is to where a vCPU belongs */
static unsigned nearness(const struct enclaves *enclaves, const struct enclave *enclave,
			 unsigned vcpu, unsigned core)
{
	const uint8_t *places = enclaves->layer->places;
	unsigned near = places != NULL && places[core] == place_node_of(enclaves, enclave, vcpu);

	for (unsigned i = 0; enclaves->layer->siblings != NULL && i < vcpu; i++) {
		if (is_one_core(enclaves, enclave->cores[i], core))
			return 2 * near + 1;
	}
	return 2 * near;
}

/* the core with the least on it that may be shared; of equals the nearest, then the last, as the first is the control task's */
static int least_loaded(const struct enclaves *enclaves, const struct enclave *enclave,
			unsigned vcpu, const uint16_t *load)
{
	unsigned best_near = 0;
	int best = -1;

	for (unsigned core = 0; core < core_count(enclaves); core++) {
		unsigned near;

		if (enclaves->layer->shares_cores ? holder(enclaves, enclave, core, true) != NULL
						  : load[core] > 0)
			continue;
		near = nearness(enclaves, enclave, vcpu, core);
		if (best < 0 || load[core] < load[best] ||
		    (load[core] == load[best] && near >= best_near)) {
			best = (int)core;
			best_near = near;
		}
	}
	return best;
}

static bool place_spread(const struct enclaves *enclaves, struct enclave *enclave,
			 struct refusal *refusal)
{
	uint16_t load[CORES_MAX];
	unsigned vcpu = 0;

	enclaves_load(enclaves, enclave, load);
	if (enclaves->layer->places != NULL && enclave->vm == 0 &&
	    !place_choose_nodes(enclaves, enclave, load, refusal))
		return false;
	/* a core that is its alone stays */
	for (; !enclaves->layer->shares_cores && vcpu < enclave->vm_vcpus; vcpu++)
		load[enclave->cores[vcpu]]++;
	if (enclaves->layer->places != NULL && enclave->config.vcpus < enclave->vm_vcpus)
		place_keep_even(enclaves, enclave);
	for (; vcpu < enclave->config.vcpus; vcpu++) {
		int core = least_loaded(enclaves, enclave, vcpu, load);

		if (core < 0)
			return refuse(
				refusal, EBUSY,
				"Not so many cores are free; ask for fewer, or stop an enclave (bulkhead ls shows them).");
		enclave->cores[vcpu] = (uint16_t)core;
		load[core]++;
	}
	return true;
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
	for (uint32_t i = enclave->config.vcpus; is_placed && i < enclave_vcpus(enclave); i++)
		enclave->cores[i] = enclave->cores[i - enclave->config.vcpus];
	return is_placed;
}
