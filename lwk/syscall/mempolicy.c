/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where memory is placed, and where it is: set_mempolicy, mbind, get_mempolicy and move_pages as a
 * query. A policy acts when pages are touched first; interleaving goes by 2 MiB. Pages do not move:
 * mbind with MPOL_MF_STRICT says when some lie elsewhere.
 */
#include <arch/layout.h>
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/sched.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/topology.h>

#define MODE_FLAGS  0xe000u
#define MODE_STATIC 0x8000u /* MPOL_F_STATIC_NODES: as ever, nothing renumbers nodes */
#define MODE_MAX    NUMA_PREFERRED_MANY
#define F_NODE      1u
#define F_ADDR      2u
#define F_MEMS      4u
#define MF_STRICT   1u
#define MF_MOVE     2u
#define MF_MOVE_ALL 4u
#define MASK_BITS   64u
#define MASK_MAX    (PAGE_SIZE * 8)

/*
 * A node mask of `count` bits, as Linux counts: one less. Nodes that there are not are -EINVAL, those
 * without memory are left out.
 */
static int mask_read(uint64_t address, uint64_t count, uint16_t *nodes)
{
	uint64_t bits = count - 1;
	uint32_t mask = 0;

	*nodes = 0;
	if (bits == 0 || !address)
		return 0;
	if (bits > MASK_MAX)
		return -EINVAL;
	for (uint64_t at = 0; at < bits; at += MASK_BITS) {
		uint64_t word;

		if (copy_from_user(&word, UADDR(address + at / 8), sizeof(word)) != 0)
			return -EFAULT;
		if (bits - at < MASK_BITS)
			word &= (UINT64_C(1) << (bits - at)) - 1;
		if (at > 0 ? word != 0 : word >> numa_count != 0)
			return -EINVAL;
		mask |= (uint32_t)word;
	}
	*nodes = (uint16_t)(mask & topology_memory());
	return mask && !*nodes ? -EINVAL : 0;
}

/* What a policy is with these nodes; -EINVAL for modes and flags that do not go together. */
static int policy_make(uint32_t mode, uint16_t nodes, struct numa_policy *policy)
{
	uint32_t flags = mode & MODE_FLAGS;

	mode &= ~MODE_FLAGS;
	if (mode > MODE_MAX || flags & ~MODE_STATIC)
		return -EINVAL;
	if (mode == NUMA_PREFERRED && !nodes && !flags)
		mode = NUMA_LOCAL;
	if (mode == NUMA_DEFAULT || mode == NUMA_LOCAL ? nodes || flags : !nodes)
		return -EINVAL;
	*policy = (struct numa_policy){
		.mode = (uint8_t)mode,
		.flags = (uint8_t)(flags >> 8),
		.nodes = nodes,
	};
	return 0;
}

static long sys_set_mempolicy(const uint64_t *args)
{
	struct numa_policy policy;
	uint16_t nodes;
	int status = mask_read(args[1], args[2], &nodes);

	if (status == 0)
		status = policy_make((uint32_t)args[0], nodes, &policy);
	if (status == 0)
		thread_current()->numa_policy = policy;
	return status;
}
SYSCALL(NR_set_mempolicy, sys_set_mempolicy);

static long sys_mbind(const uint64_t *args)
{
	struct address_space *space = process_current()->space;
	uint64_t size = ALIGN_UP(args[1], PAGE_SIZE);
	uint32_t flags = (uint32_t)args[5];
	struct numa_policy policy;
	uint16_t nodes;
	int status;

	if (flags & ~(MF_STRICT | MF_MOVE | MF_MOVE_ALL) || !IS_ALIGNED(args[0], PAGE_SIZE) ||
	    args[0] > USER_TOP || args[1] > USER_TOP - args[0])
		return -EINVAL;
	status = mask_read(args[3], args[4], &nodes);
	if (status == 0)
		status = policy_make((uint32_t)args[2], nodes, &policy);
	if (status || size == 0)
		return status;
	status = space_set_policy(space, args[0], size, policy);
	if (status == 0 && flags & MF_STRICT && space_is_misplaced(space, args[0], size, policy))
		status = -EIO;
	return status;
}
SYSCALL(NR_mbind, sys_mbind);

static int mask_write(uint64_t address, uint64_t count, uint32_t nodes)
{
	uint64_t bytes = ALIGN_UP(count - 1, UINT64_C(64)) / 8;
	uint64_t word = nodes;
	int status;

	if (bytes > PAGE_SIZE)
		return -EINVAL;
	if (bytes < sizeof(word))
		return 0;
	status = copy_to_user(UADDR(address), &word, sizeof(word));
	return status ? status : clear_user(UADDR(address + sizeof(word)), bytes - sizeof(word));
}

/* The node of the page at the address, which is touched for that. */
static int page_node_find(uint64_t address)
{
	struct address_space *space = process_current()->space;
	int node;

	do {
		if (address_space_fault(space, address, ACCESS_READ) != FAULT_RESOLVED)
			return -EFAULT;
		node = space_node(space, address);
	} while (node == -ENOENT);
	return node;
}

/* What get_mempolicy tells of: a policy, and the number for its first argument. */
static int policy_find(uint64_t address, uint32_t flags, struct numa_policy *policy, int *number)
{
	int status = 0;

	*policy = thread_current()->numa_policy;
	if (flags & F_ADDR)
		status = space_get_policy(process_current()->space, address, policy);
	else if (address)
		status = -EINVAL;
	*number = policy->mode | policy->flags << 8;
	if (status || !(flags & F_NODE))
		return status;
	if (flags & F_ADDR)
		*number = page_node_find(address);
	else if (policy->mode == NUMA_INTERLEAVE)
		*number = __builtin_ctz(policy->nodes);
	else
		return -EINVAL;
	return *number < 0 ? *number : 0;
}

static long sys_get_mempolicy(const uint64_t *args)
{
	uint32_t flags = (uint32_t)args[4];
	struct numa_policy policy = {.nodes = (uint16_t)topology_memory()};
	int number = 0, status = 0;

	if ((args[1] && args[2] < numa_count) || flags & ~(F_NODE | F_ADDR | F_MEMS) ||
	    (flags & F_MEMS && flags & (F_NODE | F_ADDR)))
		return -EINVAL;
	if (!(flags & F_MEMS))
		status = policy_find(args[3], flags, &policy, &number);
	if (status == 0 && args[0])
		status = copy_to_user(UADDR(args[0]), &number, sizeof(number));
	if (status == 0 && args[1])
		status = mask_write(args[1], args[2], policy.nodes);
	return status;
}
SYSCALL(NR_get_mempolicy, sys_get_mempolicy);

/* Where pages are; to move them is not offered. */
static long sys_move_pages(const uint64_t *args)
{
	struct address_space *space = process_current()->space;

	if (args[5] & ~(uint64_t)(MF_MOVE | MF_MOVE_ALL))
		return -EINVAL;
	if ((int)args[0] != 0 && (int)args[0] != process_current()->pid)
		return -ESRCH;
	if (args[3])
		return -ENOSYS;
	for (uint64_t i = 0; i < args[1]; i++) {
		uint64_t page;
		int node;

		if (copy_from_user(&page, UADDR(args[2] + 8 * i), sizeof(page)) != 0)
			return -EFAULT;
		node = space_node(space, page);
		if (copy_to_user(UADDR(args[4] + 4 * i), &node, sizeof(node)) != 0)
			return -EFAULT;
		sched_preempt_point();
	}
	return 0;
}
SYSCALL(NR_move_pages, sys_move_pages);
