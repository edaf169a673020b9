/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Offsets that assembly uses; the structures prove them with static_assert.
 */
#ifndef TESTS_GUEST_OFFSETS_H
#define TESTS_GUEST_OFFSETS_H

#define CORE_STACK_TOP 0
#define CORE_RECOVERY  8
#define CORE_MAIN      16

#define FRAME_ELR  248
#define FRAME_SPSR 256
#define FRAME_ESR  264
#define FRAME_FAR  272
#define FRAME_SIZE 288

/* what guarded_call keeps on its stack; the last word is its struct trap */
#define GUARD_SIZE 112
#define GUARD_TRAP 96

/* registers x2 to x29 hold PATTERN_HIGH | number while a guarded function runs */
#define PATTERN_HIGH 0x5a17

#endif
