/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See remote.h.
 */
#include <tests/guest/runtime/remote.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/timer.h>

#define START_TIMEOUT 5000000u /* microseconds */

struct peer peers[PEERS_MAX];
unsigned peer_count;
static unsigned peers_taken;

__attribute__((aligned(4096))) uint8_t mailbox_rx[4096], mailbox_tx[4096];

struct regs peer_go_on(struct regs r, uint64_t microseconds)
{
	uint64_t deadline = now() + ticks_of_us(microseconds);

	while (r.x[0] == FFA_INTERRUPT) {
		interrupts_take();
		if (now() >= deadline)
			break;
		ptimer_start(deadline);
		r = call(FFA_RUN, r.x[1]);
	}
	ptimer_stop();
	interrupts_take();
	return r;
}

struct regs peer_run(const struct peer *peer, uint32_t vcpu, uint64_t microseconds)
{
	struct regs r = {.x = {FFA_INTERRUPT, FFA_VM_VCPU(peer->id, vcpu)}};

	return peer_go_on(r, microseconds);
}

static struct remote remote_finish(struct peer *peer, const struct regs *r)
{
	struct remote remote = {.end = REMOTE_STRANGE, .value = (int64_t)r->x[0]};

	switch (r->x[0]) {
	case FFA_MSG_SEND_DIRECT_RESP_64:
		remote.end = REMOTE_DONE;
		memcpy(remote.out, &r->x[3], sizeof(remote.out));
		break;
	case BH_RUN_ABORTED:
		peer->dead = true;
		remote.end = REMOTE_ABORTED;
		remote.value = (int64_t)r->x[2];
		break;
	case FFA_INTERRUPT:
		peer->dead = true;
		remote.end = REMOTE_HUNG;
		call(BH_VM_STOP, peer->id);
		break;
	case FFA_ERROR:
		remote.end = REMOTE_REFUSED;
		remote.value = (int32_t)r->x[2];
		break;
	}
	return remote;
}

struct remote remote_call(struct peer *peer, remote_fn function, uint64_t a, uint64_t b, uint64_t c,
			  uint64_t d)
{
	uint64_t offset = (uint64_t)function - (uint64_t)_image_start;
	uint64_t deadline = now() + ticks_of_us(REMOTE_TIMEOUT);
	struct regs r;

	ptimer_start(deadline);
	r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0, offset, a, b, c,
		 d);
	/* what a scheduler does: these say only that the vCPU has more to do */
	for (;;) {
		r = peer_go_on(r, REMOTE_TIMEOUT);
		if (r.x[0] != FFA_YIELD && r.x[0] != BH_RUN_WAKE_UP &&
		    r.x[0] != BH_RUN_WAIT_FOR_INTERRUPT)
			break;
		if (now() >= deadline) {
			r.x[0] = FFA_INTERRUPT;
			break;
		}
		ptimer_start(deadline);
		r = call(FFA_RUN, r.x[1]);
	}
	return remote_finish(peer, &r);
}

static void hvc_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(in[0], in[1], in[2], in[3]);

	memcpy(out, r.x, REMOTE_WORDS * sizeof(uint64_t));
}

struct remote remote_hvc(struct peer *peer, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return remote_call(peer, hvc_serve, x0, x1, x2, x3);
}

static void turn_on_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	out[0] = (uint64_t)core_turn_on(
		(uint32_t)in[0], (void (*)(struct core *))((uint64_t)_image_start + in[1]), in[2]);
}

int64_t remote_turn_on(struct peer *peer, uint32_t vcpu, void (*body)(struct core *core),
		       uint64_t argument)
{
	struct remote r = remote_call(peer, turn_on_serve, vcpu,
				      (uint64_t)body - (uint64_t)_image_start, argument, 0);

	return r.end == REMOTE_DONE ? (int64_t)r.out[0] : -100;
}

const char *remote_text(const struct remote *remote)
{
	static const char *const texts[] = {
		[REMOTE_DONE] = "it answered",
		[REMOTE_ABORTED] = "it has ended",
		[REMOTE_HUNG] = "it hung",
		[REMOTE_REFUSED] = "the request was refused",
		[REMOTE_STRANGE] = "it came back otherwise",
	};

	return texts[remote->end];
}

uint64_t peer_address(const struct peer *peer, const void *object)
{
	return peer->image + ((uint64_t)object - (uint64_t)_image_start);
}

struct peer *peer_take(void)
{
	while (peers_taken < peer_count)
		if (!peers[peers_taken++].dead)
			return &peers[peers_taken - 1];
	guest_fail("no secondary is left for this test; it needs more than %u", peer_count);
}

void peer_give_back(const struct peer *peer)
{
	if (peers_taken && &peers[peers_taken - 1] == peer)
		peers_taken--;
}

void peer_start(struct peer *peer)
{
	struct regs r = peer_run(peer, 0, START_TIMEOUT);
	struct remote hello;

	if (r.x[0] != FFA_MSG_WAIT)
		guest_fail("VM %u did not start: %llx %llx", peer->id, (unsigned long long)r.x[0],
			   (unsigned long long)r.x[2]);
	hello = remote_call(peer, agent_hello, 0, 0, 0, 0);
	if (hello.end != REMOTE_DONE)
		guest_fail("VM %u does not answer: %s", peer->id, remote_text(&hello));
	peer->dead = false;
	peer->image = hello.out[0];
	peer->memory = (struct span){hello.out[1], hello.out[2]};
	peer->spare = (struct span){hello.out[3],
				    peer->memory.start + peer->memory.size - hello.out[3]};
	for (unsigned i = 0; i < guest.stream_count; i++)
		if (guest.streams[i].peer == peer->id)
			peer->stream = guest.streams[i].at;
}

void peers_start(void)
{
	const struct ffa_partition_info *info = (const void *)mailbox_rx;
	struct regs r = call(FFA_RXTX_MAP_64, (uint64_t)mailbox_tx, (uint64_t)mailbox_rx, 1);
	uint64_t count;

	if (r.x[0] == FFA_SUCCESS_32)
		r = call(FFA_PARTITION_INFO_GET);
	if (r.x[0] != FFA_SUCCESS_32 || r.x[3] != sizeof(*info))
		guest_fail("the partitions cannot be listed: %llx %llx", (unsigned long long)r.x[0],
			   (unsigned long long)r.x[2]);
	count = r.x[2];
	for (uint64_t i = 0; i < count; i++)
		if (info[i].vm_id != guest.id)
			peers[peer_count++] = (struct peer){.id = info[i].vm_id,
							    .vcpus = info[i].vcpu_count};
	call(FFA_RX_RELEASE);
	for (unsigned i = 0; i < peer_count; i++)
		peer_start(&peers[i]);
}

/* The answer of BH_VM_FAULT or BH_VM_COUNTERS, copied out of the mailbox */
static bool record_get(const struct regs *r, void *out, size_t size)
{
	if (r->x[0] != FFA_SUCCESS_32 || r->x[2] != size)
		return false;
	memcpy(out, mailbox_rx, size);
	call(FFA_RX_RELEASE);
	return true;
}

bool fault_get(uint16_t vm, struct bh_fault *out, int32_t *code)
{
	struct regs r = call(BH_VM_FAULT, vm);

	*code = error_of(&r);
	return record_get(&r, out, sizeof(*out));
}

bool counters_get(uint16_t vm, uint32_t vcpu, struct bh_counters *out)
{
	struct regs r = call(BH_VM_COUNTERS, FFA_VM_VCPU(vm, vcpu));

	return record_get(&r, out, sizeof(*out));
}
