/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors of FF-A memory transactions as tests write them, right or wrong.
 */
#ifndef TESTS_UNIT_HV_FAKE_DESCRIPTOR_H
#define TESTS_UNIT_HV_FAKE_DESCRIPTOR_H

#include "../unit.h"
#include <bulkhead/ffa.h>
#include <tests/guest/runtime/share_model.h>

/* What a descriptor is made of; any field may be spoilt before it is written. */
struct descriptor {
	bool v1_0;
	struct ffa_mem_header header;
	struct ffa_mem_access access[SM_BORROWERS];
	bool has_composite;
	struct ffa_mem_composite composite;
	struct ffa_mem_range ranges[SM_RANGES];
	uint32_t gap; /* bytes between the access descriptors and the composite */
	uint32_t cut; /* bytes missing at the end */
};

/* In the layout of its version; its length. */
uint32_t descriptor_write(const struct descriptor *d, uint8_t *tx);
/* Makes it wrong in one way that has to be INVALID_PARAMETERS. */
void descriptor_spoil(struct descriptor *d, struct random *rng);

#endif
