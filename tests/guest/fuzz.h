/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypercall fuzzer's parts that both roles use: calls with arguments that are mostly sensible,
 * and what came of them, counted by call and result in a table that outlives its VM.
 */
#ifndef TESTS_GUEST_FUZZ_H
#define TESTS_GUEST_FUZZ_H

#include <tests/guest/runtime/remote.h>

#define FUZZ_CALLS_MAX 64
#define FUZZ_OFFERED   8

/*
 * columns of the table: success, error codes -1 to -9, what FFA_RUN returns, and what nothing may
 * return
 */
enum fuzz_result {
	FUZZ_OK,
	FUZZ_ERROR_FIRST, /* -1; the others follow */
	FUZZ_INTERRUPT = FUZZ_ERROR_FIRST + 9,
	FUZZ_YIELD,
	FUZZ_MSG_WAIT,
	FUZZ_RESPONSE,
	FUZZ_WFI,
	FUZZ_WAKE_UP,
	FUZZ_ABORTED,
	FUZZ_OFF,
	FUZZ_BAD,
	FUZZ_RESULTS
};

struct fuzz_table {
	uint32_t count[FUZZ_CALLS_MAX][FUZZ_RESULTS]; /* atomic */
	uint64_t to, from; /* atomic: handles of what was last offered to this VM, and by it */
	/* the first bad answer: x0 to x7 of the call and of the answer */
	uint32_t bad_set; /* atomic */
	uint64_t bad_call[8], bad_answer[8];
};

/* One fuzzing context: a core of the primary or a vCPU of a secondary */
struct fuzz {
	uint64_t random;
	struct fuzz_table *table;
	struct fuzz_vms *vms; /* who may be talked to */
	bool primary;
	uint32_t core;
	uint64_t pages; /* four pages of own memory, aligned to their size, that may be anything */
	uint64_t foreign[6]; /* addresses of others */
	uint64_t offered;    /* FUZZ_OFFERED pages of own memory that nobody looks at */
	uint64_t tx;         /* where the mailbox was mapped last */
	uint32_t function;   /* of the call that is being made up, and its parts */
	uint16_t receiver;
	uint64_t reclaimed;
};

struct fuzz_vms {
	uint16_t id[PEERS_MAX];
	unsigned count;
	uint16_t spared;          /* never stopped: the victim */
	uint8_t ended[PEERS_MAX]; /* seen to have ended, or to be off */
};

/* where PSCI CPU_ON starts the vCPUs of a secondary */
extern struct core fuzz_cores[2];

/* A number at an edge; a VM, mostly one that lives */
uint64_t fuzz_edge(struct fuzz *f);
uint64_t fuzz_vm(struct fuzz *f);
/* A secondary has to do with the primary; the primary with anybody. */
uint16_t fuzz_partner(struct fuzz *f);
/*
 * Writes a descriptor for `function` into the page that is TX, if it still is: mostly valid, an offer or a request for what was offered
 * to this VM; for FFA_MEM_RELINQUISH, too. Its length.
 */
uint64_t fuzz_descriptor(struct fuzz *f, uint32_t function);
/* fuzz.c: a handle that this VM was offered, or that it offered itself; mostly */
uint64_t fuzz_handle(struct fuzz *f, bool offered);
/* The VM has offered something to `receiver`. */
void fuzz_offered(struct fuzz *f, uint16_t receiver, uint64_t handle);

/* Chooses a call, makes it and counts its result. */
void fuzz_one(struct fuzz *f);
/* rows of the table */
size_t fuzz_call_count(void);
const char *fuzz_call_name(size_t row);
bool fuzz_call_of(size_t row, bool primary);

extern const char *const fuzz_result_names[FUZZ_RESULTS];

#endif
