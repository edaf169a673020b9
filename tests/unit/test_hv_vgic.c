/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Virtual interrupts with an interrupt controller by the words of IHI 0069 (hv_fake/gic.h): two
 * cores, their primaries and secondaries that move between them; interrupts from other cores,
 * timers and devices, guests that take and end them in every order. No interrupt is lost, none
 * comes twice or while it is disabled, the timer's physical state belongs to the vCPU that is on
 * the core.
 */
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <bulkhead/hypercall.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/vgic.h>

#define STEPS   200000
#define CORES   2
#define VCPUS   6 /* the first CORES are the primaries' */
#define IDS     128
#define SGIS    16
#define DEVICE0 33u /* of the primary on core 0; that of core 1 is DEVICE1 */
#define DEVICE1 100u

static struct random rng;

/* What a guest knows, and what is on its way to it. */
struct guest {
	struct vcpu *vcpu;
	int core; /* -1: on none */
	uint32_t vmcr;
	bool enabled[IDS];
	bool must[IDS];     /* raised since it was last taken */
	unsigned may[IDS];  /* how often it may still come: as often as it was raised */
	uint8_t stack[IDS]; /* taken, not dropped; equal priorities: one at most */
	unsigned depth;
	bool active[IDS]; /* taken, not deactivated */
};

static struct guest guests[VCPUS];
static struct guest *current[CORES];
static unsigned taken, taken_hardware, left_full, disables_pending;

static struct fake_gic *gic_at(unsigned core)
{
	return &fake_gics[core];
}

static bool is_hardware(uint32_t id)
{
	return id >= SGIS;
}

static bool is_primary(const struct guest *g)
{
	return g < guests + CORES;
}

/* The device interrupt of a primary, 0 for others. */
static uint32_t device_of(const struct guest *g)
{
	return g == &guests[0] ? DEVICE0 : g == &guests[1] ? DEVICE1 : 0;
}

/* --- what must hold --- */

static bool in_bitmap(const struct guest *g, uint32_t id)
{
	return g->vcpu->irq.pending[id / 64] >> id % 64 & 1;
}

static bool in_list_register(const struct guest *g, uint32_t id, uint64_t state)
{
	const struct vcpu_irq *irq = &g->vcpu->irq;
	const uint64_t *lr = g->core >= 0 ? gic_at((unsigned)g->core)->lr : irq->lr;

	for (unsigned i = 0; i < MAX_LRS; i++)
		if ((g->core >= 0 || irq->lr_used >> i & 1) && LR_VINTID(lr[i]) == id &&
		    (lr[i] & state))
			return true;
	return false;
}

static void guest_check(const struct guest *g)
{
	for (uint32_t id = 0; id < IDS; id++) {
		bool pending;

		if (id >= SGIS && id != INTID_VTIMER && id != INTID_PTIMER && id != DEVICE0 &&
		    id != DEVICE1)
			continue;
		pending = in_bitmap(g, id) || in_list_register(g, id, LR_PENDING);

		if (g->active[id] != in_list_register(g, id, LR_ACTIVE))
			fail_msg("interrupt %u is%s active", id, g->active[id] ? " not" : "");
		if (is_hardware(id))
			continue;
		if (g->must[id] && !pending)
			fail_msg("interrupt %u is lost", id);
		if (pending && !g->may[id])
			fail_msg("interrupt %u is pending once too often", id);
	}
}

/* After the hypervisor was on the core, whatever for. */
static void core_check(unsigned core)
{
	const struct guest *g = current[core];
	const struct vcpu_irq *irq = &g->vcpu->irq;
	bool waits = false;

	for (unsigned w = 0; w < IRQ_WORDS; w++)
		waits = waits || (irq->pending[w] & irq->enabled[w]);
	left_full += waits;
	assert_int_equal(gic_at(core)->refill != 0, waits);
	assert_int_equal(gic_at(core)->vmcr, g->vmcr);
	/* the timer's interrupt is active while it is the guest's, or is on its way to it */
	assert_int_equal(gic_at(core)->active >> INTID_VTIMER & 1,
			 in_list_register(g, INTID_VTIMER, LR_PENDING | LR_ACTIVE) ||
				 (irq->hardware[0] >> INTID_VTIMER & 1));
}

static void check_all(void)
{
	for (unsigned i = 0; i < VCPUS; i++)
		guest_check(&guests[i]);
}

/* --- the hypervisor on a core --- */

/* trap_irq, but for who runs next */
static void hypervisor_exit(unsigned core)
{
	uint32_t id;

	fake_core_select(core);
	while ((id = gic->acknowledge()) < INTID_LIMIT) {
		gic->drop(id);
		if (id == INTID_MAINTENANCE)
			gic->refill_set(0);
		if (id == INTID_MAINTENANCE || id == INTID_KICK)
			gic->deactivate(id);
		else
			vgic_set_pending_hardware(
				id == INTID_VTIMER ? current[core]->vcpu : guests[core].vcpu, id);
	}
	vgic_flush(current[core]->vcpu);
	core_check(core);
}

static void hypervisor_switch(unsigned core, struct guest *next)
{
	fake_core_select(core);
	next->vcpu->state = VCPU_RUNNING;
	vcpu_switch(&cpus[core], next->vcpu);
	current[core]->core = -1;
	current[core] = next;
	next->core = (int)core;
	core_check(core);
	/* only what the guest has begun to handle is active: the level raises the rest again */
	assert_int_equal(gic_at(core)->active >> INTID_VTIMER & 1, next->active[INTID_VTIMER]);
}

static void hypervisor_enable(unsigned core, uint32_t id, bool on)
{
	struct guest *g = current[core];
	uint64_t *x = g->vcpu->x;

	fake_core_select(core);
	disables_pending += !on && in_list_register(g, id, LR_PENDING);
	x[0] = BH_INTR_ENABLE;
	x[1] = id;
	x[2] = on;
	vendor_call(&cpus[core]);
	assert_int_equal(x[0], FFA_SUCCESS_32);
	g->enabled[id] = on;
	core_check(core);
}

/* --- guests --- */

static unsigned actives(const struct guest *g)
{
	unsigned count = 0;

	for (uint32_t id = 0; id < IDS; id++)
		count += g->active[id];
	return count;
}

/* Nothing physical waits for the core, so what is pending and may be taken has to be there. */
static void expect_nothing(unsigned core, const struct guest *g)
{
	const struct fake_core *timer = &fake_cores[core];
	uint32_t device = device_of(g);

	if (fake_gic_is_signalled() || g->depth)
		return;
	/* a guest that ends none fills the list registers itself */
	if (gic_at(core)->refill && actives(g) > 1)
		return;
	for (uint32_t id = 0; id < SGIS; id++)
		if (g->must[id] && g->enabled[id] && !g->active[id])
			fail_msg("interrupt %u does not come", id);
	if (timer->cntv_ctl_el0 == 1 && g->enabled[INTID_VTIMER] && !g->active[INTID_VTIMER])
		fail_msg("the virtual timer's interrupt does not come");
	if (!is_primary(g))
		return;
	if (gic_at(core)->ptimer && g->enabled[INTID_PTIMER] && !g->active[INTID_PTIMER])
		fail_msg("the physical timer's interrupt does not come");
	if (fake_spis[device].level && g->enabled[device] && !g->active[device])
		fail_msg("the device's interrupt does not come");
}

static bool guest_take(unsigned core)
{
	struct guest *g = current[core];
	uint32_t id;

	fake_core_select(core);
	id = fake_guest_acknowledge();
	if (id >= INTID_LIMIT) {
		expect_nothing(core, g);
		return false;
	}
	assert_true(id < IDS);
	if (!g->enabled[id])
		fail_msg("interrupt %u comes while it is disabled", id);
	assert_true(!g->active[id] && g->depth == 0);
	if (is_hardware(id)) {
		taken_hardware++;
		assert_true(id >= INTID_SPI_FIRST ? fake_spis[id].active
						  : gic_at(core)->active >> id & 1);
	} else {
		assert_true(g->may[id] > 0);
		g->may[id]--;
		g->must[id] = false;
	}
	taken++;
	g->active[id] = true;
	g->stack[g->depth++] = (uint8_t)id;
	return true;
}

static void guest_drop(unsigned core)
{
	struct guest *g = current[core];
	uint32_t id;

	if (!g->depth)
		return;
	fake_core_select(core);
	id = g->stack[--g->depth];
	if (!(g->vmcr & FAKE_VMCR_SPLIT_EOI))
		g->active[id] = false;
	fake_guest_eoi(id);
}

/* Of a guest that splits EOI: any that is active and dropped. */
static void guest_deactivate(unsigned core)
{
	struct guest *g = current[core];
	uint32_t id = (uint32_t)random_below(&rng, IDS);

	if (!(g->vmcr & FAKE_VMCR_SPLIT_EOI))
		return;
	for (uint32_t i = 0; i < IDS; i++, id = (id + 1) % IDS)
		if (g->active[id] && !(g->depth && g->stack[0] == id))
			break;
	if (!g->active[id] || (g->depth && g->stack[0] == id))
		return;
	fake_core_select(core);
	g->active[id] = false;
	fake_guest_deactivate(id);
}

/* --- the world --- */

static void raise_sgi(struct guest *g, uint32_t id)
{
	vgic_set_pending(g->vcpu, id);
	g->must[id] = true;
	g->may[id]++;
	if (g->core >= 0)
		gic_at((unsigned)g->core)->kicked = true;
}

static void device_change(unsigned core)
{
	uint32_t device = device_of(&guests[core]);

	switch (random_below(&rng, 3)) {
	case 0:
		/* the running guest sets its timer, to now or never */
		fake_cores[core].cntv_ctl_el0 = random_below(&rng, 2);
		break;
	case 1:
		gic_at(core)->ptimer = random_one_in(&rng, 2);
		break;
	default:
		fake_spis[device].level = random_one_in(&rng, 2);
	}
}

static uint32_t random_id(const struct guest *g)
{
	uint32_t id = (uint32_t)random_below(&rng, SGIS + 4);

	if (id < SGIS)
		return id;
	if (id == SGIS || !is_primary(g))
		return INTID_VTIMER;
	return id == SGIS + 1 ? INTID_PTIMER : device_of(g);
}

static struct guest *random_idle(unsigned core)
{
	struct guest *g = &guests[CORES + random_below(&rng, VCPUS - CORES)];

	return random_one_in(&rng, 3) || g->core >= 0 ? &guests[core] : g;
}

static void step(bool calm)
{
	unsigned core = (unsigned)random_below(&rng, CORES);
	struct guest *next;

	switch (random_below(&rng, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		/* storms, and times in which list registers are empty */
		if (calm && !random_one_in(&rng, 16))
			break;
		raise_sgi(&guests[random_below(&rng, VCPUS)], (uint32_t)random_below(&rng, SGIS));
		break;
	case 4:
		device_change(core);
		break;
	case 5:
		hypervisor_enable(core, random_id(current[core]), random_below(&rng, 4) != 0);
		break;
	case 6:
		next = random_idle(core);
		if (next->core < 0)
			hypervisor_switch(core, next);
		break;
	case 7:
	case 8:
		hypervisor_exit(core);
		break;
	case 9:
	case 10:
		guest_deactivate(core);
		break;
	case 11:
	case 12:
		guest_drop(core);
		break;
	default:
		guest_take(core);
	}
}

/* --- */

static void guests_make(void)
{
	struct vm *primary = vm_make_bare(1, CORES, 1);
	struct vm *secondary = vm_make_bare(2, VCPUS - CORES, 1);

	primary->devices[0] = UINT64_C(1) << DEVICE0;
	primary->devices[DEVICE1 / 64] |= UINT64_C(1) << DEVICE1 % 64;
	memset(guests, 0, sizeof(guests));
	for (unsigned i = 0; i < VCPUS; i++) {
		struct guest *g = &guests[i];

		g->vcpu = i < CORES ? &primary->vcpus[i] : &secondary->vcpus[i - CORES];
		g->core = -1;
		g->vmcr = FAKE_VMCR_ENABLED | (i % 2 ? FAKE_VMCR_SPLIT_EOI : 0);
		g->vcpu->irq.vmcr = g->vmcr;
	}
	for (unsigned core = 0; core < CORES; core++) {
		fake_core_select(core);
		cpus[core].primary = guests[core].vcpu;
		vcpu_load_first(&cpus[core], guests[core].vcpu);
		guests[core].vcpu->state = VCPU_RUNNING;
		guests[core].core = (int)core;
		current[core] = &guests[core];
	}
}

static int start(void **state)
{
	(void)state;
	fake_machine_reset(CORES);
	guests_make();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	vm_free(vms[0]);
	vm_free(vms[1]);
	return 0;
}

static void drain(struct guest *g)
{
	unsigned core = is_primary(g) ? (unsigned)(g - guests) : 0;

	if (g->core >= 0)
		core = (unsigned)g->core;
	else
		hypervisor_switch(core, g);
	fake_cores[core].cntv_ctl_el0 = 0;
	gic_at(core)->ptimer = false;
	fake_spis[DEVICE0].level = fake_spis[DEVICE1].level = false;
	for (uint32_t id = 0; id < SGIS; id++)
		hypervisor_enable(core, id, true);
	for (unsigned idle = 0; idle < 8 * IDS; idle++) {
		if (guest_take(core))
			idle = 0;
		guest_drop(core);
		guest_deactivate(core);
		fake_core_select(core);
		if (fake_gic_is_signalled())
			hypervisor_exit(core);
		guest_check(g);
	}
	for (uint32_t id = 0; id < IDS; id++)
		assert_false(g->must[id] || g->active[id]);
	hypervisor_switch(core, &guests[core]);
}

static void test_random(void **state)
{
	(void)state;
	rng = random_start();
	for (unsigned i = 0; i < STEPS; i++) {
		step(i / 1000 % 4 != 0);
		check_all();
	}
	for (unsigned core = 0; core < CORES; core++)
		hypervisor_switch(core, &guests[core]);
	for (unsigned i = 0; i < VCPUS; i++)
		drain(&guests[i]);
	print_message(
		"taken: %u, %u of hardware; list registers full: %u; disabled when pending: %u\n",
		taken, taken_hardware, left_full, disables_pending);
	assert_true(taken > STEPS / 40 && taken_hardware > STEPS / 200);
	assert_true(left_full > 100 && disables_pending > 100);
}

/* --- single cases --- */

/* What a guest writes to its active priorities masks its own interrupts, nobody else's. */
static void test_active_priorities(void **state)
{
	struct guest *a = &guests[CORES], *b = &guests[CORES + 1];

	(void)state;
	for (uint32_t apr = 1; apr; apr <<= 1) {
		hypervisor_switch(0, a);
		gic_at(0)->apr = apr;
		hypervisor_switch(0, b);
		assert_int_equal(gic_at(0)->apr, 0);
		hypervisor_switch(0, &guests[0]);
		assert_int_equal(gic_at(0)->apr, 0);
		hypervisor_switch(0, a);
		assert_int_equal(gic_at(0)->apr, apr);
		gic_at(0)->apr = 0;
		hypervisor_switch(0, b);
		hypervisor_switch(0, a);
		assert_int_equal(gic_at(0)->apr, 0);
	}
}

/* The request for a maintenance interrupt is of the vCPU whose interrupts wait. */
static void test_underflow(void **state)
{
	struct guest *g = &guests[CORES];

	(void)state;
	hypervisor_switch(0, g);
	for (uint32_t id = 0; id < MAX_LRS + 1; id++) {
		hypervisor_enable(0, id, true);
		raise_sgi(g, id);
	}
	hypervisor_exit(0);
	assert_true(gic_at(0)->refill);
	hypervisor_switch(0, &guests[0]);
	assert_false(gic_at(0)->refill);
	hypervisor_switch(0, g);
	assert_true(gic_at(0)->refill);
	hypervisor_enable(0, MAX_LRS, false);
	assert_false(gic_at(0)->refill);
}

/*
 * The VM has ended: what it had not finished is over, and its timer's interrupt can come for the
 * next.
 */
static void test_release(void **state)
{
	struct guest *g = &guests[CORES];

	(void)state;
	hypervisor_switch(0, g);
	hypervisor_enable(0, INTID_VTIMER, true);
	hypervisor_enable(0, 3, true);
	fake_cores[0].cntv_ctl_el0 = 1;
	raise_sgi(g, 3);
	hypervisor_exit(0);
	assert_true(guest_take(0));
	assert_int_equal(fake_gic_lrs_valid(gic_at(0)), 2);
	vgic_release(g->vcpu);
	assert_int_equal(fake_gic_lrs_valid(gic_at(0)), 0);
	assert_int_equal(gic_at(0)->active & 1u << INTID_VTIMER, 0);
	assert_int_equal(gic_at(0)->apr, 0);
	vcpu_switch(&cpus[0], guests[0].vcpu);
	assert_int_equal(fake_gic_lrs_valid(gic_at(0)), 0);
	assert_int_equal(gic_at(0)->apr, 0);
}

/* A primary that ends with a device's interrupt in hand would hold it for ever. */
static void test_release_device(void **state)
{
	(void)state;
	hypervisor_enable(0, DEVICE0, true);
	fake_spis[DEVICE0].level = true;
	hypervisor_exit(0);
	assert_true(guest_take(0) && fake_spis[DEVICE0].active);
	vgic_release(guests[0].vcpu);
	assert_false(fake_spis[DEVICE0].active);
}

static void expect_get(uint32_t id, uint64_t expected)
{
	uint64_t *x = cpus[0].current->x;

	x[0] = BH_INTR_GET;
	x[1] = id;
	vendor_call(&cpus[0]);
	assert_int_equal(x[0], FFA_SUCCESS_32);
	assert_int_equal(x[2], expected);
}

/* Pending is pending, in a list register as well. */
static void test_get(void **state)
{
	struct guest *g = &guests[0];

	(void)state;
	expect_get(5, 0);
	raise_sgi(g, 5);
	expect_get(5, BH_INTR_PENDING);
	hypervisor_enable(0, 5, true);
	assert_true(in_list_register(g, 5, LR_PENDING));
	expect_get(5, BH_INTR_ENABLED | BH_INTR_PENDING);
	assert_true(guest_take(0));
	expect_get(5, BH_INTR_ENABLED);
	raise_sgi(g, 5);
	expect_get(5, BH_INTR_ENABLED | BH_INTR_PENDING);
	hypervisor_exit(0);
	expect_get(5, BH_INTR_ENABLED | BH_INTR_PENDING);
	guest_drop(0);
	expect_get(5, BH_INTR_ENABLED | BH_INTR_PENDING);
	hypervisor_enable(0, 5, false);
	expect_get(5, BH_INTR_PENDING);
	assert_false(guest_take(0));
	hypervisor_enable(0, 5, true);
	assert_true(guest_take(0));
	expect_get(5, BH_INTR_ENABLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random, start, finish),
		cmocka_unit_test_setup_teardown(test_active_priorities, start, finish),
		cmocka_unit_test_setup_teardown(test_underflow, start, finish),
		cmocka_unit_test_setup_teardown(test_release, start, finish),
		cmocka_unit_test_setup_teardown(test_release_device, start, finish),
		cmocka_unit_test_setup_teardown(test_get, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
