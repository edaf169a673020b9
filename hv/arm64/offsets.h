/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Offsets that assembly uses; the structures prove them with static_assert.
 */
#ifndef HV_ARM64_OFFSETS_H
#define HV_ARM64_OFFSETS_H

#define CPU_CURRENT   0
#define CPU_STACK_TOP 8

#define VCPU_X      0
#define VCPU_PC     248
#define VCPU_PSTATE 256

#endif
