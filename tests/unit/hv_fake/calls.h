/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random hypercalls that know what they ask for: mostly valid ids and addresses, then wrong ones of
 * every kind; bits that a call has to ignore are rubbish.
 */
#ifndef TESTS_UNIT_HV_FAKE_CALLS_H
#define TESTS_UNIT_HV_FAKE_CALLS_H

#include "../unit.h"
#include "model.h"

#define CALL_REGISTERS 18 /* x0 to x17 may change in a call (SMCCC 1.2) */

void call_random(struct random *rng, const struct model_vcpu *caller, uint64_t x[CALL_REGISTERS]);

#endif
