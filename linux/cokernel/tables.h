/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables with which a co-kernel's core begins: addresses mapped to themselves, in pages of 2 MiB where all of one is to be mapped. They are
 * made in Linux's memory and then copied: what is in the enclave's it can change while we look.
 */
#ifndef COKERNEL_TABLES_H
#define COKERNEL_TABLES_H

#include <linux/types.h>

struct tables {
	u64 start;      /* physical, where they will be: the root */
	u64 room, used; /* pages */
	u64 *pages;     /* Linux's */
	bool is_full;   /* something was not mapped */
};

/* For at most `room` pages from `start` on; -ENOMEM. */
int tables_init(struct tables *tables, u64 start, u64 room);
/* Multiples of 4 KiB; `flags` beside present and writable. */
void tables_map(struct tables *tables, u64 start, u64 size, u64 flags);
/* Copies them to their place, and frees what tables_init() took. -ENOSPC: they did not fit. */
int tables_put(struct tables *tables);

#endif
