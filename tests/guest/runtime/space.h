/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's own stage 1. Every physical address up to 1 TiB is mapped, readable, writable and
 * executable, so that only stage 2 stands between an attacker and its target: at its own address
 * (the first GiB as device memory, the rest as normal), and once more as normal memory at
 * NORMAL_ALIAS + its address.
 */
#ifndef TESTS_GUEST_SPACE_H
#define TESTS_GUEST_SPACE_H

#include <bulkhead/types.h>

#define NORMAL_ALIAS (UINT64_C(1) << 47)

/* Builds the tables, with the MMU off. */
void space_init(void);
/*
 * A free gigabyte of virtual addresses (the same one at every call) whose level-1 entry becomes
 * `entry`; its address. For table walks through memory that the caller chooses.
 */
uint64_t space_window(uint64_t entry);
/*
 * A copy of the root in `tables` (4 pages, page aligned), whose window is `entry`: another address
 * space for TTBR0
 */
void space_copy(uint64_t *tables, uint64_t entry);

#define ENTRY_TABLE(pa)      ((pa) | 3u)
#define ENTRY_PAGE(pa)       ((pa) | 0x703u) /* normal, inner shareable, read-write, executable, global */
#define ENTRY_PAGE_LOCAL(pa) (ENTRY_PAGE(pa) | 0x800u) /* of one ASID */

#endif
