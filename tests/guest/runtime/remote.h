/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The primary's secondaries ("peers"), which all run this image: each waits for direct requests
 * that name a function to call. A request that does not come back in time ends the VM, so that a
 * test never hangs.
 *
 * A peer is driven by one core of the primary at a time.
 */
#ifndef TESTS_GUEST_REMOTE_H
#define TESTS_GUEST_REMOTE_H

#include <bulkhead/fault.h>
#include <bulkhead/counters.h>
#include <bulkhead/types.h>
#include <tests/guest/runtime/call.h>
#include <tests/guest/runtime/guest.h>

#define PEERS_MAX      64
#define REMOTE_WORDS   5
#define REMOTE_TIMEOUT 20000000u /* microseconds */

struct peer {
	uint16_t id;
	uint16_t vcpus;
	bool dead;
	uint64_t image; /* where its _image_start is */
	struct span memory;
	struct span stream;
	struct span spare; /* memory of its own that its image does not use */
};

extern struct peer peers[PEERS_MAX];
extern unsigned peer_count;

/*
 * What a peer does for a request: in[0] to in[3] as sent, out[] goes back. Named by its address in
 * this image.
 */
typedef void (*remote_fn)(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);

enum remote_end {
	REMOTE_DONE,    /* out[] is valid */
	REMOTE_ABORTED, /* the VM has ended; value = cause */
	REMOTE_HUNG,    /* no answer in time; the VM has been stopped */
	REMOTE_REFUSED, /* error: value = FF-A error code */
	REMOTE_STRANGE  /* value = x0 of what came back */
};

struct remote {
	enum remote_end end;
	int64_t value;
	uint64_t out[REMOTE_WORDS];
};

/* Maps the mailboxes, finds the peers, starts each and learns where it is. */
void peers_start(void);
/* The same for one, which has been loaded again. */
void peer_start(struct peer *peer);
/* The next peer that lives and that no test has taken; ends the guest when there is none. */
struct peer *peer_take(void);
/* The last one taken, still alive, for the next test */
void peer_give_back(const struct peer *peer);

struct remote remote_call(struct peer *peer, remote_fn function, uint64_t a, uint64_t b, uint64_t c,
			  uint64_t d);
/* A hypercall by the peer, with x0 to x3; x0 to x4 of its answer in out[] */
struct remote remote_hvc(struct peer *peer, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
/*
 * Turns a vCPU of the peer on, to run body(core) there (core_turn_on); what PSCI answered, or -100
 * when nothing did
 */
int64_t remote_turn_on(struct peer *peer, uint32_t vcpu, void (*body)(struct core *core),
		       uint64_t argument);
const char *remote_text(const struct remote *remote);

/*
 * Runs a peer's vCPU until it returns for another reason than a pre-emption, or until
 * `microseconds` have passed (then x0 = FFA_INTERRUPT). x0 to x7 of the last FFA_RUN.
 */
struct regs peer_run(const struct peer *peer, uint32_t vcpu, uint64_t microseconds);
/* The same, starting with any call that runs vCPUs (a direct request) */
struct regs peer_go_on(struct regs r, uint64_t microseconds);

/* The address of an object of this image in the peer */
uint64_t peer_address(const struct peer *peer, const void *object);

/* false when the hypervisor has none to give; then *code is why */
bool fault_get(uint16_t vm, struct bh_fault *out, int32_t *code);
bool counters_get(uint16_t vm, uint32_t vcpu, struct bh_counters *out);

/* the primary's mailbox */
extern uint8_t mailbox_rx[4096], mailbox_tx[4096];

/* agent.c: what a secondary does */
_Noreturn void agent_main(struct core *core);
void agent_hello(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);

#endif
