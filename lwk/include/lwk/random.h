/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random bytes for programs. As good as the seed: the loader's (device tree), the CPU's generator
 * where there is one, the counter.
 */
#ifndef LWK_RANDOM_H
#define LWK_RANDOM_H

#include <bulkhead/types.h>

void random_seed(const void *seed, size_t size); /* stirs it in */
void random_fill(void *to, size_t size);

#endif
