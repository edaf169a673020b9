/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake machine's walker and TLB. Time advances only in the callbacks: each one first looks for
 * stores since the last, and lets the walker run over all that it can see before the callback takes
 * effect.
 */
#include "pt_model.h"
#include "unit.h"

#define ENTRIES    512u
#define TABLE_PA   UINT64_C(0x7700000000) /* so that an address of the wrong kind is noticed */
#define LEVEL_LAST 3u
#define NEVER_SET  UINT64_C(0xbad0bad0bad0bad1) /* what memory holds before anything is published */

/* what may not change under the walker's feet, beside the address; permissions may */
#define ATTR_BREAK (PT_DEVICE | PT_NC | PT_GLOBAL)

static void violate(struct pt_model *model, const char *what)
{
	if (!model->violation)
		model->violation = what;
}

static bool only_permissions_differ(const struct pt_format *format, uint64_t a, uint64_t b)
{
	return format->pa(a).v == format->pa(b).v &&
	       ((format->attr(a) ^ format->attr(b)) & ATTR_BREAK) == 0;
}

static uint64_t span(unsigned level)
{
	return UINT64_C(1) << (39 - 9 * level);
}

static struct model_table *table_at(struct pt_model *model, uint64_t pa)
{
	uint64_t index = (pa - TABLE_PA) / PAGE_SIZE;

	if (pa < TABLE_PA || index >= model->used || !model->tables[index].memory)
		return NULL;
	return &model->tables[index];
}

static struct model_table *table_of(struct pt_model *model, const void *memory)
{
	for (unsigned i = 0; i < model->used; i++) {
		const uint64_t *start = model->tables[i].memory;

		if (start && (const uint64_t *)memory >= start &&
		    (const uint64_t *)memory < start + ENTRIES)
			return &model->tables[i];
	}
	return NULL;
}

/* The entry of what a descriptor at `level` leads to: of its table, or of the table that would say what the leaf says. */
static uint64_t part_of(struct pt_model *model, uint64_t desc, unsigned level, unsigned index)
{
	const struct pt_format *format = model->format;

	if (format->is_table(desc, level)) {
		struct model_table *table = table_at(model, format->pa(desc).v);

		return table ? table->memory[index] : NEVER_SET;
	}
	return format->leaf(level + 1, PA(format->pa(desc).v + index * span(level + 1)),
			    format->attr(desc));
}

/* A leaf became a table or the other way round, in use: the TLB may hold the old one until it is flushed, as both say the same. */
static bool is_resized(struct pt_model *model, unsigned level, uint64_t cached, uint64_t desc)
{
	const struct pt_format *format = model->format;

	if (!format->resizes_in_use || !cached || level == LEVEL_LAST ||
	    !(format->is_table(cached, level) || format->is_table(desc, level)))
		return false;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (part_of(model, cached, level, i) != part_of(model, desc, level, i))
			return false;
	return true;
}

/* The walker loads the descriptor into the TLB. */
static void cache(struct pt_model *model, struct model_table *table, unsigned index, uint64_t desc)
{
	uint64_t *resized = &table->resized[index];
	uint64_t old = *resized ? *resized : table->cached[index];
	const struct pt_format *format = model->format;
	bool links = format->is_table(desc, table->level) || format->is_table(old, table->level);

	if (!format->is_valid(desc) || old == desc)
		return;
	if (old == 0)
		table->cached[index] = desc;
	else if (is_resized(model, table->level, old, desc))
		*resized = desc;
	else if (links || !only_permissions_differ(format, old, desc))
		violate(model, "a valid entry changed without break-before-make");
	else if (*resized)
		*resized = desc;
	/* else only permissions changed: the old ones stay cached until a flush */
}

static void walk(struct pt_model *model, struct model_table *table);

static void follow(struct pt_model *model, uint64_t desc, unsigned level, uint64_t in)
{
	struct model_table *table = table_at(model, model->format->pa(desc).v);

	if (!table) {
		violate(model, "the walker reached a table that is not one");
		return;
	}
	if (!table->placed) {
		if (memcmp(table->memory, table->visible, sizeof(table->visible)) != 0)
			violate(model, "a table was linked before it was published");
		table->placed = true;
		table->level = level;
		table->in = in;
	} else if (table->level != level || table->in != in) {
		violate(model, "a table is linked at two places");
		return;
	}
	if (!table->reached)
		walk(model, table);
}

static void walk(struct pt_model *model, struct model_table *table)
{
	unsigned level = table->level;

	table->reached = true;
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t descs[3] = {table->visible[i], table->seen[i], table->cached[i]};

		if ((descs[0] | descs[1] | descs[2]) == 0)
			continue;
		cache(model, table, i, descs[0]);
		cache(model, table, i, descs[1]);
		for (unsigned k = 0; k < 3; k++)
			if (model->format->is_table(descs[k], level))
				follow(model, descs[k], level + 1, table->in + i * span(level));
	}
}

static void walk_all(struct pt_model *model)
{
	for (unsigned i = 0; i < model->used; i++)
		model->tables[i].reached = false;
	for (unsigned i = 0; i < model->root_count; i++)
		walk(model, &model->tables[i]);
}

/* Takes notice of all stores since the last time. */
static void look(struct pt_model *model)
{
	bool changed = false;

	if (model->retired)
		return;
	for (unsigned i = 0; i < model->used; i++) {
		struct model_table *table = &model->tables[i];

		if (!table->memory || memcmp(table->memory, table->seen, sizeof(table->seen)) == 0)
			continue;
		memcpy(table->seen, table->memory, sizeof(table->seen));
		changed = true;
	}
	if (changed)
		walk_all(model);
}

static void publish(void *ctx, const void *start, size_t bytes)
{
	struct pt_model *model = ctx;
	const uint64_t *entry = start;

	look(model);
	if (bytes % sizeof(*entry) != 0)
		violate(model, "a part of an entry is published");
	while (bytes >= sizeof(*entry)) {
		struct model_table *table = table_of(model, entry);

		if (!table) {
			violate(model, "what is published is not a table");
			return;
		}
		for (size_t i = (size_t)(entry - table->memory);
		     i < ENTRIES && bytes >= sizeof(*entry); i++, entry++, bytes -= sizeof(*entry))
			table->visible[i] = table->seen[i];
	}
}

static void flush_table(struct model_table *table, uint64_t in, uint64_t end)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t start = table->in + i * span(table->level);

		if (start < end && start + span(table->level) > in)
			table->cached[i] = table->resized[i] = 0;
	}
}

static void table_free(void *ctx, void *memory);

/* No core can have anything of it any more. */
static void free_retired(struct pt_model *model, uint64_t in, uint64_t end)
{
	for (unsigned i = model->root_count; i < model->used; i++) {
		struct model_table *table = &model->tables[i];

		if (table->memory && table->retired && table->in >= in &&
		    table->in + span(table->level - 1) <= end)
			table_free(model, table->memory);
	}
}

static void flush(void *ctx, uint64_t in, uint64_t size)
{
	struct pt_model *model = ctx;

	look(model);
	if (size == 0 || !IS_ALIGNED(in | size, PAGE_SIZE))
		violate(model, "flush of a malformed range");
	if (model->flushes++ == 0) {
		model->flush_low = in;
		model->flush_high = in + size;
	}
	model->flush_low = in < model->flush_low ? in : model->flush_low;
	model->flush_high = in + size > model->flush_high ? in + size : model->flush_high;
	for (unsigned i = 0; i < model->used; i++)
		if (model->tables[i].memory && model->tables[i].placed)
			flush_table(&model->tables[i], in, in + size);
	walk_all(model); /* and the walker runs again at once */
	free_retired(model, in, in + size);
}

static void retire(void *ctx, void *memory, uint64_t in, uint64_t size)
{
	struct pt_model *model = ctx;
	struct model_table *table = table_of(model, memory);

	look(model);
	if (!table || table->memory != memory || !table->placed || table->in != in ||
	    span(table->level - 1) != size)
		violate(model, "what is retired is not that table");
	else
		table->retired = true;
}

static void *table_alloc(void *ctx)
{
	struct pt_model *model = ctx;
	unsigned i = model->root_count;

	look(model);
	if (model->fail_after == 0)
		return NULL;
	if (model->fail_after > 0)
		model->fail_after--;
	while (i < model->used && model->tables[i].memory)
		i++;
	assert_true(i < MODEL_TABLES);
	model->used = i < model->used ? model->used : i + 1;
	memset(&model->tables[i], 0, sizeof(model->tables[i]));
	for (unsigned k = 0; k < ENTRIES; k++)
		model->tables[i].visible[k] = NEVER_SET;
	model->tables[i].memory = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	assert_non_null(model->tables[i].memory);
	memset(model->tables[i].memory, 0, PAGE_SIZE);
	model->live++;
	model->peak = model->live > model->peak ? model->live : model->peak;
	return model->tables[i].memory;
}

static void table_free(void *ctx, void *memory)
{
	struct pt_model *model = ctx;
	struct model_table *table;

	look(model);
	table = table_of(model, memory);
	if (!table || table->memory != memory || table < &model->tables[model->root_count]) {
		violate(model, "what is freed is not a table");
		return;
	}
	if (!model->retired && table->reached)
		violate(model, "a table was freed that the walker can reach");
	for (unsigned i = 0; i < ENTRIES && !model->retired; i++)
		if (table->cached[i] != 0)
			violate(model, "a table was freed, of which a TLB may hold entries");
	free(table->memory);
	table->memory = NULL;
	model->live--;
}

static pa_t to_pa(void *ctx, const void *memory)
{
	struct pt_model *model = ctx;
	const struct model_table *table = table_of(model, memory);

	assert_non_null(table);
	assert_ptr_equal(table->memory, memory);
	return PA(TABLE_PA + (uint64_t)(table - model->tables) * PAGE_SIZE);
}

static void *to_va(void *ctx, pa_t pa)
{
	struct model_table *table = table_at(ctx, pa.v);

	assert_true(IS_ALIGNED(pa.v, PAGE_SIZE));
	assert_non_null(table);
	return table->memory;
}

static const struct pt_ops model_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = to_pa,
	.to_va = to_va,
	.publish = publish,
	.flush = flush,
	.retire = retire,
};

struct pt_model *pt_model_start(struct pt *pt, const struct pt_format *format, uint8_t start_level,
				uint8_t in_bits)
{
	struct pt_model *model = calloc(1, sizeof(*model));
	uint64_t entries = UINT64_C(1) << (in_bits - 12 - 9 * (3 - start_level));
	size_t bytes = entries > ENTRIES ? entries * sizeof(uint64_t) : PAGE_SIZE;

	assert_non_null(model);
	model->root = aligned_alloc(PAGE_SIZE, bytes);
	assert_non_null(model->root);
	memset(model->root, 0, bytes);
	model->root_count = (unsigned)(bytes / PAGE_SIZE);
	assert_true(model->root_count <= MODEL_ROOTS);
	for (unsigned i = 0; i < model->root_count; i++) {
		struct model_table *table = &model->tables[i];

		table->memory = model->root + i * ENTRIES;
		table->placed = true;
		table->level = start_level;
		table->in = i * ENTRIES * span(start_level);
	}
	model->used = model->root_count;
	model->fail_after = -1;
	model->format = format;
	*pt = (struct pt){
		.format = format,
		.ops = &model_ops,
		.ctx = model,
		.root = model->root,
		.start_level = start_level,
		.in_bits = in_bits,
	};
	return model;
}

static void settle_table(struct pt_model *model, const struct model_table *table)
{
	uint64_t present = 0;

	if (!table->reached && !table->retired)
		violate(model, "a table was lost");
	for (unsigned i = 0; i < ENTRIES; i++) {
		present |= table->seen[i];
		if (table->visible[i] != table->seen[i])
			violate(model, "a store was never published");
		if (table->cached[i] != 0 && table->cached[i] != table->seen[i] &&
		    !is_resized(model, table->level, table->cached[i], table->seen[i]))
			violate(model, "a TLB may hold a stale entry");
	}
	if (present == 0 && table >= &model->tables[model->root_count])
		violate(model, "a table is empty");
}

void pt_model_settle(struct pt_model *model)
{
	look(model);
	walk_all(model);
	for (unsigned i = 0; i < model->used; i++)
		if (model->tables[i].memory)
			settle_table(model, &model->tables[i]);
	model->flushes = 0;
}

void pt_model_end(struct pt_model *model, struct pt *pt)
{
	model->retired = true;
	pt_destroy(pt);
	free_retired(model, 0, UINT64_MAX);
	assert_null(model->violation);
	assert_int_equal(model->live, 0);
	for (unsigned i = 0; i < model->root_count * ENTRIES; i++)
		assert_true(model->root[i] == 0);
	free(model->root);
	free(model);
}
