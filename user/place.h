/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * On which NUMA nodes of a host an enclave's memory is, and so its cores: of a layer with `places`. The part i of its memory is
 * config.ranges[i]; a VM's is where it is.
 */
#ifndef USER_PLACE_H
#define USER_PLACE_H

#include <user/enclave.h>

#define PLACE_CORES_MAX 64u

/*
 * For an enclave that has no VM: different nodes, each with room for its part, and if there are such, with as many free cores as are to be
 * there. `load`: enclaves_load().
 */
bool place_choose_nodes(const struct enclaves *enclaves, struct enclave *enclave,
			const uint16_t *load, struct refusal *refusal);
/* For one that has no VM: the nodes of its cores, which must have room. */
bool place_follow_cores(const struct enclaves *enclaves, struct enclave *enclave,
			struct refusal *refusal);
/* The node that a vCPU is to be on, when those before it have their cores. */
uint32_t place_node_of(const struct enclaves *enclaves, const struct enclave *enclave,
		       unsigned vcpu);
/* Orders the cores of a VM that is to have fewer, the first apart, so that those it keeps are spread over its nodes. */
void place_keep_even(const struct enclaves *enclaves, struct enclave *enclave);
/* Whether the enclave's nodes have room for so many more bytes, evenly; also of a layer without `places`. */
bool place_check_growth(const struct enclaves *enclaves, const struct enclave *enclave,
			uint64_t more, struct refusal *refusal);

#endif
