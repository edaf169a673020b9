/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory policies of mappings, and the nodes that pages are on. A policy says where pages come from
 * when they are touched; those that are there stay.
 */
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/vma.h>

int space_set_policy(struct address_space *space, uint64_t address, uint64_t size,
		     struct numa_policy policy)
{
	uint64_t end = address + size;
	int status = -EFAULT;

	mutex_lock(&space->lock);
	if (vma_covered_end(space, address, end) == end)
		status = vma_split(space, address, end);
	for (struct vma *vma = vma_from(space, address); !status && vma && vma->start < end;
	     vma = vma_next(space, vma))
		vma->policy = policy;
	vma_merge(space, address, end);
	mutex_unlock(&space->lock);
	return status;
}

int space_get_policy(struct address_space *space, uint64_t address, struct numa_policy *policy)
{
	const struct vma *vma;

	mutex_lock(&space->lock);
	vma = vma_at(space, address);
	if (vma)
		*policy = vma->policy;
	mutex_unlock(&space->lock);
	return vma ? 0 : -EFAULT;
}

int space_node(struct address_space *space, uint64_t address)
{
	struct pt_leaf leaf;
	int node = -EFAULT;

	mutex_lock(&space->lock);
	if (pt_lookup(&space->pt, address, &leaf))
		node = (int)page_node(leaf.pa);
	else if (vma_at(space, address))
		node = -ENOENT;
	mutex_unlock(&space->lock);
	return node;
}

struct look {
	uint32_t allowed;
	bool is_misplaced;
};

static bool leaf_look(void *arg, const struct pt_leaf *leaf)
{
	struct look *look = arg;

	look->is_misplaced = !(look->allowed >> page_node(leaf->pa) & 1);
	return !look->is_misplaced;
}

bool space_is_misplaced(struct address_space *space, uint64_t address, uint64_t size,
			struct numa_policy policy)
{
	struct look look = {.allowed = policy.nodes ? policy.nodes : NODES_ALL};

	mutex_lock(&space->lock);
	pt_visit(&space->pt, address, size, leaf_look, &look);
	mutex_unlock(&space->lock);
	return look.is_misplaced;
}
