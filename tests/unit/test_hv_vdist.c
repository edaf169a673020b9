/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's distributor against a model of the architecture: random
 * accesses of every kind by vCPUs that come and go, devices that raise their lines, guests that take
 * and end interrupts in nested handlers. What is read is what the model has, and what a vCPU takes is
 * the most urgent interrupt that the model would deliver to it.
 */
#include "hv_fake/dist_node.h"
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "unit.h"
#include <bulkhead/types.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>

#define VCPUS    3u
#define STEPS    60000
#define PRIVATE  32u
#define SOFTWARE VDIST_SOFTWARE_SPI
#define DEPTH    3u /* active interrupts of a vCPU: one list register is left */
#define NOBODY   0xFFu

/* one interrupt: of a vCPU, or of all */
struct irq {
	bool enabled, group1, edge, latched, level, active, lost;
	uint8_t priority, senders;
	uint32_t route, holder; /* where it is active */
};

static struct random rng;
static unsigned version;
static bool on[2]; /* groups */
static struct irq own[VCPUS][PRIVATE], spis[1024];
static struct handler {
	uint32_t iar;
	uint8_t priority;
} handlers[VCPUS][DEPTH];
static unsigned depth[VCPUS];
static uint64_t routers[1024];
static unsigned taken, full;

static const uint32_t ids[] = {0, 1, 5, 15, 16, 21, 26, 31, 33, 36, 63, 70, 287, SOFTWARE};

static struct irq *irq_of(uint32_t v, uint32_t id)
{
	return id < PRIVATE ? &own[v][id] : &spis[id];
}

static bool is_known(uint32_t id)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool has_device(uint32_t id)
{
	return id >= PRIVATE && id != SOFTWARE;
}

static bool has_senders(uint32_t id)
{
	return version == 2 && id < 16;
}

static bool is_pending(uint32_t v, uint32_t id)
{
	const struct irq *irq = irq_of(v, id);

	if (has_senders(id))
		return irq->senders;
	return irq->latched || (has_device(id) && !irq->edge && irq->level);
}

/* --- what must hold --- */

/* The best interrupt for v, as rank, or ~0 */
static uint32_t best_of(uint32_t v)
{
	uint32_t best = ~0u;

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct irq *irq = irq_of(v, ids[i]);
		uint32_t rank = (uint32_t)irq->priority << 16 | ids[i];

		if (irq->enabled && on[irq->group1] && is_pending(v, ids[i]) && !irq->active &&
		    (ids[i] < PRIVATE || (irq->route == v && !irq->lost)) && rank < best)
			best = rank;
	}
	return best;
}

static unsigned actives_of(uint32_t v)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		count += irq_of(v, ids[i])->active && irq_of(v, ids[i])->holder == v;
	return count;
}

/* An SPI is enabled where its vCPU is. */
static void routes_check(void)
{
	for (unsigned i = 0; i < DIST_SPIS; i++) {
		uint32_t id = dist_spis[i];
		const struct irq *irq = &spis[id];
		int core = dist_core_of(irq->route);

		assert_int_equal(fake_spis[id].enabled,
				 irq->enabled && on[irq->group1] && !irq->lost);
		if (fake_spis[id].enabled && core >= 0)
			assert_int_equal(fake_spis[id].core, core);
	}
}

/* --- registers --- */

/* a register of 4 bytes for interrupts 32n to 32n + 31, or its part at `offset` */
static uint64_t address_of(uint32_t v, uint32_t offset, uint32_t n)
{
	if (version == 3 && n == 0)
		return DIST_GICR + v * DIST_STRIDE + DIST_SGI + offset;
	return DIST_GICD + offset;
}

enum { GROUP, ENABLED, PENDING, ACTIVE, KINDS };
static const uint32_t set_at[KINDS] = {0x80, 0x100, 0x200, 0x300};

/* Who accesses the private registers of v: with GICv2 only v itself can. */
static uint32_t accessor(uint32_t v)
{
	uint32_t other = (uint32_t)random_below(&rng, VCPUS);

	if (version == 2 || dist_core_of(other) < 0)
		return v;
	return other;
}

static uint32_t model_bits(uint32_t v, uint32_t n, unsigned kind)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < 32; i++) {
		uint32_t id = n * 32 + i;
		const struct irq *irq = irq_of(v, id);
		bool bit = kind == GROUP     ? irq->group1
			   : kind == ENABLED ? irq->enabled
			   : kind == ACTIVE  ? irq->active
					     : is_known(id) && is_pending(v, id);

		bits |= (uint32_t)bit << i;
	}
	return bits;
}

static uint32_t word_random(void)
{
	return ids[random_below(&rng, ARRAY_SIZE(ids))] / 32;
}

static void bits_check(uint32_t v)
{
	uint32_t n = word_random();
	unsigned kind = (unsigned)random_below(&rng, KINDS);
	uint32_t clear = kind != GROUP && random_one_in(&rng, 2) ? 0x80 : 0;
	uint64_t address = address_of(v, set_at[kind] + clear + 4 * n, n);

	assert_int_equal(dist_read(accessor(v), address, 4), model_bits(v, n, kind));
}

static bool on_core(uint32_t v)
{
	return dist_core_of(v) >= 0;
}

/* What the model does with a bit; false: the architecture leaves it open, or time is needed that the model does not have. */
static bool bit_write(uint32_t v, uint32_t id, unsigned kind, bool clear)
{
	struct irq *irq = irq_of(v, id);
	uint32_t at = id < PRIVATE ? v : irq->route;

	switch (kind) {
	case GROUP:
		irq->group1 = !clear;
		return true;
	case ENABLED:
		irq->enabled = !clear;
		return true;
	case PENDING:
		if (has_senders(id))
			return true;
		/* a physical one that the hypervisor has taken already comes once more */
		if (has_device(id) && ((!clear && is_pending(v, id)) || (clear && !on_core(at))))
			return false;
		irq->latched = !clear;
		return true;
	default:
		if (clear && irq->active && id >= PRIVATE && !on_core(irq->holder))
			return false;
		if (!clear && !irq->active && (actives_of(at) >= DEPTH || !on_core(at)))
			return false;
		if (!clear && !irq->active)
			irq->holder = at;
		irq->active = !clear;
		return true;
	}
}

static void bits_write(uint32_t v)
{
	/* so that handlers run, and list registers are short */
	static const unsigned odds[KINDS][2] = {{2, 2}, {2, 5}, {3, 6}, {40, 2}};
	uint32_t n = word_random(), value = 0, junk = (uint32_t)random_next(&rng);
	unsigned kind = (unsigned)random_below(&rng, KINDS);
	bool clear = kind != GROUP && random_one_in(&rng, 2);
	uint32_t by = accessor(v);

	for (uint32_t i = 0; i < 32; i++) {
		uint32_t id = n * 32 + i;
		bool chosen = random_one_in(&rng, odds[kind][clear]);

		/* the bits of a group register are all written */
		if (is_known(id) && kind == GROUP)
			value |= (uint32_t)bit_write(v, id, kind, !chosen) && chosen ? 1u << i : 0;
		else if (is_known(id) && chosen)
			value |= (uint32_t)bit_write(v, id, kind, clear) << i;
		/* private ones all exist: only SPIs that are not the VM's take any value */
		else if (n)
			value |= is_known(id) ? 0 : junk & 1u << i;
	}
	dist_write(by, address_of(v, set_at[kind] + (clear ? 0x80 : 0) + 4 * n, n), 4, value);
}

static void priority_step(uint32_t v)
{
	static const uint8_t levels[] = {0x00, 0x40, 0x80, 0xA0, 0xC8, 0xF8};
	uint32_t id = ids[random_below(&rng, ARRAY_SIZE(ids))];
	struct irq *irq = irq_of(v, id);
	uint8_t priority = levels[random_below(&rng, ARRAY_SIZE(levels))];
	uint64_t address = address_of(v, 0x400 + id, id / 32);

	assert_int_equal(dist_read(accessor(v), address, 1), irq->priority);
	if (irq->active)
		return;
	irq->priority = priority;
	dist_write(accessor(v), address, 1, priority | (random_next(&rng) & 7));
	assert_int_equal(dist_read(accessor(v), address & ~UINT64_C(3), 4) >> 8 * (id & 3) & 0xFF,
			 priority);
}

static void configuration_step(uint32_t v)
{
	uint32_t id = dist_spis[random_below(&rng, DIST_SPIS)], shift = id % 16 * 2;
	struct irq *irq = &spis[id];
	uint64_t address = DIST_GICD + 0xC00 + id / 16 * 4;
	uint32_t value;

	if (irq->enabled || irq->active || irq->level || irq->latched)
		return;
	value = (uint32_t)dist_read(v, address, 4);
	assert_int_equal(value >> shift & 3, irq->edge ? 2 : 0);
	irq->edge = !irq->edge;
	dist_write(v, address, 4, value ^ 2u << shift);
	assert_int_equal(fake_spis[id].edge, irq->edge);
}

static void route_step(uint32_t v)
{
	uint32_t id = random_one_in(&rng, 6) ? SOFTWARE : dist_spis[random_below(&rng, DIST_SPIS)];
	uint32_t to = (uint32_t)random_below(&rng, VCPUS + 1);
	struct irq *irq = &spis[id];
	uint64_t address = DIST_GICD + (version == 3 ? 0x6000 + 8 * id : 0x800 + id);
	uint32_t size = version == 3 ? 8 : 1;

	assert_int_equal(dist_read(v, address, size), routers[id]);
	/* without a physical one that is active it may come at the other */
	if (!on_core(irq->route) || (id == SOFTWARE && irq->active))
		return;
	irq->lost = to == VCPUS;
	irq->route = irq->lost ? irq->route : to;
	if (version == 3)
		routers[id] = irq->lost ? 0x500 : to;
	else
		routers[id] = irq->lost ? 0 : 1u << to;
	dist_write(v, address, size, routers[id]);
}

/* --- SGIs --- */

static void sgi_pend(uint32_t from, uint32_t to, uint32_t id)
{
	if (has_senders(id))
		own[to][id].senders |= (uint8_t)(1u << from);
	else
		own[to][id].latched = true;
}

static void sgi_step(uint32_t v)
{
	uint32_t id = ids[random_below(&rng, 4)], list = (uint32_t)random_below(&rng, 8);
	bool others = random_one_in(&rng, 4), group1 = random_one_in(&rng, 2);

	for (uint32_t to = 0; to < VCPUS; to++)
		if ((others ? to != v : list >> to & 1) &&
		    (version == 2 || own[to][id].group1 == group1))
			sgi_pend(v, to, id);
	if (version == 2) {
		dist_write(v, DIST_GICD + 0xF00, 4, (others ? 1u << 24 : 0) | list << 16 | id);
		return;
	}
	fake_core_select((uint32_t)dist_core_of(v));
	vdist_sgi_write(cpus[dist_core_of(v)].current, group1 ? 5 : 6 + list % 2,
			list | (uint64_t)id << 24 | (uint64_t)others << 40);
	vgic_flush(cpus[dist_core_of(v)].current);
	dist_settle();
}

/* GICv2: the senders of a pending SGI, read, set and cleared */
static void senders_step(uint32_t v)
{
	uint32_t id = ids[random_below(&rng, 4)];
	uint8_t senders = (uint8_t)random_below(&rng, 8);
	bool clear = random_one_in(&rng, 2);
	uint64_t address = DIST_GICD + (clear ? 0xF10 : 0xF20) + id;

	if (version != 2)
		return;
	assert_int_equal(dist_read(v, address, 1), own[v][id].senders);
	own[v][id].senders = (uint8_t)(clear ? own[v][id].senders & ~senders
					     : own[v][id].senders | senders);
	dist_write(v, address, 1, senders | 0x80);
}

/* --- devices, guests, cores --- */

static void device_step(void)
{
	uint32_t id = dist_spis[random_below(&rng, DIST_SPIS)];
	struct irq *irq = &spis[id];
	struct vcpu *target;
	bool fresh;

	if (random_one_in(&rng, 6)) {
		fake_core_select(0);
		target = vdist_raise(login_vm, &fresh);
		spis[SOFTWARE].latched = true;
		if (target == cpus[0].current)
			vgic_flush(target);
		else if (target->state == VCPU_RUNNING && fresh)
			gic->kick(target->core);
	} else if (irq->edge) {
		if (is_pending(0, id))
			return;
		irq->latched = true;
		fake_spi_pulse(id);
	} else if (!irq->level || irq->active) {
		/* a handler is what takes a line down */
		irq->level = !irq->level;
		fake_spis[id].level = irq->level;
	}
	dist_settle();
}

static uint8_t running_priority(uint32_t v)
{
	uint8_t lowest = 0xFF;

	for (unsigned i = 0; i < depth[v]; i++)
		lowest = handlers[v][i].priority < lowest ? handlers[v][i].priority : lowest;
	return lowest;
}

static void guest_take(uint32_t v)
{
	uint32_t best = best_of(v), id = best & 0xFFFF, iar, sender;
	struct irq *irq;

	if (actives_of(v) >= DEPTH || depth[v] >= DEPTH)
		return;
	fake_core_select((uint32_t)dist_core_of(v));
	full += fake_gic_lrs_valid(fake_gic_of_core()) == MAX_LRS;
	iar = fake_guest_acknowledge();
	if (best == ~0u || best >> 16 >= running_priority(v)) {
		assert_int_equal(iar, 1023);
		return;
	}
	assert_int_equal(iar & 0x3FF, id);
	taken++;
	irq = irq_of(v, id);
	sender = iar >> 10;
	if (has_senders(id)) {
		assert_true(irq->senders >> sender & 1);
		irq->senders &= (uint8_t) ~(1u << sender);
	}
	irq->latched = false;
	irq->active = true;
	irq->holder = v;
	handlers[v][depth[v]++] = (struct handler){iar, irq->priority};
	dist_settle();
}

static void guest_end(uint32_t v)
{
	struct irq *irq;
	uint32_t iar;

	if (!depth[v])
		return;
	iar = handlers[v][--depth[v]].iar;
	irq = irq_of(v, iar & 0x3FF);
	if (irq->active && irq->holder == v)
		irq->active = false;
	fake_core_select((uint32_t)dist_core_of(v));
	fake_guest_eoi(iar);
	dist_settle();
}

static void core_step(uint32_t v)
{
	uint32_t core = (uint32_t)random_below(&rng, VCPUS);

	if (on_core(v)) {
		dist_leave((uint32_t)dist_core_of(v));
	} else {
		for (uint32_t other = 0; other < VCPUS; other++)
			if (dist_core_of(other) == (int)core)
				return;
		dist_enter(v, core);
	}
	dist_settle();
}

static void control_step(uint32_t v)
{
	uint32_t value = random_one_in(&rng, 3) ? (uint32_t)random_below(&rng, 4) : 3;

	dist_write(v, DIST_GICD, 4, value | (random_next(&rng) & 0xFFFF0000));
	on[0] = value & 1;
	on[1] = value & 2;
	assert_int_equal(dist_read(v, DIST_GICD, 4), value | (version == 3 ? 0x50 : 0));
}

static void step(void)
{
	uint32_t v = (uint32_t)random_below(&rng, VCPUS);
	uint64_t what = random_below(&rng, 32);

	if (what == 0) {
		core_step(v);
		return;
	}
	if (what < 4) {
		device_step();
		return;
	}
	if (!on_core(v))
		return;
	if (what < 8)
		bits_check(v);
	else if (what < 14)
		bits_write(v);
	else if (what == 14)
		priority_step(v);
	else if (what == 15)
		configuration_step(v);
	else if (what == 16)
		route_step(v);
	else if (what == 17 && random_one_in(&rng, 8))
		control_step(v);
	else if (what < 20)
		sgi_step(v);
	else if (what == 20)
		senders_step(v);
	else if (what < 27)
		guest_take(v);
	else
		guest_end(v);
}

static void random_run(unsigned gic_version)
{
	rng = random_start();
	version = gic_version;
	memset(own, 0, sizeof(own));
	memset(spis, 0, sizeof(spis));
	memset(depth, 0, sizeof(depth));
	memset(routers, 0, sizeof(routers));
	on[0] = on[1] = false;
	taken = full = 0;
	dist_node_make(version, VCPUS);
	if (version == 2)
		for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
			routers[ids[i]] = 1;
	for (unsigned i = 0; i < STEPS; i++) {
		step();
		routes_check();
	}
	dist_node_free();
	print_message("%u interrupts taken, %u times with all list registers in use\n", taken,
		      full);
	assert_true(taken > STEPS / 60 && full > STEPS / 1000);
}

static void test_random_v3(void **state)
{
	(void)state;
	random_run(3);
}

static void test_random_v2(void **state)
{
	(void)state;
	random_run(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_v3),
		cmocka_unit_test(test_random_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
