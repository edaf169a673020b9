/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the place of hv/arm64/smc.h: the firmware is a function of the test.
 */
#ifndef HV_ARM64_SMC_H
#define HV_ARM64_SMC_H

#include <stdint.h>

int64_t smc_call(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

#endif
