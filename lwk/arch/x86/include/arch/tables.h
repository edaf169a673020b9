/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's tables and those of processes have in common: operations of struct pt_ops
 * (lib/pt.h) for tables in the direct map or in the image.
 */
#ifndef ARCH_TABLES_H
#define ARCH_TABLES_H

#include <bulkhead/types.h>

pa_t tables_to_pa(void *ctx, const void *table);
void *tables_to_va(void *ctx, pa_t pa);
void tables_publish(void *ctx, const void *start, size_t bytes);

#endif
