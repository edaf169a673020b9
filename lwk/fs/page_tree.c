/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Radix tree of a file's pages, 512 slots a table. Tables that an -ENOMEM leaves empty are freed with the file.
 */
#include <lwk/errno.h>
#include <lwk/fs_page_tree.h>
#include <lwk/heap.h>
#include <lwk/sched.h>

#define TABLE_BITS  9u
#define TABLE_SLOTS (1u << TABLE_BITS)
#define HEIGHT_MAX  6u /* 2^54 pages: more than any file offset can name */

static bool is_within(const struct page_tree *tree, uint64_t index)
{
	return tree->height >= HEIGHT_MAX || index >> (TABLE_BITS * tree->height) == 0;
}

/* which slot of a table of `level` (1 is the lowest) leads to the page */
static size_t slot_of(uint64_t index, unsigned level)
{
	return (index >> (TABLE_BITS * (level - 1))) % TABLE_SLOTS;
}

void *page_tree_find(const struct page_tree *tree, uint64_t index)
{
	void *at = tree->top;

	if (!is_within(tree, index))
		return NULL;
	for (unsigned level = tree->height; at && level > 0; level--)
		at = ((void **)at)[slot_of(index, level)];
	return at;
}

static int grow(struct page_tree *tree, uint64_t index)
{
	while (!is_within(tree, index)) {
		if (tree->top) {
			void **table = page_alloc_zeroed(0);

			if (!table)
				return -ENOMEM;
			table[0] = tree->top;
			tree->top = table;
		}
		tree->height++;
	}
	return 0;
}

int page_tree_add(struct page_tree *tree, uint64_t index, void *page)
{
	void **slot = &tree->top;
	int error = grow(tree, index);

	if (error)
		return error;
	for (unsigned level = tree->height; level > 0; level--) {
		if (!*slot)
			*slot = page_alloc_zeroed(0);
		if (!*slot)
			return -ENOMEM;
		slot = &((void **)*slot)[slot_of(index, level)];
	}
	*slot = page;
	tree->count++;
	return 0;
}

/* pages that a subtree of `level` spans, without overflow */
static uint64_t span_of(unsigned level)
{
	return UINT64_C(1) << (TABLE_BITS * level);
}

/*
 * Frees the pages with first <= index < end, counted from the first page below the slot, and a table that keeps none. How many pages.
 * Recursion is at most HEIGHT_MAX deep.
 */
static uint64_t free_below(void **slot, unsigned level, uint64_t first, uint64_t end)
{
	uint64_t freed = 0, span;

	if (!*slot)
		return 0;
	if (level == 0) {
		page_free(*slot, 0);
		*slot = NULL;
		return 1;
	}
	span = span_of(level - 1);
	for (uint64_t i = first / span; i < TABLE_SLOTS && i * span < end; i++) {
		uint64_t start = i * span;

		freed += free_below(&((void **)*slot)[i], level - 1,
				    first > start ? first - start : 0, end - start);
	}
	sched_preempt_point();
	if (first == 0 && end >= span_of(level)) {
		page_free(*slot, 0);
		*slot = NULL;
	}
	return freed;
}

void page_tree_free(struct page_tree *tree, uint64_t first, uint64_t end)
{
	if (!is_within(tree, first) || first >= end)
		return;
	tree->count -= free_below(&tree->top, tree->height, first, end);
	if (!tree->top)
		tree->height = 0;
}
