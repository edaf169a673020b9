/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Trapped system registers.
 */
#ifndef HV_ARM64_SYSREG_H
#define HV_ARM64_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Emulates the access that `iss` (of EC 0x18) describes; false when the VM may not make it. */
bool sysreg_emulate(struct vcpu *vcpu, uint32_t iss);

#endif
