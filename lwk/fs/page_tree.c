/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Radix tree of a file's pages, 512 slots a table. Tables that an -ENOMEM leaves empty are freed with the file.
 */
#include <lwk/errno.h>
#include <lwk/fs_page_tree.h>
#include <lwk/heap.h>

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

/* Frees the pages from `first` on, counted from the first page below the slot; recursion is at most HEIGHT_MAX deep. */
static uint64_t cut_below(void **slot, unsigned level, uint64_t first)
{
	uint64_t freed = 0;

	if (!*slot)
		return 0;
	if (level > 0) {
		void **table = *slot;
		size_t from = slot_of(first, level);

		for (size_t i = from; i < TABLE_SLOTS; i++) {
			uint64_t rest = first - ((uint64_t)from << (TABLE_BITS * (level - 1)));

			freed += cut_below(&table[i], level - 1, i == from ? rest : 0);
		}
	} else {
		freed = 1;
	}
	if (first == 0) {
		page_free(*slot, 0);
		*slot = NULL;
	}
	return freed;
}

void page_tree_cut(struct page_tree *tree, uint64_t first)
{
	if (!is_within(tree, first))
		return;
	tree->count -= cut_below(&tree->top, tree->height, first);
	if (!tree->top)
		tree->height = 0;
}
