/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's distributor with its vCPUs as threads: all write the registers of the same
 * interrupts, read states that others hold, send SGIs and take what comes, and go from and back to
 * their cores. No SGI is lost, and no register is never ready. Run under ThreadSanitizer as well.
 */
#include "hv_fake/dist_node.h"
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/types.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>
#include <pthread.h>
#include <sched.h>

#define VCPUS 3u
#define STEPS 6000
#define SGIS  8u

/* cmocka cannot end a test from another thread */
#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition)) {                                         \
			print_error("line %d: %s\n", __LINE__, #condition); \
			abort();                                            \
		}                                                           \
	} while (0)

static struct random seeds[VCPUS];
static uint32_t owed[VCPUS][SGIS]; /* sent since it was last taken */
static uint32_t running;           /* threads that are not done */
static unsigned taken[VCPUS], again[VCPUS];

static void interrupts_take(uint32_t v)
{
	fake_core_select(v);
	while (fake_gic_is_signalled())
		node_exit_irq(v);
}

static uint64_t reg(uint32_t v, uint64_t address, uint32_t size, bool write, uint64_t value)
{
	while (!dist_try(v, address, size, write, &value)) {
		again[v]++;
		interrupts_take(v);
		sched_yield();
	}
	return value;
}

static void guest_take(uint32_t v)
{
	uint32_t id;

	fake_core_select(v);
	id = fake_guest_acknowledge();
	if (id >= INTID_LIMIT)
		return;
	taken[v]++;
	if (id < SGIS)
		__atomic_store_n(&owed[v][id], 0, __ATOMIC_SEQ_CST);
	if (id >= INTID_SPI_FIRST && id != VDIST_SOFTWARE_SPI)
		__atomic_store_n(&fake_spis[id].level, false, __ATOMIC_SEQ_CST);
	fake_guest_eoi(id);
}

static void sgi_send(uint32_t v, struct random *rng)
{
	uint32_t id = (uint32_t)random_below(rng, SGIS), to = (uint32_t)random_below(rng, VCPUS);

	fake_core_select(v);
	__atomic_store_n(&owed[to][id], 1, __ATOMIC_SEQ_CST);
	vdist_sgi_write(cpus[v].current, 5, UINT64_C(1) << to | (uint64_t)id << 24);
	vgic_flush(cpus[v].current);
}

static void step(uint32_t v, struct random *rng)
{
	uint32_t id = dist_spis[random_below(rng, DIST_SPIS)], n = id / 32;
	uint64_t frame = DIST_GICR + random_below(rng, VCPUS) * DIST_STRIDE + DIST_SGI;
	uint64_t set = random_one_in(rng, 3) ? 0x80 : 0;

	switch (random_below(rng, 16)) {
	case 0:
		reg(v, DIST_GICD + 0x100 + set + 4 * n, 4, true, 1u << id % 32);
		break;
	case 1:
		reg(v, DIST_GICD + 0x6000 + 8 * id, 8, true, random_below(rng, VCPUS));
		break;
	case 2:
		reg(v, DIST_GICD + 0x400 + id, 1, true, random_below(rng, 16) << 4);
		break;
	case 3:
		reg(v, DIST_GICD + 0x200 + 0x100 * random_below(rng, 2) + 4 * n, 4, false, 0);
		break;
	case 4:
		reg(v, frame + 0x100 + set, 4, true, random_next(rng) & 0xFF);
		break;
	case 5:
		reg(v, frame + 0x200 + 0x100 * random_below(rng, 2), 4, false, 0);
		break;
	case 6:
		__atomic_store_n(&fake_spis[id].level, true, __ATOMIC_SEQ_CST);
		break;
	case 7:
		if (!random_one_in(rng, 8))
			break;
		dist_leave(v);
		interrupts_take(v);
		dist_enter(v, v);
		break;
	case 8:
		reg(v, DIST_GICD + 0x380 + 4 * n, 4, true, 1u << id % 32);
		break;
	case 9:
	case 10:
		sgi_send(v, rng);
		break;
	default:
		guest_take(v);
	}
	interrupts_take(v);
}

static void *vcpu_run(void *arg)
{
	uint32_t v = (uint32_t)(uintptr_t)arg;

	for (unsigned i = 0; i < STEPS; i++)
		step(v, &seeds[v]);
	__atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
	/* others may still ask what this one has */
	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST)) {
		interrupts_take(v);
		sched_yield();
	}
	return NULL;
}

static void all_on(void)
{
	dist_write(0, DIST_GICD, 4, 3);
	for (uint32_t v = 0; v < VCPUS; v++) {
		dist_write(0, DIST_GICR + v * DIST_STRIDE + DIST_SGI + 0x80, 4, ~0u);
		dist_write(0, DIST_GICR + v * DIST_STRIDE + DIST_SGI + 0x100, 4, 0xFF);
	}
}

static void test_threads(void **state)
{
	pthread_t threads[VCPUS];
	struct random rng = random_start();

	(void)state;
	dist_node_make(3, VCPUS);
	all_on();
	running = VCPUS;
	for (uint32_t v = 0; v < VCPUS; v++)
		seeds[v].state = random_next(&rng);
	for (uint32_t v = 0; v < VCPUS; v++)
		CHECK(pthread_create(&threads[v], NULL, vcpu_run, (void *)(uintptr_t)v) == 0);
	for (uint32_t v = 0; v < VCPUS; v++)
		pthread_join(threads[v], NULL);
	all_on();
	for (unsigned i = 0; i < 100; i++)
		for (uint32_t v = 0; v < VCPUS; v++) {
			guest_take(v);
			dist_settle();
		}
	for (uint32_t v = 0; v < VCPUS; v++) {
		for (uint32_t id = 0; id < SGIS; id++)
			assert_int_equal(owed[v][id], 0);
		print_message("%u taken, %u loads executed again\n", taken[v], again[v]);
		assert_true(taken[v] > STEPS / 100);
	}
	dist_node_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
