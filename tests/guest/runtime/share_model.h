/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What docs/abi-arm64.md says about FF-A memory management, as a program of its own: for every page who owns it, what each VM may do with
 * it, what lies in it. Tests on the build host and on target ask it what an answer has to be. Nothing of the hypervisor's is in here.
 *
 * Pages are numbered; VMs are numbered from 0, which is the primary.
 */
#ifndef TESTS_GUEST_SHARE_MODEL_H
#define TESTS_GUEST_SHARE_MODEL_H

#include <bulkhead/types.h>

#define SM_VMS       24
#define SM_PAGES     8192
#define SM_UNIT      512 /* pages; page 0 begins a unit */
#define SM_SHARES    256
#define SM_RANGES    20
#define SM_BORROWERS 6
#define SM_NOBODY    0xFF
#define SM_NOWHERE   0x7FFFFFFF /* a page that is none of these VMs' */

#define SM_R 1u
#define SM_W 2u
#define SM_X 4u

enum sm_kind { SM_SHARE = 1, SM_LEND, SM_DONATE };

struct sm_range {
	uint32_t page, count;
	bool unaligned;
};

struct sm_borrower {
	uint8_t vm; /* SM_NOBODY: one that does not exist */
	bool writable;
	uint8_t held; /* SM_ bits */
};

struct sm_share {
	bool live;
	uint64_t handle, tag;
	enum sm_kind kind;
	uint8_t owner; /* SM_NOBODY: it is gone */
	bool zeroed, clear;
	uint32_t range_count, borrower_count;
	struct sm_range ranges[SM_RANGES];
	struct sm_borrower borrowers[SM_BORROWERS];
};

struct sm_wish {
	uint64_t handle, tag;
	uint8_t owner;
	uint32_t kind; /* 0: any */
	bool zeroed, clear, alone;
	uint32_t data; /* 0: as given, SM_R, SM_W */
	bool execute;
	uint32_t count;
	uint8_t borrowers[SM_BORROWERS];
};

struct sm {
	uint32_t vms, pages;
	uint8_t owner[SM_PAGES];
	bool engaged[SM_PAGES]; /* in a transaction that is not over */
	uint8_t reach[SM_VMS][SM_PAGES];
	uint64_t content[SM_PAGES];
	uint32_t mailbox[SM_VMS][2];
	bool there[SM_VMS], ended[SM_VMS];
	bool leaving[SM_VMS]; /* ended, and a core still runs it */
	struct sm_share shares[SM_SHARES];
};

/* Nobody owns anything; the VMs are there. */
void sm_init(struct sm *sm, uint32_t vms, uint32_t pages);
/* The VM owns and reaches the pages, which are zero. */
void sm_give(struct sm *sm, unsigned vm, uint32_t page, uint32_t count);

/*
 * Each says what FF-A error code the call has to give, 0 for success, and then does it. What the format of a descriptor may be wrong with
 * is the caller's.
 */
int32_t sm_offer(struct sm *sm, unsigned vm, const struct sm_share *offer, struct sm_share **out);
int32_t sm_retrieve(struct sm *sm, unsigned vm, const struct sm_wish *wish,
		    const struct sm_share **out, uint8_t *attr);
int32_t sm_relinquish(struct sm *sm, unsigned vm, uint64_t handle, bool clear);
int32_t sm_reclaim(struct sm *sm, unsigned vm, uint64_t handle, bool clear);
/* An ended VM's tables are gone; what it lent stays with who holds it. */
void sm_vm_gone(struct sm *sm, unsigned vm);
/* No page of the unit is in a transaction, or a mailbox. */
bool sm_unit_is_free(const struct sm *sm, uint32_t unit);
struct sm_share *sm_find(struct sm *sm, uint64_t handle);
/*
 * Whom a page's state lets reach it: the owner, or those that the owner's transactions gave it to. A page number where that is not so;
 * sm->pages: it is so everywhere.
 */
uint32_t sm_isolation_gap(const struct sm *sm);

#endif
