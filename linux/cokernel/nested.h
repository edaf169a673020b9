/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The nested tables of an enclave, by lib's walker: every address to itself. The caller holds the enclave's lock. Linux's headers and lib's do
 * not go together, so what is Linux's is behind nested_table_*(), in protect.c.
 */
#ifndef COKERNEL_NESTED_H
#define COKERNEL_NESTED_H

#include <linux/types.h>

struct nested {
	void *root; /* a page; NULL: there are none */
	bool is_ept, has_1g;
	bool resizes; /* leaves may change their size in use; else they are as large as what comes and goes */
	bool has_failed;       /* a flush: what it was to free stays until the end */
	struct list_head kept; /* pages of tables, linked no more, that a core may still walk */
};

#define NESTED_WRITE  1u
#define NESTED_EXEC   2u
#define NESTED_DEVICE 4u

/* -ENOMEM; -EEXIST: something of it is mapped. Then nothing of it has changed. */
int nested_map(struct nested *nested, u64 start, u64 size, unsigned int rights);
/* Returns when no core can reach it. -ETIMEDOUT: a core does not answer; -ENOMEM. */
int nested_unmap(struct nested *nested, u64 start, u64 size);
/* Frees all but the root. */
void nested_free(struct nested *nested);

/* protect.c: a cleared page or NULL; the physical address and back; false: a core may still use what was there */
void *nested_table_take(void);
void nested_table_give(void *table);
void nested_table_keep(struct nested *nested, void *table);
void nested_tables_drop(struct nested *nested); /* gives what was kept */
u64 nested_table_pa(const void *table);
void *nested_table_va(u64 address);
bool nested_flush(struct nested *nested);

#endif
