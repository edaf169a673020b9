/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader and the program that measures with it (bench/cokernel) agree on.
 */
#ifndef BENCH_X86_MEASURE_H
#define BENCH_X86_MEASURE_H

/* ids of the enclave's targets, and the vectors that come back */
#define MEASURE_ECHO    1u /* answered by ECHO_BACK */
#define MEASURE_REGIONS 2u /* regions of all sizes go and come; answered by REGIONS_BACK */
#define MEASURE_OWN     3u /* the enclave's own OWN_BACK */

#define MEASURE_ECHO_BACK    0xE1u
#define MEASURE_REGIONS_BACK 0xE2u
#define MEASURE_OWN_BACK     0xE3u

#endif
