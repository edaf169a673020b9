/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pages of a file by their index, in a radix tree that is as high as the highest index needs: a file of one page has no
 * tables at all, holes cost nothing. The owner has a lock.
 */
#ifndef LWK_FS_PAGE_TREE_H
#define LWK_FS_PAGE_TREE_H

#include <bulkhead/types.h>

struct page_tree {
	void *top; /* the table of level `height`; at height 0 the only page */
	unsigned height;
	uint64_t count; /* pages, tables not counted */
};

void *page_tree_find(const struct page_tree *tree, uint64_t index); /* NULL: a hole */
/* Hands a page over to the tree, which had a hole there. 0 or -ENOMEM. */
int page_tree_add(struct page_tree *tree, uint64_t index, void *page);
/* Frees the pages first <= index < end. */
void page_tree_free(struct page_tree *tree, uint64_t first, uint64_t end);

#endif
