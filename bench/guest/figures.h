/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers that the bench guest's C and assembly share; C proves that the calls are those of the
 * ABI.
 */
#ifndef BENCH_GUEST_FIGURES_H
#define BENCH_GUEST_FIGURES_H

#define CALL_PSCI_VERSION 0x84000000
#define CALL_ID_GET       0x84000069
#define CALL_MSG_WAIT     0x8400006B
#define CALL_YIELD        0x8400006C
#define CALL_RUN          0x8400006D
#define CALL_DIRECT_REQ   0xC400006F
#define CALL_DIRECT_RESP  0xC4000070
#define CALL_INJECT       0x86000003

#define BENCH_SGI     1
#define COMPUTE_ROUND 100 /* instructions of a round of compute() */

/* instructions that a counter tick of the emulated machine takes: 1 ns each at 62.5 MHz */
#define TICK_INSTRUCTIONS 16

#endif
