/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Page tables: one radix walker for every format with 4 KiB granule, 8-byte entries and 512 entries
 * a table. The walker keeps the orders that hardware asks for: a new table is complete and visible
 * before it is linked (publish), a valid entry that changes its output or its size is made invalid,
 * flushed from the TLBs and only then replaced (break-before-make), a table is freed only after the
 * flush that ends its use. The caller serializes calls on one pt. Break-before-make makes other
 * cores fault for a moment on memory that stays mapped (in the block that is split, in the pages
 * whose type changes): whoever handles such a fault takes the same lock, finds the translation by
 * pt_lookup and retries.
 */
#ifndef LIB_PT_H
#define LIB_PT_H

#include <bulkhead/types.h>

/* What a mapping allows and how it is cached. What a format cannot express is BH_ERANGE. */
#define PT_R      (1u << 0)
#define PT_W      (1u << 1)
#define PT_X      (1u << 2) /* executable: by the kernel, or with PT_USER by EL0; stage 2: by all */
#define PT_USER   (1u << 3) /* stage 1: for EL0 */
#define PT_DEVICE (1u << 4) /* device nGnRE; the default is normal write-back, inner shareable */
#define PT_GLOBAL (1u << 5) /* stage 1: not tagged with the ASID */
#define PT_NC     (1u << 6) /* normal non-cacheable */
/*
 * No access now (PROT_NONE), the page stays attached: an entry that hardware treats as invalid, but
 * that pt_lookup still finds and pt_protect revives.
 */
#define PT_HELD (1u << 7)

/*
 * MAIR_EL1 and MAIR_EL2 as the arm64 formats index it: normal write-back, device nGnRE, normal
 * non-cacheable
 */
#define PT_ARM64_INDEX_DEVICE 1
#define PT_ARM64_INDEX_NC     2
#define PT_ARM64_MAIR         UINT64_C(0x4404ff)

struct pt_format {
	/*
	 * leaf entry for `level` (0 root-most of a 4-level tree .. 3 pages); 0 when pa or attr
	 * cannot be expressed
	 */
	uint64_t (*leaf)(unsigned level, pa_t pa, uint32_t attr);
	uint64_t (*table)(pa_t pa);
	uint32_t (*attr)(uint64_t entry); /* of a leaf: the PT_ bits back */
	bool (*is_valid)(uint64_t entry); /* hardware may use it */
	bool (*is_table)(uint64_t entry, unsigned level);
	bool (*is_present)(uint64_t entry); /* valid or held */
	pa_t (*pa)(uint64_t entry);
	uint8_t block_levels; /* bit n: a leaf may stand at level n */
	/* a leaf in use may be replaced by a table of the same translations, and the other way round: nobody faults meanwhile */
	bool resizes_in_use;
};

extern const struct pt_format pt_arm64_stage1; /* EL1&0 (PT_USER meaningful) */
extern const struct pt_format pt_arm64_el2; /* EL2 without VHE: one set of permissions, no user */
extern const struct pt_format pt_arm64_stage2;
extern const struct pt_format
	pt_x86; /* x86-64, 4 levels; PT_X on a PT_USER page is for the kernel, too */
extern const struct pt_format pt_x86_2m; /* the same for processors without pages of 1 GiB */
/* the second stage of Intel's and of AMD's (which wants PT_USER), with and without pages of 1 GiB */
extern const struct pt_format pt_ept, pt_ept_2m, pt_npt, pt_npt_2m;

struct pt_ops {
	void *(*alloc)(void *ctx); /* a zeroed 4 KiB table, or NULL */
	void (*free)(void *ctx, void *table);
	pa_t (*to_pa)(void *ctx, const void *table);
	void *(*to_va)(void *ctx, pa_t table);
	/* On return walkers see the entries at [start, start+bytes) as they were written. */
	void (*publish)(void *ctx, const void *start, size_t bytes);
	/*
	 * On return no core holds a translation of [in, in+size), nor a link of a table on the way
	 * to one (so the last-level kind of TLBI is not enough).
	 */
	void (*flush)(void *ctx, uint64_t in, uint64_t size);
	/*
	 * The table for [in, in+size) has become a leaf that says the same. Hardware may go on walking it, so it stays as it is until
	 * a flush of all of that range, or until no core uses the tree. NULL: tables never become leaves.
	 */
	void (*retire)(void *ctx, void *table, uint64_t in, uint64_t size);
};

struct pt {
	const struct pt_format *format;
	const struct pt_ops *ops;
	void *ctx;
	/* 2^(in_bits - 12 - 9 * (3 - start_level)) entries, at least 512, zeroed by the caller */
	uint64_t *root;
	uint8_t start_level; /* 0 or 1; with 1 and in_bits > 39 the root is concatenated tables */
	uint8_t in_bits;     /* input addresses are below 2^in_bits */
};

struct pt_leaf {
	uint64_t in;   /* first input address of the entry */
	pa_t pa;       /* what it maps to */
	uint64_t size; /* bytes: 4 KiB, 2 MiB or 1 GiB */
	uint32_t attr;
};

/*
 * Maps [in, in+size) to [pa, pa+size) with the largest entries that alignment allows. All
 * page-aligned, size > 0. Errors: EINVAL alignment or wrap, ERANGE beyond in_bits or attr, EEXIST
 * where something is mapped, ENOMEM. On an error nothing of the range is mapped. Where the format resizes in use and tables can
 * be retired, what is mapped grows together with its neighbours to larger entries, without a flush.
 */
int pt_map(struct pt *pt, uint64_t in, pa_t pa, uint64_t size, uint32_t attr);
/*
 * After it no entry reaches across in or in + size, and pt_unmap and pt_protect of the range cannot
 * fail for want of memory. ENOMEM: every translation is as it was.
 */
int pt_split(struct pt *pt, uint64_t in, uint64_t size);
/*
 * Unmaps what is mapped in the range; splits larger entries at its ends; frees tables that become
 * empty. ENOMEM for a split: nothing changed.
 */
int pt_unmap(struct pt *pt, uint64_t in, uint64_t size);
/*
 * Changes attr of what is mapped in the range; holes stay holes. ERANGE for attr; ENOMEM for a
 * split: nothing changed.
 */
int pt_protect(struct pt *pt, uint64_t in, uint64_t size, uint32_t attr);
/* True and *leaf filled when `in` is mapped (PT_HELD included). */
bool pt_lookup(const struct pt *pt, uint64_t in, struct pt_leaf *leaf);
/*
 * Calls fn for every leaf that meets [in, in+size), ascending; stops when fn returns false. fn must
 * not change the tree.
 */
void pt_visit(const struct pt *pt, uint64_t in, uint64_t size,
	      bool (*fn)(void *arg, const struct pt_leaf *leaf), void *arg);
/*
 * Frees every table below the root; the root stays the caller's. No flush: for a tree that no core
 * uses any more.
 */
void pt_destroy(struct pt *pt);

#endif
