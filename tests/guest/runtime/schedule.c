/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See schedule.h. A thread belongs to the core that took it (state BUSY); the wake flag is
 * anybody's to set, before the state is looked at.
 */
#include <tests/guest/runtime/schedule.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/string.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/workers.h>

#define IDLE 100u /* microseconds, at most, that a core does not look for something to do */

enum thread_state { OFF, WAITING, READY, BUSY, ENDED };

static struct {
	uint32_t state; /* enum thread_state, atomic */
	uint32_t wake;  /* atomic */
	uint64_t due;   /* while WAITING */
	uint32_t last_core;
} threads[CORES_MAX];

static struct {
	struct peer *peer;
	const struct schedule *how;
	uint64_t end;
	uint32_t stop;      /* atomic */
	struct regs answer; /* of vCPU 0 */
} group;

static void state_set(unsigned vcpu, enum thread_state state)
{
	__atomic_store_n(&threads[vcpu].state, state, __ATOMIC_SEQ_CST);
}

static bool thread_take(unsigned vcpu, uint32_t from)
{
	return __atomic_compare_exchange_n(&threads[vcpu].state, &from, BUSY, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* true when the calling core has taken a thread that is to be run now */
static bool thread_claim(unsigned vcpu, uint32_t core)
{
	const struct schedule *how = group.how;

	if (how->migrate ? threads[vcpu].last_core == core && how->cores > 1
			 : vcpu % how->cores != core)
		return false;
	if (thread_take(vcpu, READY))
		return true;
	if (__atomic_exchange_n(&threads[vcpu].wake, 0, __ATOMIC_SEQ_CST)) {
		if (thread_take(vcpu, WAITING) || thread_take(vcpu, OFF))
			return true;
		__atomic_store_n(&threads[vcpu].wake, 1, __ATOMIC_SEQ_CST);
	}
	return threads[vcpu].due <= now() && thread_take(vcpu, WAITING);
}

static void thread_left(unsigned vcpu, const struct regs *r)
{
	threads[vcpu].due = UINT64_MAX;
	switch (r->x[0]) {
	case BH_RUN_WAKE_UP:
		__atomic_store_n(&threads[FFA_VCPU_OF(r->x[2])].wake, 1, __ATOMIC_SEQ_CST);
		state_set(vcpu, READY);
		return;
	case FFA_INTERRUPT:
	case FFA_YIELD:
		state_set(vcpu, READY);
		return;
	case BH_RUN_WAIT_FOR_INTERRUPT:
		threads[vcpu].due = r->x[2];
		state_set(vcpu, WAITING);
		return;
	case BH_RUN_VCPU_OFF:
		state_set(vcpu, OFF);
		return;
	default:
		if (vcpu == 0)
			group.answer = *r;
		state_set(vcpu, ENDED);
	}
}

static void thread_run(unsigned vcpu, uint32_t core)
{
	struct regs r;

	threads[vcpu].last_core = core;
	ptimer_start(now() + ticks_of_us(group.how->quantum_us));
	r = call(FFA_RUN, FFA_VM_VCPU(group.peer->id, vcpu));
	ptimer_stop();
	interrupts_take();
	thread_left(vcpu, &r);
}

static bool group_is_done(void)
{
	for (unsigned i = 0; i < group.peer->vcpus; i++) {
		uint32_t state = __atomic_load_n(&threads[i].state, __ATOMIC_SEQ_CST);

		if (state != ENDED && (i == 0 || state != OFF || threads[i].wake))
			return false;
	}
	return true;
}

static void core_loop(uint64_t core)
{
	while (!__atomic_load_n(&group.stop, __ATOMIC_SEQ_CST)) {
		bool idle = true;

		for (unsigned i = 0; i < group.peer->vcpus; i++) {
			if (!thread_claim(i, (uint32_t)core))
				continue;
			thread_run(i, (uint32_t)core);
			idle = false;
		}
		if (core == 0 && (group_is_done() || now() > group.end))
			__atomic_store_n(&group.stop, 1, __ATOMIC_SEQ_CST);
		else if (idle)
			core_idle(IDLE);
	}
}

struct remote remote_schedule(struct peer *peer, remote_fn function, uint64_t a, uint64_t b,
			      const struct schedule *how)
{
	struct remote remote = {.end = REMOTE_STRANGE};
	struct regs r;

	memset(threads, 0, sizeof(threads));
	group.peer = peer;
	group.how = how;
	group.end = now() + ticks_of_us(how->limit_us);
	group.stop = 0;
	memset(&group.answer, 0, sizeof(group.answer));
	ptimer_start(now() + ticks_of_us(how->quantum_us));
	r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0,
		 (uint64_t)function - (uint64_t)_image_start, a, b);
	interrupts_take();
	thread_left(0, &r);
	for (unsigned i = 1; i < how->cores; i++)
		worker_do(i, core_loop, i);
	core_loop(0);
	for (unsigned i = 1; i < how->cores; i++)
		worker_wait(i);
	remote.value = (int64_t)group.answer.x[0];
	if (!group_is_done()) {
		remote.end = REMOTE_HUNG;
		peer->dead = true;
		call(BH_VM_STOP, peer->id);
	} else if (group.answer.x[0] == FFA_MSG_SEND_DIRECT_RESP_64) {
		remote.end = REMOTE_DONE;
		memcpy(remote.out, &group.answer.x[3], sizeof(remote.out));
	} else if (group.answer.x[0] == BH_RUN_ABORTED) {
		remote.end = REMOTE_ABORTED;
		peer->dead = true;
	}
	return remote;
}
