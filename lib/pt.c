/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The radix walker. Invariants between calls: no table below the root is empty, and an entry that
 * is not present is zero. Tables are read by hardware on other cores at any moment, so every entry
 * is written by one store, and each function below says by which order of publish and flush its
 * change is safe. Recursion is bounded by the four levels.
 */
#include <lib/pt.h>
#include <bulkhead/status.h>

#define LEVEL_LAST    3u
#define TABLE_ENTRIES 512u

/* what may not change while an entry is valid (Arm ARM D8.14.1); permissions may */
#define ATTR_BREAK (PT_DEVICE | PT_NC | PT_GLOBAL)

/* what one walk leaves to be done after it */
struct change {
	uint64_t low, high; /* input addresses that a TLB may still hold */
	uint64_t *unlinked; /* tables to free once that is flushed, chained through their entry 0 */
	bool again;         /* entries were broken and wait to be made */
};

static unsigned level_shift(unsigned level)
{
	return 39 - 9 * level;
}

static uint64_t level_size(unsigned level)
{
	return UINT64_C(1) << level_shift(level);
}

static uint64_t *entry_at(const struct pt *pt, uint64_t *table, unsigned level, uint64_t in)
{
	uint64_t index = in >> level_shift(level);

	/* the root's index is not masked: there can be several concatenated tables */
	return &table[level > pt->start_level ? index % TABLE_ENTRIES : index];
}

/* end of the part of [in, end) that the entry for `in` covers */
static uint64_t entry_end(unsigned level, uint64_t in, uint64_t end)
{
	uint64_t next = ALIGN_DOWN(in, level_size(level)) + level_size(level);

	return next < end ? next : end;
}

static uint64_t entry_load(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

static void entry_store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELAXED);
}

static uint64_t *table_of(const struct pt *pt, uint64_t entry)
{
	return pt->ops->to_va(pt->ctx, pt->format->pa(entry));
}

static void entries_publish(const struct pt *pt, const uint64_t *first, const uint64_t *end)
{
	pt->ops->publish(pt->ctx, first, (size_t)(end - first) * sizeof(*first));
}

/*
 * What is not present is 0 in a table that is in use. Nobody else writes meanwhile, so the compiler may read entries in pairs:
 * this is most of what unmapping a page costs.
 */
static bool table_is_empty(const uint64_t *table)
{
	for (const uint64_t *e = table; e < table + TABLE_ENTRIES; e += 8) {
		if ((e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) != 0)
			return false;
	}
	return true;
}

static uint64_t input_limit(const struct pt *pt)
{
	return UINT64_C(1) << pt->in_bits;
}

static int range_check(const struct pt *pt, uint64_t in, uint64_t size)
{
	if (!IS_ALIGNED(in | size, PAGE_SIZE) || size == 0 || in + size < in)
		return BH_EINVAL;
	return in + size > input_limit(pt) ? BH_ERANGE : BH_OK;
}

static void change_add(struct change *change, uint64_t in, uint64_t end)
{
	if (change->low == change->high)
		change->low = in;
	change->high = end; /* walks ascend */
}

/*
 * One flush for all that the walk broke: each is a broadcast to every core. Only then may a table
 * be used for anything else.
 */
static void change_finish(struct pt *pt, const struct change *change)
{
	uint64_t *table = change->unlinked;

	if (change->high > change->low)
		pt->ops->flush(pt->ctx, change->low, change->high - change->low);
	while (table) {
		uint64_t *next = (uint64_t *)(uintptr_t)table[0];

		pt->ops->free(pt->ctx, table);
		table = next;
	}
}

struct mapping {
	uint64_t pa_offset; /* pa - in, modulo 2^64 */
	uint32_t attr;
};

static int map_level(struct pt *pt, uint64_t *table, unsigned level, bool fresh, uint64_t in,
		     uint64_t end, const struct mapping *mapping);

/*
 * A new table is filled and published by map_level before it is linked; an incomplete one too, for
 * pt_map to undo.
 */
static int map_below(struct pt *pt, uint64_t *entry, unsigned level, uint64_t in, uint64_t end,
		     const struct mapping *mapping)
{
	uint64_t old = entry_load(entry);
	uint64_t *table;
	int status;

	if (pt->format->is_table(old, level))
		return map_level(pt, table_of(pt, old), level + 1, false, in, end, mapping);
	table = pt->ops->alloc(pt->ctx);
	if (!table)
		return BH_ENOMEM;
	status = map_level(pt, table, level + 1, true, in, end, mapping);
	entry_store(entry, pt->format->table(pt->ops->to_pa(pt->ctx, table)));
	return status;
}

static int map_level(struct pt *pt, uint64_t *table, unsigned level, bool fresh, uint64_t in,
		     uint64_t end, const struct mapping *mapping)
{
	uint64_t *first = entry_at(pt, table, level, in);
	uint64_t *entry = first;
	int status = BH_OK;

	for (uint64_t next; in < end && status == BH_OK; in = next, entry++) {
		uint64_t pa = in + mapping->pa_offset;

		next = entry_end(level, in, end);
		if ((pt->format->block_levels & (1u << level)) && next - in == level_size(level) &&
		    IS_ALIGNED(pa, level_size(level)))
			entry_store(entry, pt->format->leaf(level, PA(pa), mapping->attr));
		else
			status = map_below(pt, entry, level, in, next, mapping);
	}
	if (fresh)
		entries_publish(pt, table, table + TABLE_ENTRIES);
	else
		entries_publish(pt, first, entry);
	return status;
}

static bool visit_stop(void *arg, const struct pt_leaf *leaf)
{
	(void)leaf;
	*(bool *)arg = true;
	return false;
}

/* The leaf that says what all of the table below `level` says; 0: there is none. */
static uint64_t leaf_of_table(const struct pt *pt, const uint64_t *table, unsigned level)
{
	const struct pt_format *format = pt->format;
	uint32_t attr = format->attr(table[0]);
	uint64_t pa = format->pa(table[0]).v, part = level_size(level + 1);

	if (!(format->block_levels & (1u << level)) || !format->is_present(table[0]) ||
	    !IS_ALIGNED(pa, level_size(level)))
		return 0;
	/* the first is there, and where memory grows upwards the last is not */
	for (unsigned i = TABLE_ENTRIES; i-- > 0;)
		if (table[i] != format->leaf(level + 1, PA(pa + i * part), attr))
			return 0;
	return format->leaf(level, PA(pa), attr);
}

/*
 * Tables on the way to `in` that say no more than a leaf become one, the lowest first. There is no flush: TLBs may hold links and leaves of
 * the table longer, which say the same, and who changes the leaf flushes all of it (Intel SDM 3A 4.10.4.3).
 */
static void join_at(struct pt *pt, uint64_t in)
{
	uint64_t *links[LEVEL_LAST], *table = pt->root, leaf;
	unsigned level = pt->start_level;

	for (; level < LEVEL_LAST; level++) {
		links[level] = entry_at(pt, table, level, in);
		if (!pt->format->is_table(entry_load(links[level]), level))
			break;
		table = table_of(pt, entry_load(links[level]));
	}
	while (level-- > pt->start_level) {
		table = table_of(pt, entry_load(links[level]));
		leaf = leaf_of_table(pt, table, level);
		if (!leaf)
			return;
		entry_store(links[level], leaf);
		entries_publish(pt, links[level], links[level] + 1);
		pt->ops->retire(pt->ctx, table, ALIGN_DOWN(in, level_size(level)),
				level_size(level));
	}
}

int pt_map(struct pt *pt, uint64_t in, pa_t pa, uint64_t size, uint32_t attr)
{
	struct mapping mapping = {.pa_offset = pa.v - in, .attr = attr};
	bool occupied = false;
	int status = range_check(pt, in, size);

	if (status != BH_OK)
		return status;
	if (!IS_ALIGNED(pa.v, PAGE_SIZE) || pa.v + size < pa.v)
		return BH_EINVAL;
	if (!pt->format->leaf(LEVEL_LAST, PA(pa.v + size - PAGE_SIZE), attr))
		return BH_ERANGE;
	pt_visit(pt, in, size, visit_stop, &occupied);
	if (occupied)
		return BH_EEXIST;
	status = map_level(pt, pt->root, pt->start_level, false, in, in + size, &mapping);
	if (status !=
	    BH_OK) { /* needs no split: the range holds nothing but what was mapped here */
		(void)pt_unmap(pt, in, size);
	} else if (pt->format->resizes_in_use && pt->ops->retire) {
		/* a table between the two ends would have been in the way */
		join_at(pt, in);
		join_at(pt, in + size - PAGE_SIZE);
	}
	return status;
}

/*
 * Replaces the leaf by a table of leaves with the same translations. Break-before-make where the format
 * asks for it, as the size changes: other cores may take a fault on any page of the leaf until the table is
 * linked. Elsewhere TLBs may hold the leaf longer, which says the same (Intel SDM 3A 4.10.4.3).
 */
static int leaf_split(struct pt *pt, uint64_t *entry, unsigned level, uint64_t in)
{
	uint64_t old = entry_load(entry);
	uint32_t attr = pt->format->attr(old);
	uint64_t pa = pt->format->pa(old).v;
	uint64_t *table = pt->ops->alloc(pt->ctx);

	if (!table)
		return BH_ENOMEM;
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		table[i] = pt->format->leaf(level + 1, PA(pa + i * level_size(level + 1)), attr);
	entries_publish(pt, table, table + TABLE_ENTRIES);
	if (pt->format->is_valid(old) && !pt->format->resizes_in_use) {
		entry_store(entry, 0);
		entries_publish(pt, entry, entry + 1);
		pt->ops->flush(pt->ctx, ALIGN_DOWN(in, level_size(level)), level_size(level));
	}
	entry_store(entry, pt->format->table(pt->ops->to_pa(pt->ctx, table)));
	entries_publish(pt, entry, entry + 1);
	return BH_OK;
}

/* After it, no leaf reaches across `in`. */
static int split_at(struct pt *pt, uint64_t in)
{
	uint64_t *table = pt->root;

	if (in == input_limit(pt))
		return BH_OK;
	for (unsigned level = pt->start_level; !IS_ALIGNED(in, level_size(level)); level++) {
		uint64_t *entry = entry_at(pt, table, level, in);

		if (!pt->format->is_present(entry_load(entry)))
			return BH_OK;
		if (!pt->format->is_table(entry_load(entry), level)) {
			int status = leaf_split(pt, entry, level, in);

			if (status != BH_OK)
				return status;
		}
		table = table_of(pt, entry_load(entry));
	}
	return BH_OK;
}

int pt_split(struct pt *pt, uint64_t in, uint64_t size)
{
	int status = range_check(pt, in, size);

	if (status == BH_OK)
		status = split_at(pt, in);
	if (status == BH_OK)
		status = split_at(pt, in + size);
	return status;
}

/*
 * Entries first, then the links of tables that became empty; nothing is freed before change_finish.
 * Meanwhile hardware may still read an unlinked table through a cached link: it finds invalid
 * entries, as the chain's pointers are page-aligned and thus invalid in every format.
 */
static void unmap_level(struct pt *pt, uint64_t *table, unsigned level, uint64_t in, uint64_t end,
			struct change *change)
{
	uint64_t *first = entry_at(pt, table, level, in);
	uint64_t *entry = first;

	for (uint64_t next; in < end; in = next, entry++) {
		uint64_t old = entry_load(entry);

		next = entry_end(level, in, end);
		if (!pt->format->is_present(old))
			continue;
		if (pt->format->is_table(old, level)) {
			uint64_t *below = table_of(pt, old);

			unmap_level(pt, below, level + 1, in, next, change);
			if (!table_is_empty(below))
				continue;
			entry_store(&below[0], (uintptr_t)change->unlinked);
			change->unlinked = below;
		}
		entry_store(entry, 0);
		if (pt->format->is_valid(old))
			change_add(change, in, next);
	}
	entries_publish(pt, first, entry);
}

int pt_unmap(struct pt *pt, uint64_t in, uint64_t size)
{
	struct change change = {.unlinked = NULL};
	int status = pt_split(pt, in, size);

	if (status != BH_OK)
		return status;
	unmap_level(pt, pt->root, pt->start_level, in, in + size, &change);
	change_finish(pt, &change);
	return BH_OK;
}

/*
 * A leaf that needs break-before-make is held in the first round, and revived in the second, after
 * the flush.
 */
static void leaf_protect(struct pt *pt, uint64_t *entry, unsigned level, uint64_t in, uint32_t attr,
			 struct change *change)
{
	const struct pt_format *format = pt->format;
	uint64_t old = entry_load(entry);
	uint64_t new = format->leaf(level, format->pa(old), attr);

	if (format->is_valid(old) && format->is_valid(new) &&
	    ((format->attr(old) ^ format->attr(new)) & ATTR_BREAK)) {
		new = format->leaf(level, format->pa(old), attr | PT_HELD);
		change->again = true;
	}
	if (new == old)
		return;
	entry_store(entry, new);
	if (format->is_valid(old))
		change_add(change, in, in + level_size(level));
}

static void protect_level(struct pt *pt, uint64_t *table, unsigned level, uint64_t in, uint64_t end,
			  uint32_t attr, struct change *change)
{
	uint64_t *first = entry_at(pt, table, level, in);
	uint64_t *entry = first;

	for (uint64_t next; in < end; in = next, entry++) {
		uint64_t old = entry_load(entry);

		next = entry_end(level, in, end);
		if (pt->format->is_table(old, level))
			protect_level(pt, table_of(pt, old), level + 1, in, next, attr, change);
		else if (pt->format->is_present(old))
			leaf_protect(pt, entry, level, in, attr, change);
	}
	entries_publish(pt, first, entry);
}

int pt_protect(struct pt *pt, uint64_t in, uint64_t size, uint32_t attr)
{
	struct change change;
	int status;

	if (!pt->format->leaf(LEVEL_LAST, PA(0), attr))
		return BH_ERANGE;
	status = pt_split(pt, in, size);
	if (status != BH_OK)
		return status;
	do {
		change = (struct change){.again = false};
		protect_level(pt, pt->root, pt->start_level, in, in + size, attr, &change);
		change_finish(pt, &change);
	} while (change.again);
	return BH_OK;
}

static struct pt_leaf leaf_read(const struct pt *pt, uint64_t entry, unsigned level, uint64_t in)
{
	return (struct pt_leaf){
		.in = ALIGN_DOWN(in, level_size(level)),
		.pa = pt->format->pa(entry),
		.size = level_size(level),
		.attr = pt->format->attr(entry),
	};
}

bool pt_lookup(const struct pt *pt, uint64_t in, struct pt_leaf *leaf)
{
	uint64_t *table = pt->root;

	if (in >= input_limit(pt))
		return false;
	for (unsigned level = pt->start_level;; level++) {
		uint64_t entry = entry_load(entry_at(pt, table, level, in));

		if (!pt->format->is_present(entry))
			return false;
		if (!pt->format->is_table(entry, level)) {
			*leaf = leaf_read(pt, entry, level, in);
			return true;
		}
		table = table_of(pt, entry);
	}
}

static bool visit_level(const struct pt *pt, uint64_t *table, unsigned level, uint64_t in,
			uint64_t end, bool (*fn)(void *arg, const struct pt_leaf *leaf), void *arg)
{
	for (; in < end; in = entry_end(level, in, end)) {
		uint64_t entry = entry_load(entry_at(pt, table, level, in));

		if (!pt->format->is_present(entry))
			continue;
		if (pt->format->is_table(entry, level)) {
			if (!visit_level(pt, table_of(pt, entry), level + 1, in,
					 entry_end(level, in, end), fn, arg))
				return false;
		} else {
			struct pt_leaf leaf = leaf_read(pt, entry, level, in);

			if (!fn(arg, &leaf))
				return false;
		}
	}
	return true;
}

void pt_visit(const struct pt *pt, uint64_t in, uint64_t size,
	      bool (*fn)(void *arg, const struct pt_leaf *leaf), void *arg)
{
	uint64_t limit = input_limit(pt);

	if (in < limit)
		(void)visit_level(pt, pt->root, pt->start_level, in,
				  size < limit - in ? in + size : limit, fn, arg);
}

static void destroy_level(struct pt *pt, uint64_t *table, unsigned level, uint64_t entries)
{
	for (uint64_t i = 0; i < entries; i++) {
		uint64_t entry = entry_load(&table[i]);

		if (!pt->format->is_table(entry, level))
			continue;
		destroy_level(pt, table_of(pt, entry), level + 1, TABLE_ENTRIES);
		pt->ops->free(pt->ctx, table_of(pt, entry));
	}
}

void pt_destroy(struct pt *pt)
{
	uint64_t entries = input_limit(pt) >> level_shift(pt->start_level);

	destroy_level(pt, pt->root, pt->start_level, entries);
	for (uint64_t i = 0; i < entries; i++)
		entry_store(&pt->root[i], 0);
}
