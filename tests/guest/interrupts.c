/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Software interrupts: to the caller itself, from the primary and from a sibling, into vCPUs that
 * run, wait, are ready or off; and more of them than there are list registers.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define SGIS 16u
#define LONG 5000000u /* microseconds: nothing takes so long */
#define SOON 2000u

/* in[0]: bits of interrupts to enable, in[1]: to disable */
static void enable_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	gic_start();
	out[0] = true;
	for (uint32_t id = 0; id < 32; id++)
		if ((in[0] | in[1]) >> id & 1)
			out[0] = gic_enable(id, in[0] >> id & 1) && out[0];
}

/* Takes what is pending; out[0]: bits of what was taken, out[1]: how many, out[2]: spurious */
static void take_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before[32];

	(void)in;
	for (uint32_t id = 0; id < 32; id++)
		before[id] = core->taken[id];
	core->spurious = 0;
	interrupts_take();
	for (uint32_t id = 0; id < 32; id++) {
		out[0] |= (uint64_t)(core->taken[id] != before[id]) << id;
		out[1] += core->taken[id] - before[id];
	}
	out[2] = core->spurious;
}

static uint64_t bits_in(uint64_t bits)
{
	uint64_t count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

static void take_check(struct peer *peer, uint64_t bits, const char *name)
{
	struct remote r = remote_call(peer, take_serve, 0, 0, 0, 0);
	struct verdict v = {0};

	VERIFY(&v, r.end == REMOTE_DONE, "%s", remote_text(&r));
	VERIFY(&v, r.out[0] == bits && r.out[1] == bits_in(bits) && r.out[2] == 0,
	       "took %#llx in %llu interrupts, %llu spurious", (unsigned long long)r.out[0],
	       (unsigned long long)r.out[1], (unsigned long long)r.out[2]);
	conclude(&v, "%s", name);
}

static void inject_own_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	for (uint32_t id = 0; id < SGIS; id++)
		if (in[0] >> id & 1)
			out[0] |= (uint64_t)gic_inject(guest.id, core_this()->index, id);
	out[1] = (uint64_t)gic_state((uint32_t)in[1]);
}

GUEST_TEST(sgi_self)
{
	struct peer *peer = peer_take();
	struct remote r;

	remote_call(peer, enable_serve, 1 << 3, 0, 0, 0);
	r = remote_call(peer, inject_own_serve, 1 << 3, 3, 0, 0);
	check_is(r.out[0], 0, "an injection into itself needs no run");
	take_check(peer, 1 << 3, "it takes the interrupt once");
	take_check(peer, 0, "and then no more");
	r = remote_call(peer, inject_own_serve, 1 << 4, 4, 0, 0);
	check_is(r.out[1], BH_INTR_PENDING, "one that is disabled is pending");
	take_check(peer, 0, "but not taken");
	remote_call(peer, enable_serve, 1 << 4, 0, 0, 0);
	take_check(peer, 1 << 4, "until it is enabled");
	r = remote_call(peer, inject_own_serve, 0, 4, 0, 0);
	check_is(r.out[1], BH_INTR_ENABLED, "then it is enabled and no more pending");
	remote_call(peer, enable_serve, 0, 1 << 4, 0, 0);
	remote_call(peer, inject_own_serve, 1 << 3 | 1 << 4, 4, 0, 0);
	take_check(peer, 1 << 3, "disabled again it waits again");
	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	take_check(peer, 1 << 4, "and comes with the next enable");
	remote_call(peer, inject_own_serve, 0xFFFF, 0, 0, 0);
	take_check(peer, 0xFFFF, "16 at once, more than the list registers hold: each once");
	remote_call(peer, inject_own_serve, 0xFFFF, 0, 0, 0);
	remote_call(peer, inject_own_serve, 0xFFFF, 0, 0, 0);
	take_check(peer, 0xFFFF, "16 at once, twice: they merge");
}

static void mask_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	gic_mask_set((uint32_t)in[0]);
	out[0] = 1;
}

GUEST_TEST(sgi_priority_mask)
{
	struct peer *peer = peer_take(), *other = peer_take();

	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	remote_call(other, enable_serve, 0xFFFF, 0, 0, 0);
	remote_call(peer, mask_serve, 0, 0, 0, 0);
	remote_call(peer, inject_own_serve, 0xFF, 0, 0, 0);
	remote_call(other, inject_own_serve, 0xFF, 0, 0, 0);
	take_check(peer, 0, "interrupts below the priority mask are not taken");
	take_check(other, 0xFF, "the mask is the VM's own");
	remote_call(peer, mask_serve, 0xF8, 0, 0, 0);
	take_check(peer, 0xFF, "they come when the mask is lifted");
}

static void again_hook(struct core *core, uint32_t id)
{
	if (core->taken[id] < 5)
		gic_inject(guest.id, core->index, id);
}

/* injects the interrupt that it handles, before it ends it: pending and active at once */
static void again_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();

	core->taken[in[0]] = 0;
	core->on_interrupt = again_hook;
	gic_inject(guest.id, core->index, (uint32_t)in[0]);
	interrupts_take();
	core->on_interrupt = NULL;
	out[0] = core->taken[in[0]];
}

GUEST_TEST(sgi_while_active)
{
	struct peer *peer = peer_take();

	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	check_is(remote_call(peer, again_serve, 2, 0, 0, 0).out[0], 5,
		 "one that comes while it is handled is taken once more");
	remote_call(peer, inject_own_serve, 0xFF00, 0, 0, 0);
	check_is(remote_call(peer, again_serve, 2, 0, 0, 0).out[0], 5,
		 "also when the list registers are full");
}

/*
 * Makes every priority active, as if interrupts were being handled that never end, and masks all.
 */
static void priorities_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	if (guest.gic_version == 3) {
		sysreg_write(icc_ap0r0_el1, 0xFFFFFFFF);
		sysreg_write(icc_ap1r0_el1, 0xFFFFFFFF);
	} else {
		mmio_write32(guest.gicv + 0xD0, 0xFFFFFFFF);
	}
	gic_mask_set(0);
	out[0] = 1;
}

/*
 * What a VM does to its CPU interface it does to itself only: the next VM on the core takes its
 * interrupts, and the primary its own.
 */
GUEST_TEST(sgi_attack)
{
	struct peer *attacker = peer_take(), *other = peer_take();
	uint32_t before;

	remote_call(other, enable_serve, 0xFFFF, 0, 0, 0);
	remote_call(attacker, enable_serve, 0xFFFF, 0, 0, 0);
	check_is(remote_call(attacker, priorities_serve, 0, 0, 0, 0).out[0], 1,
		 "a secondary makes all priorities active");
	remote_call(other, inject_own_serve, 0xFF, 0, 0, 0);
	take_check(other, 0xFF, "another secondary takes its interrupts");
	before = cores[0].taken[INTID_PTIMER];
	ptimer_start(now());
	interrupts_on();
	check(wait_until(cores[0].taken[INTID_PTIMER] != before, LONG),
	      "the primary takes its timer");
	interrupts_off();
	remote_call(attacker, inject_own_serve, 0xFF, 0, 0, 0);
	take_check(attacker, 0, "the attacker takes nothing");
}

/* --- from the primary --- */

GUEST_TEST(sgi_to_waiting)
{
	struct peer *peer = peer_take();
	struct regs r;

	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	check_is((uint64_t)gic_inject(peer->id, 0, 5), 1,
		 "an injection into a vCPU in MSG_WAIT asks the primary to run it");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_WAIT && r.x[2] == 1,
	      "run, it waits again with the interrupt masked: x2 = 1 (%llx)",
	      (unsigned long long)r.x[2]);
	take_check(peer, 1 << 5, "and takes it in the next request");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_WAIT && r.x[2] == 0, "then x2 = 0");
	for (uint32_t id = 0; id < SGIS; id++)
		gic_inject(peer->id, 0, id);
	take_check(peer, 0xFFFF, "16 at once from the primary: each once");
}

static void wfi_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[in[0]];

	while (core->taken[in[0]] == before) {
		wfi();
		interrupts_take();
		out[1]++;
	}
	out[0] = core->taken[in[0]] - before;
}

/* Sends a request and returns what comes back first */
static struct regs request(const struct peer *peer, remote_fn function, uint64_t a, uint64_t b)
{
	return call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0,
		    (uint64_t)function - (uint64_t)_image_start, a, b);
}

GUEST_TEST(sgi_to_wfi)
{
	struct peer *peer = peer_take();
	struct regs r;

	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	r = request(peer, wfi_serve, 6, 0);
	check(r.x[0] == BH_RUN_WAIT_FOR_INTERRUPT && r.x[1] == FFA_VM_VCPU(peer->id, 0) &&
		      r.x[2] == BH_NO_DEADLINE,
	      "WFI returns to the primary, without deadline");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == BH_RUN_WAIT_FOR_INTERRUPT, "run without reason, it waits again");
	check_is((uint64_t)gic_inject(peer->id, 0, 6), 1,
		 "an injection asks the primary to run it");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1, "it takes the interrupt");
	gic_inject(peer->id, 0, 6);
	r = request(peer, wfi_serve, 6, 0);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1 && r.x[4] == 1,
	      "WFI with an interrupt pending does not leave");
}

static void yield_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	call(FFA_YIELD);
	out[0] = 1;
}

GUEST_TEST(sgi_to_ready)
{
	struct peer *peer = peer_take();
	struct regs r;

	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	r = request(peer, yield_serve, 0, 0);
	check_is(r.x[0], FFA_YIELD, "a vCPU that yielded is ready");
	check_is((uint64_t)gic_inject(peer->id, 0, 7), 0, "it will be run anyway");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check_is(r.x[0], FFA_MSG_SEND_DIRECT_RESP_64, "it goes on");
	take_check(peer, 1 << 7, "and has the interrupt");
	check_is((uint64_t)gic_inject(peer->id, 1, 7), 0, "a vCPU that is off needs no run");
}

static void until_taken_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[in[0]];
	volatile uint64_t *flag = (uint64_t *)guest.streams[0].at.start;

	*flag = 1;
	interrupts_on();
	out[0] = wait_until(core->taken[in[0]] == before + in[1], LONG);
	interrupts_off();
	out[1] = core->taken[in[0]] - before;
}

static struct remote kicked;

static void kick_job(uint64_t peer)
{
	kicked = remote_call((struct peer *)peer, until_taken_serve, 9, 1, 0, 0);
}

/* Needs 2 cores. */
GUEST_TEST(sgi_to_running)
{
	struct peer *peer = peer_take();
	volatile uint64_t *flag = (uint64_t *)peer->stream.start;
	struct bh_counters before, after;

	workers_start(2);
	remote_call(peer, enable_serve, 0xFFFF, 0, 0, 0);
	counters_get(peer->id, 0, &before);
	for (unsigned i = 0; i < 20; i++) {
		*flag = 0;
		worker_do(1, kick_job, (uint64_t)peer);
		wait_until(*flag, LONG);
		if (gic_inject(peer->id, 0, 9) != 0)
			check(false, "an injection into a running vCPU needs no run");
		worker_wait(1);
		if (kicked.end != REMOTE_DONE || kicked.out[0] != 1 || kicked.out[1] != 1)
			check(false, "it takes the interrupt: %llu",
			      (unsigned long long)kicked.out[1]);
	}
	check(counters_get(peer->id, 0, &after), "its counters");
	check_is(after.exits[BH_EXIT_KICK] - before.exits[BH_EXIT_KICK], 20, "each came by a kick");
	check_is(after.exits[BH_EXIT_PREEMPT] - before.exits[BH_EXIT_PREEMPT], 0,
		 "the primary was not involved");
	check_is(after.injected - before.injected, 20, "20 injections counted");
}

/* --- the primary's own --- */

static void primary_take_job(uint64_t in)
{
	struct core *core = core_this();

	gic_enable(4, true);
	interrupts_on();
	wait_until(core->taken[4] >= in, LONG);
	interrupts_off();
}

static struct regs interrupted;

static void primary_run_job(uint64_t peer)
{
	interrupted = request((struct peer *)peer, until_taken_serve, 9, 1);
}

/* Needs 2 cores. */
GUEST_TEST(sgi_to_primary)
{
	struct peer *peer = peer_take();
	volatile uint64_t *flag = (uint64_t *)peer->stream.start;

	workers_start(2);
	worker_do(1, primary_take_job, 1);
	check_is((uint64_t)gic_inject(guest.id, 1, 4), 0,
		 "an injection into the primary needs no run");
	worker_wait(1);
	check_is(cores[1].taken[4], 1, "another core of the primary takes it");
	*flag = 0;
	worker_do(1, primary_run_job, (uint64_t)peer);
	wait_until(*flag, LONG);
	gic_inject(guest.id, 1, 4);
	worker_wait(1);
	check_is(interrupted.x[0], FFA_INTERRUPT,
		 "while that core runs a secondary, the secondary is pre-empted");
	worker_do(1, primary_take_job, 2);
	worker_wait(1);
	check_is(cores[1].taken[4], 2, "and the primary takes the interrupt");
}

/* --- a device's --- */

#define UART_DR    0x00
#define UART_IMSC  0x38
#define UART_ICR   0x44
#define UART_TX    (1u << 5)
#define UART_INTID 33u /* of the board virt */

static void uart_hook(struct core *core, uint32_t id)
{
	(void)core;
	if (id != UART_INTID)
		return;
	mmio_write32(guest.uart.start + UART_IMSC, 0);
	mmio_write32(guest.uart.start + UART_ICR, UART_TX);
}

/* The UART raises its transmit interrupt. */
static void uart_raise(uint64_t unused)
{
	(void)unused;
	mmio_write32(guest.uart.start + UART_DR, '\n');
	mmio_write32(guest.uart.start + UART_IMSC, UART_TX);
}

static void uart_raise_late(uint64_t flag)
{
	wait_until(*(volatile uint64_t *)flag, LONG);
	uart_raise(0);
}

/* It needs no interrupt to go on: the login VM's are another distributor's. */
static void until_flag_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	volatile uint64_t *flag = (uint64_t *)guest.streams[0].at.start;

	(void)in;
	*flag = 1;
	out[0] = wait_until(*flag == 2, 2 * LONG);
}

/* Needs 2 cores. */
GUEST_TEST(device_interrupt)
{
	struct peer *peer = peer_take();
	volatile uint64_t *flag = (uint64_t *)peer->stream.start;
	struct regs r;

	workers_start(2);
	cores[0].on_interrupt = uart_hook;
	check(gic_enable(UART_INTID, true), "the primary enables the console's interrupt");
	uart_raise(0);
	interrupts_on();
	check(wait_until(cores[0].taken[UART_INTID] == 1, LONG), "it takes one");
	interrupts_off();
	for (uint32_t i = 2; i < 5; i++) {
		*flag = 0;
		worker_do(1, uart_raise_late, (uint64_t)flag);
		ptimer_start(now() + ticks_of_us(LONG));
		r = request(peer, until_flag_serve, 0, 0);
		interrupts_take();
		ptimer_stop();
		check(r.x[0] == FFA_INTERRUPT && cores[0].taken[UART_INTID] == i,
		      "while a secondary runs, it is pre-empted for the device's interrupt");
		worker_wait(1);
		*flag = 2;
		r = peer_run(peer, 0, LONG);
		check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3], "and then goes on");
	}
	check(gic_enable(UART_INTID, false), "the primary disables it");
	uart_raise(0);
	interrupts_on();
	wait_until(false, SOON);
	interrupts_off();
	check_is(cores[0].taken[UART_INTID], 4, "then it takes none");
	uart_hook(&cores[0], UART_INTID);
	cores[0].on_interrupt = NULL;
}

/*
 * An interrupt of the primary that is already in a list register when it runs a secondary must not
 * wait for that.
 */
GUEST_TEST(primary_pending)
{
	struct peer *peer = peer_take();
	uint64_t deadline;
	struct regs r;

	gic_enable(2, true);
	gic_inject(guest.id, 0, 2);
	r = request(peer, until_taken_serve, 9, 1);
	check(r.x[0] == FFA_INTERRUPT,
	      "a request with an interrupt of the primary pending returns at once");
	interrupts_take();
	r = peer_run(peer, 0, SOON);
	check_is(r.x[0], FFA_INTERRUPT, "and goes on by FFA_RUN");
	deadline = now() + ticks_of_us(100);
	ptimer_start(deadline);
	wait_until(false,
		   SOON); /* it fires now, masked: the hypervisor has put it into a list register */
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_INTERRUPT, "FFA_RUN with the primary's timer pending returns at once");
	check(now() < deadline + ticks_of_us(LONG / 2), "and not when the secondary gives way");
	interrupts_take();
	check(cores[0].taken[INTID_PTIMER] > 0, "the primary takes its timer interrupt");
}
