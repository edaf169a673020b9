/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Choice of NUMA nodes (see place.h). Enclaves can have memory of the first ENCLAVE_NODES_MAX nodes alone.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <user/place.h>

#define MIB (UINT64_C(1) << 20)

/* what no enclave but `except` has or is promised */
static void find_memory(const struct enclaves *enclaves, const struct enclave *except,
			uint64_t left[ENCLAVE_NODES_MAX])
{
	enclaves->layer->node_memory(left);
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *one = &enclaves->all[i];

		for (unsigned part = 0;
		     one != except && enclave_has_promise(one) && part < one->config.range_count;
		     part++) {
			const struct enclave_range *range = &one->config.ranges[part];

			left[range->node] -= range->size < left[range->node] ? range->size
									     : left[range->node];
		}
	}
}

static unsigned free_cores(const struct enclaves *enclaves, const uint16_t *load, unsigned node)
{
	unsigned count = 0;

	for (unsigned core = 0; core < enclaves->layer->cores && core < PLACE_CORES_MAX; core++)
		count += enclaves->layer->places[core] == node && load[core] == 0;
	return count;
}

static bool refuse_nodes(const struct enclave *enclave, const uint64_t *left,
			 struct refusal *refusal)
{
	const struct enclave_config *config = &enclave->config;
	uint64_t most = 0;

	if (config->nodes > 1)
		return refuse(
			refusal, ENOMEM,
			"There are no %u NUMA nodes that have %u free CPUs and %lluM of free memory each. Ask for less, or for another --numa.",
			config->nodes, config->vcpus / config->nodes,
			(unsigned long long)(config->ranges[0].size / MIB));
	for (unsigned node = 0; node < ENCLAVE_NODES_MAX; node++)
		most = left[node] > most ? left[node] : most;
	return refuse(
		refusal, ENOMEM,
		"No NUMA node has %lluM of free memory: the one with the most has %lluM. Ask for less, or for memory of more nodes by --numa.",
		(unsigned long long)(config->ranges[0].size / MIB),
		(unsigned long long)(most / MIB));
}

/* Those with the cores, of them the last: Linux itself has the first CPU. Those of several nodes in their order. */
bool place_choose_nodes(const struct enclaves *enclaves, struct enclave *enclave,
			const uint16_t *load, struct refusal *refusal)
{
	struct enclave_config *config = &enclave->config;
	unsigned each = config->vcpus / config->nodes, limit = ENCLAVE_NODES_MAX;
	uint64_t left[ENCLAVE_NODES_MAX];

	find_memory(enclaves, enclave, left);
	for (unsigned part = config->nodes; part-- > 0;) {
		unsigned best = ENCLAVE_NODES_MAX, best_cores = 0;

		for (unsigned node = 0; node < limit; node++) {
			unsigned cores = free_cores(enclaves, load, node);

			cores = cores < each ? cores : each;
			if (left[node] < config->ranges[part].size || cores < best_cores ||
			    (config->nodes > 1 && cores < each))
				continue;
			best = node;
			best_cores = cores;
		}
		if (best == ENCLAVE_NODES_MAX)
			return refuse_nodes(enclave, left, refusal);
		config->ranges[part].node = best;
		limit = best;
	}
	return true;
}

bool place_follow_cores(const struct enclaves *enclaves, struct enclave *enclave,
			struct refusal *refusal)
{
	struct enclave_config *config = &enclave->config;
	uint64_t left[ENCLAVE_NODES_MAX];

	find_memory(enclaves, enclave, left);
	for (uint32_t part = 0; part < config->nodes; part++) {
		unsigned core = enclave->cores[part * config->vcpus / config->nodes];
		unsigned node = enclaves->layer->places[core];
		uint64_t size = config->ranges[part].size;

		if (node >= ENCLAVE_NODES_MAX || left[node] < size)
			return refuse(
				refusal, ENOMEM,
				"Core %u is on NUMA node %u, where %lluM of memory are free, not %lluM. Ask for less, or for other cores.",
				core, node,
				(unsigned long long)(node < ENCLAVE_NODES_MAX ? left[node] / MIB
									      : 0),
				(unsigned long long)(size / MIB));
		left[node] -= size;
		config->ranges[part].node = node;
	}
	return true;
}

/* A VM keeps the cores that it has: others come where it has the fewest. */
uint32_t place_node_of(const struct enclaves *enclaves, const struct enclave *enclave,
		       unsigned vcpu)
{
	const struct enclave_config *config = &enclave->config;
	unsigned fewest = UINT_MAX;
	uint32_t best = 0;

	if (enclave->vm == 0)
		return config->ranges[vcpu * config->nodes / config->vcpus].node;
	for (uint32_t part = 0; part < config->nodes; part++) {
		uint32_t node = config->ranges[part].node;
		unsigned count = 0;

		for (unsigned i = 0; i < vcpu; i++)
			count += enclaves->layer->places[enclave->cores[i]] == node;
		if (count >= fewest)
			continue;
		fewest = count;
		best = node;
	}
	return best;
}

void place_keep_even(const struct enclaves *enclaves, struct enclave *enclave)
{
	for (unsigned vcpu = 1; vcpu < enclave->config.vcpus; vcpu++) {
		uint32_t node = place_node_of(enclaves, enclave, vcpu);

		for (unsigned other = vcpu; other < enclave->vm_vcpus; other++) {
			uint16_t core = enclave->cores[other];

			if (enclaves->layer->places[core] != node)
				continue;
			enclave->cores[other] = enclave->cores[vcpu];
			enclave->cores[vcpu] = core;
			break;
		}
	}
}

bool place_check_growth(const struct enclaves *enclaves, const struct enclave *enclave,
			uint64_t more, struct refusal *refusal)
{
	const struct enclave_config *config = &enclave->config;
	uint64_t left[ENCLAVE_NODES_MAX], each = more / config->nodes;

	if (enclaves->layer->places == NULL)
		return true;
	find_memory(enclaves, NULL, left);
	for (uint32_t part = 0; part < config->nodes; part++) {
		uint32_t node = config->ranges[part].node;

		if (left[node] < each)
			return refuse(
				refusal, ENOMEM,
				"The enclave %s has memory of NUMA node %u, where %lluM are free, not %lluM. Ask for less, or stop an enclave.",
				config->name, node, (unsigned long long)(left[node] / MIB),
				(unsigned long long)(each / MIB));
		left[node] -= each;
	}
	return true;
}
