/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that VMs share, lend and donate at run time (FF-A memory management, DEN0077A section 10): who offered which pages to
 * whom, who has them mapped. A record lives from the owner's offer until it has taken the memory back, and beyond
 * the owner's death until the last borrower lets go: nobody else gets the pages before. Under the memory lock (memory.h).
 *
 * An owner always has its share of the pool, whatever others do; a transaction is small enough to be done in one call.
 */
#ifndef HV_ARM64_SHARE_H
#define HV_ARM64_SHARE_H

#include <bulkhead/types.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/vm.h>

#define SHARE_RANGES    16  /* of one transaction */
#define SHARE_PAGES     512 /* of one transaction: what is mapped, unmapped and zeroed in one call */
#define SHARE_BORROWERS 4

/* as in the flags of RETRIEVE_REQ, bits 4:3 (DEN0077A 1.1, table 10.22) */
enum share_kind { SHARE_SHARE = 1, SHARE_LEND, SHARE_DONATE };

struct share_range {
	uint64_t start; /* page aligned */
	uint32_t pages;
};

struct share_borrower {
	uint16_t vm;
	bool writable; /* the owner allows it */
	uint8_t held;  /* PT_ bits by which it has the memory mapped now; 0: it has not */
};

struct share {
	uint64_t handle; /* 0: the record is free */
	uint64_t tag;
	uint64_t start, end; /* all ranges lie in here */
	uint16_t owner;      /* 0: it is gone */
	enum share_kind kind;
	bool zeroed; /* before it was offered */
	bool clear;  /* to be zeroed when the last borrower has let go */
	uint32_t pages;
	uint32_t range_count, borrower_count;
	struct share_range ranges[SHARE_RANGES];
	struct share_borrower borrowers[SHARE_BORROWERS];
};

/* What a borrower asks for: all borrowers that it knows of, itself among them */
struct share_wish {
	uint64_t handle, tag;
	uint16_t owner;
	uint32_t kind;            /* 0, or an enum share_kind */
	bool zeroed;              /* wants memory that was zeroed */
	bool clear;               /* zero it when the borrower lets go */
	bool alone;               /* names itself only, whoever else borrows */
	bool writable, read_only; /* neither: what the owner allows */
	bool executable, no_execute;
	uint32_t count;
	uint16_t borrowers[SHARE_BORROWERS];
};

/*
 * All answer 0 or an FF-A error code, and change nothing then.
 * share_offer: the caller fills in all of `offer` but handle, start, end, pages, held and owner, which it gets.
 * INVALID_PARAMETERS: ranges that are malformed or overlap, borrowers that do not exist or are named twice, the owner itself;
 * ABORTED: a borrower has ended; DENIED: the memory is not the owner's alone, is its mailbox, is not whole units (DONATE), or the
 * two may not share; NO_MEMORY: too large, no record or table left.
 */
int32_t share_offer(struct vm *owner, struct share *offer);
/*
 * Maps it for the borrower, and gives a copy of the record; a donation is the borrower's own then. `mailbox`: the borrower's lock,
 * held while it is done. INVALID_PARAMETERS: no such transaction for this VM; DENIED: more than was given, or retrieved already;
 * ABORTED: the owner has ended; NO_MEMORY: no table left.
 */
int32_t share_retrieve(struct memory_locked locked, struct vm *borrower,
		       const struct share_wish *wish, struct share *out, uint8_t *attr);
/* INVALID_PARAMETERS: no such transaction for this VM; DENIED: not retrieved, or `clear` and not writable or shared. */
int32_t share_relinquish(struct vm *borrower, uint64_t handle, bool clear);
/* INVALID_PARAMETERS: no such transaction of this VM's; DENIED: a borrower holds it; BUSY: one that has just ended does. */
int32_t share_reclaim(struct vm *owner, uint64_t handle, bool clear);

/* A live transaction of `owner` has a page in [at, end). Memory lock held, or boot. */
bool share_covers(const struct vm *owner, uint64_t at, uint64_t end);
/*
 * `vm` does not run, and is to be destroyed or loaded again: it lets go of all that it borrowed. What it offered stays with who has
 * it mapped; when the last lets go, the memory is zeroed. To be repeated while false: each call lets go of one transaction at most.
 */
bool share_vm_exit(struct vm *vm);

#endif
