// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See nested.h. A table that was unlinked is freed after the flush; when that fails it is kept, since a core may still walk it. */
#include <bulkhead/status.h>
#include <lib/pt.h>
#include <linux/errno.h>
#include "nested.h"

#define IN_BITS 48

static void *take(void *ctx)
{
	(void)ctx;
	return nested_table_take();
}

static void give(void *ctx, void *table)
{
	struct nested *nested = ctx;

	if (nested->has_failed)
		nested_table_keep(nested, table);
	else
		nested_table_give(table);
}

static pa_t to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA(nested_table_pa(table));
}

static void *to_va(void *ctx, pa_t table)
{
	(void)ctx;
	return nested_table_va(table.v);
}

static void publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx;
	(void)start;
	(void)bytes;
	__asm__ volatile("" ::: "memory"); /* stores are seen in their order */
}

static void flush(void *ctx, uint64_t in, uint64_t size)
{
	struct nested *nested = ctx;

	(void)in;
	(void)size;
	if (!nested_flush(nested))
		nested->has_failed = true;
	else if (!nested->has_failed)
		nested_tables_drop(nested);
}

static void retire(void *ctx, void *table, uint64_t in, uint64_t size)
{
	(void)in;
	(void)size;
	nested_table_keep(ctx, table);
}

static const struct pt_ops ops = {take, give, to_pa, to_va, publish, flush, retire};
static const struct pt_ops ops_fixed = {take, give, to_pa, to_va, publish, flush, NULL};

static struct pt pt_of(struct nested *nested)
{
	bool has_1g = nested->has_1g && nested->resizes;
	const struct pt_format *format = has_1g ? &pt_npt : &pt_npt_2m;

	if (nested->is_ept)
		format = has_1g ? &pt_ept : &pt_ept_2m;
	return (struct pt){.format = format,
			   .ops = nested->resizes ? &ops : &ops_fixed,
			   .ctx = nested,
			   .root = nested->root,
			   .in_bits = IN_BITS};
}

static int error_of(int status)
{
	switch (status) {
	case BH_OK:
		return 0;
	case BH_EEXIST:
		return -EEXIST;
	case BH_ENOMEM:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

int nested_map(struct nested *nested, u64 start, u64 size, unsigned int rights)
{
	struct pt pt = pt_of(nested);
	u32 attr = PT_R | PT_USER;

	attr |= rights & NESTED_WRITE ? PT_W : 0;
	attr |= rights & NESTED_EXEC ? PT_X : 0;
	attr |= rights & NESTED_DEVICE ? PT_DEVICE : 0;
	return error_of(pt_map(&pt, start, PA(start), size, attr));
}

int nested_unmap(struct nested *nested, u64 start, u64 size)
{
	struct pt pt = pt_of(nested);
	int error = error_of(pt_unmap(&pt, start, size));

	return nested->has_failed ? -ETIMEDOUT : error;
}

void nested_free(struct nested *nested)
{
	struct pt pt = pt_of(nested);

	nested->has_failed = false;
	pt_destroy(&pt);
	nested_tables_drop(nested);
}
