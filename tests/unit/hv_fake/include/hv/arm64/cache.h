/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the place of hv/arm64/cache.h: a test sees what was cleaned.
 */
#ifndef HV_ARM64_CACHE_H
#define HV_ARM64_CACHE_H

#include <stddef.h>

void cache_clean(const void *start, size_t bytes);
void cache_zero(void *start, size_t bytes);
void cache_invalidate_instructions(void);

#endif
