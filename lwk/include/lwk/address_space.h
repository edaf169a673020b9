/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The memory of a process: what is mapped where (VMAs), and the tables. Ordinary mappings are
 * backed when they are made, by the largest pages that fit, or on a machine with several NUMA nodes
 * when they are touched, on the node of who touches; either way their memory is granted when they
 * are made. Reservations (PROT_NONE, MAP_NORESERVE, stacks) are backed where they are touched, if
 * there is memory then.
 */
#ifndef LWK_ADDRESS_SPACE_H
#define LWK_ADDRESS_SPACE_H

#include <arch/space.h>
#include <bulkhead/types.h>
#include <lib/pt.h>
#include <lwk/list.h>
#include <lwk/mutex.h>
#include <lwk/numa.h>

/* as in mmap(2) */
#define PROT_READ  1u
#define PROT_WRITE 2u
#define PROT_EXEC  4u
#define PROT_MASK  7u

enum vma_kind {
	VMA_BACKED, /* every page is there, or promised */
	VMA_LAZY,   /* pages come when touched */
	VMA_STACK,  /* lazy; only in small pieces */
	VMA_BRK,    /* as VMA_BACKED; the program break moves its end */
	VMA_GUARD   /* never accessible, never unmapped */
};

struct vma {
	struct list link; /* ascending by address */
	uint64_t start;
	uint64_t end;
	uint32_t prot;
	enum vma_kind kind;
	struct numa_policy policy; /* NUMA_DEFAULT: the thread's */
};

struct address_space {
	struct arch_space arch;
	struct pt pt;
	struct mutex lock; /* everything below, and the tables */
	struct list vmas;
	struct vma *recent; /* the last one that was found, or NULL */
	uint64_t brk_start;
	uint64_t brk;        /* exactly as the program set it */
	uint64_t brk_backed; /* end of the pages behind it */
	uint64_t pages;      /* 4 KiB pages of memory attached */
	uint64_t pages_max;  /* the most there ever were */
	uint64_t promised;   /* pages promised and not attached */
};

/* An empty space. NULL: no memory, or no address-space id. */
struct address_space *address_space_create(void);
/* Frees everything; no thread uses it and no core has it active. */
void address_space_destroy(struct address_space *space);

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };
enum fault { FAULT_RESOLVED, FAULT_NO_MAPPING, FAULT_DENIED, FAULT_NO_MEMORY };
/*
 * A page fault at `address`: backs it when it belongs to a reservation that permits the access. May
 * sleep.
 */
enum fault address_space_fault(struct address_space *space, uint64_t address, enum access access);

/* The operations of mmap(2) and its relatives, lengths and addresses page-aligned; 0 or -errno. */

/* Maps at `address`, exactly; what is in the way is replaced, or -EEXIST */
int space_map_at(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot,
		 enum vma_kind kind, bool replace);
/* Maps where there is room, large mappings 2 MiB aligned; `hint` is taken when it is free */
int space_map_anywhere(struct address_space *space, uint64_t hint, uint64_t size, uint32_t prot,
		       enum vma_kind kind, uint64_t *address);
int space_unmap(struct address_space *space, uint64_t address, uint64_t size);
/* what becomes executable is so for real: caches hold nothing older than memory */
int space_protect(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot);
/* Drops the contents; the range reads as zero afterwards and is backed again when touched */
int space_discard(struct address_space *space, uint64_t address, uint64_t size);
/* 0 when all of the range is mapped, else -ENOMEM */
int space_check(struct address_space *space, uint64_t address, uint64_t size);
/*
 * Memory for all of the range, with the access: 0, -ENOMEM (nothing mapped or no memory), or -EINVAL
 * where the access is not permitted
 */
int space_populate(struct address_space *space, uint64_t address, uint64_t size,
		   enum access access);
/* For `count` pages from `address` on: 1 where there is memory, else 0 */
void space_residency(struct address_space *space, uint64_t address, uint8_t *pages, unsigned count);
/* mremap(2): resizes in place, or attaches the pages elsewhere; sizes in bytes, page-aligned */
struct remap {
	uint64_t address, old_size, new_size;
	uint64_t target; /* with is_fixed; what is there is unmapped */
	bool may_move, is_fixed;
	bool keeps_old; /* the old mapping stays, without its pages */
};
int space_remap(struct address_space *space, const struct remap *remap, uint64_t *new_address);

/* The program break starts at `start` (page-aligned). */
int space_brk_init(struct address_space *space, uint64_t start);
/* brk(2): the new break, or the old one when `brk` cannot be had */
uint64_t space_brk(struct address_space *space, uint64_t brk);

/*
 * Writes into a space that need not be active, whatever its protection. 0; -EFAULT where nothing is
 * mapped; -ENOMEM.
 */
int space_write(struct address_space *space, uint64_t address, const void *data, uint64_t size);
/*
 * Memory for what of [start, end) has none and may be accessed; -ENOMEM, and then a part may have
 * got it. `is_whole`: by the largest pages that fit, else as if touched.
 */
int space_fill(struct address_space *space, uint64_t start, uint64_t end, bool is_whole);

/* NUMA (mm/policy.c): where pages are, and where those that are not there yet will be. */
/* 0, -EFAULT where nothing is mapped, -ENOMEM */
int space_set_policy(struct address_space *space, uint64_t address, uint64_t size,
		     struct numa_policy policy);
int space_get_policy(struct address_space *space, uint64_t address, struct numa_policy *policy);
/* the node of the page, read from the tables; -ENOENT: no memory yet; -EFAULT: nothing is mapped */
int space_node(struct address_space *space, uint64_t address);
/* whether pages of the range are on other nodes than the policy allows */
bool space_is_misplaced(struct address_space *space, uint64_t address, uint64_t size,
			struct numa_policy policy);

/* Calls fn for each mapping, ascending: /proc/self/maps */
void space_visit(struct address_space *space, void (*fn)(void *arg, const struct vma *vma),
		 void *arg);

#endif
