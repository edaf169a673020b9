/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cores of a node as threads: their primaries run, message and interrupt the same six vCPUs at
 * the same time. No vCPU is on two cores, an answer is the one to its request, and when all is
 * quiet no vCPU waits with an interrupt that no primary was told of. Run under ThreadSanitizer as
 * well.
 */
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <pthread.h>

#define ROUNDS 300
#define STEPS  400
/* x4 of a message, by which it is known to be of one piece with x3 */
#define SEAL(x3) ((x3)*UINT64_C(0x9e3779b97f4a7c15) + 1)
#define EC_WFX   0x01u
#define EC_HVC   0x16u

/* cmocka cannot end a test from another thread */
#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition)) {                                         \
			print_error("line %d: %s\n", __LINE__, #condition); \
			abort();                                            \
		}                                                           \
	} while (0)

static struct guest {
	struct vcpu *vcpu;
	uint32_t runner;   /* index + 1 of the core that executes it */
	uint32_t runnable; /* a primary knows that it is to be run */
	bool prepared;
} guests[6];

static struct core {
	pthread_t thread;
	uint32_t index;
	struct random rng;
	unsigned runs, answers, wakes;
} cores[NODE_CORES];

static struct random seeds;

static struct guest *guest_of(const struct vcpu *vcpu)
{
	for (struct guest *g = guests; g < guests + ARRAY_SIZE(guests); g++)
		if (g->vcpu == vcpu)
			return g;
	return NULL;
}

static struct guest *guest_by_ids(uint64_t ids)
{
	const struct vm *vm = vm_find(FFA_VM_OF(ids));

	CHECK(vm && FFA_VCPU_OF(ids) < vm->vcpu_count);
	return guest_of(&vm->vcpus[FFA_VCPU_OF(ids)]);
}

static uint64_t ids_of(const struct guest *g)
{
	return FFA_VM_VCPU(g->vcpu->vm->id, g->vcpu->index);
}

static void make_runnable(struct guest *g)
{
	__atomic_store_n(&g->runnable, 1, __ATOMIC_SEQ_CST);
}

/* --- exits --- */

/* function 0: WFI */
static uint64_t *call(struct core *core, uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct vcpu *vcpu = cpus[core->index].current;
	struct guest *g = guest_of(vcpu), *next;
	uint64_t arguments[] = {function, a1, a2, a3, SEAL(a3), 0, 0, 0};

	memcpy(vcpu->x, arguments, sizeof(arguments));
	/* from here on, another core may have the vCPU */
	if (g)
		__atomic_store_n(&g->runner, 0, __ATOMIC_SEQ_CST);
	if (function)
		node_exit_sync(core->index, EC_HVC, 0);
	else
		node_exit_sync(core->index, EC_WFX, 0);
	vcpu = cpus[core->index].current;
	next = guest_of(vcpu);
	if (next)
		CHECK(__atomic_exchange_n(&next->runner, core->index + 1, __ATOMIC_SEQ_CST) == 0);
	return vcpu->x;
}

static void interrupt(struct core *core)
{
	struct guest *g = guest_of(cpus[core->index].current);

	fake_core_select(core->index);
	if (!fake_gic_is_signalled())
		return;
	if (g)
		__atomic_store_n(&g->runner, 0, __ATOMIC_SEQ_CST);
	node_exit_irq(core->index);
	if (g && cpus[core->index].current == g->vcpu)
		CHECK(__atomic_exchange_n(&g->runner, core->index + 1, __ATOMIC_SEQ_CST) == 0);
	else if (g)
		make_runnable(g);
}

/* Takes and ends what there is. */
static void interrupts_take(struct core *core)
{
	uint32_t id;

	fake_core_select(core->index);
	fake_gic_of_core()->vmcr = FAKE_VMCR_ENABLED;
	while ((id = fake_guest_acknowledge()) < INTID_LIMIT)
		fake_guest_eoi(id);
}

static bool in_primary(const struct core *core)
{
	return !guest_of(cpus[core->index].current);
}

/* --- primaries --- */

/* What FFA_RUN or a direct request returned, when the core is in its primary. */
static void result_heed(struct core *core, const uint64_t *x)
{
	struct guest *g;

	if (!in_primary(core))
		return;
	if (x[0] == FFA_MSG_SEND_DIRECT_RESP_64) { /* x1 is sender and receiver */
		CHECK(x[4] == SEAL(x[3]));
		core->answers++;
		return;
	}
	g = guest_by_ids(x[1]);
	switch ((uint32_t)x[0]) {
	case FFA_INTERRUPT:
	case FFA_YIELD:
		make_runnable(g);
		break;
	case FFA_MSG_WAIT:
		if (x[2])
			make_runnable(g);
		break;
	case BH_RUN_WAKE_UP:
		core->wakes++;
		make_runnable(g);
		make_runnable(guest_by_ids(x[2]));
		break;
	case BH_RUN_WAIT_FOR_INTERRUPT:
	case BH_RUN_VCPU_OFF:
		break;
	default:
		print_error("a run returns %llx\n", (unsigned long long)x[0]);
		CHECK(false);
	}
}

static void guest_run(struct core *core, struct guest *g)
{
	const uint64_t *x;

	if (!__atomic_exchange_n(&g->runnable, 0, __ATOMIC_SEQ_CST))
		return;
	x = call(core, FFA_RUN, ids_of(g), 0, 0);
	core->runs++;
	if (in_primary(core) && x[0] == FFA_ERROR) {
		/* on another core, which may not have seen why it was to be run; or off */
		if ((int32_t)x[2] == FFA_BUSY)
			make_runnable(g);
		else
			CHECK((int32_t)x[2] == FFA_DENIED);
		return;
	}
	result_heed(core, x);
}

static void request_send(struct core *core, const struct guest *g)
{
	const uint64_t *x;

	x = call(core, FFA_MSG_SEND_DIRECT_REQ_64, (uint64_t)FFA_PRIMARY_ID << 16 | g->vcpu->vm->id,
		 0, random_next(&core->rng));
	if (in_primary(core) && x[0] == FFA_ERROR)
		CHECK((int32_t)x[2] == FFA_BUSY);
	else
		result_heed(core, x);
}

static void primary_step(struct core *core)
{
	struct guest *g = &guests[random_below(&core->rng, ARRAY_SIZE(guests))];
	const uint64_t *x;

	interrupts_take(core);
	switch (random_below(&core->rng, 8)) {
	case 0:
		request_send(core, g);
		break;
	case 1:
	case 2:
		x = call(core, BH_INTR_INJECT, ids_of(g), random_below(&core->rng, 16), 0);
		CHECK(x[0] == FFA_SUCCESS_32);
		if (x[2])
			make_runnable(g);
		break;
	case 3: /* a primary on another core, out of what it runs */
		x = call(core, BH_INTR_INJECT,
			 FFA_VM_VCPU(FFA_PRIMARY_ID, random_below(&core->rng, NODE_CORES)),
			 random_below(&core->rng, 16), 0);
		CHECK(x[0] == FFA_SUCCESS_32);
		break;
	default:
		guest_run(core, g);
	}
}

/* --- secondaries --- */

static void interrupts_enable(struct core *core)
{
	for (uint64_t id = 0; id < 16; id++)
		CHECK(call(core, BH_INTR_ENABLE, id, 1, 0)[0] == FFA_SUCCESS_32);
}

static void answer(struct core *core, struct guest *g)
{
	const uint64_t *x = g->vcpu->x;

	CHECK(x[0] == FFA_MSG_SEND_DIRECT_REQ_64);
	CHECK(x[4] == SEAL(x[3]));
	x = call(core, FFA_MSG_SEND_DIRECT_RESP_64,
		 (uint64_t)g->vcpu->vm->id << 16 | FFA_PRIMARY_ID, 0, x[3]);
	/* to be run once more: an interrupt may have come */
	make_runnable(g);
	result_heed(core, x);
}

static void secondary_step(struct core *core)
{
	struct guest *g = guest_of(cpus[core->index].current);
	const struct vm *vm = g->vcpu->vm;
	uint64_t sibling = random_below(&core->rng, vm->vcpu_count);

	if (g->vcpu->serving) {
		answer(core, g);
		return;
	}
	if (!g->prepared) {
		interrupts_enable(core);
		g->prepared = true;
	}
	if (random_one_in(&core->rng, 2))
		interrupts_take(core);
	switch (random_below(&core->rng, 8)) {
	case 0:
		result_heed(core, call(core, FFA_YIELD, 0, 0, 0));
		break;
	case 1:
	case 2:
		result_heed(core, call(core, FFA_MSG_WAIT, 0, 0, 0));
		break;
	case 3:
	case 4:
		result_heed(core, call(core, 0, 0, 0, 0));
		break;
	case 5:
		if (random_one_in(&core->rng, 4))
			result_heed(core, call(core, PSCI_CPU_ON_64, sibling, vm->memory[0].v, 0));
		break;
	default:
		result_heed(core, call(core, BH_INTR_INJECT, FFA_VM_VCPU(vm->id, sibling),
				       random_below(&core->rng, 16), 0));
	}
}

static void *core_execute(void *arg)
{
	struct core *core = arg;

	fake_core_select(core->index);
	for (unsigned i = 0; i < STEPS; i++) {
		if (random_one_in(&core->rng, 2))
			interrupt(core);
		if (in_primary(core))
			primary_step(core);
		else
			secondary_step(core);
	}
	return NULL;
}

/* --- when all is quiet --- */

static bool has_interrupt(const struct vcpu *vcpu)
{
	const struct vcpu_irq *irq = &vcpu->irq;

	for (unsigned i = 0; i < MAX_LRS; i++)
		if (irq->lr_used >> i & 1 && irq->lr[i] & LR_PENDING)
			return true;
	return irq->pending[0] & irq->enabled[0];
}

/* Runs what primaries know to be runnable until nothing is; then nobody may have been forgotten. */
static void settle(void)
{
	bool again = true;

	for (struct core *core = cores; core < cores + NODE_CORES; core++) {
		while (!in_primary(core) && guest_of(cpus[core->index].current)->vcpu->serving)
			secondary_step(core);
		if (!in_primary(core))
			result_heed(core, call(core, FFA_YIELD, 0, 0, 0));
		interrupt(core);
		interrupts_take(core);
	}
	while (again) {
		again = false;
		for (struct guest *g = guests; g < guests + ARRAY_SIZE(guests); g++) {
			again = again || g->runnable;
			guest_run(cores, g);
			while (!in_primary(cores)) {
				interrupt(cores);
				interrupts_take(cores);
				if (in_primary(cores))
					break;
				if (!g->prepared || g->vcpu->serving)
					secondary_step(cores);
				else
					result_heed(cores, call(cores, 0, 0, 0, 0));
			}
			interrupt(cores);
			interrupts_take(cores);
		}
	}
	for (struct guest *g = guests; g < guests + ARRAY_SIZE(guests); g++) {
		uint32_t state = g->vcpu->state;

		CHECK(state == VCPU_OFF || state == VCPU_WAIT_INTERRUPT ||
		      state == VCPU_WAIT_MESSAGE);
		if (state != VCPU_OFF && has_interrupt(g->vcpu))
			fail_msg("vCPU %u.%u waits with an interrupt", g->vcpu->vm->id,
				 g->vcpu->index);
	}
}

static int boot(void **state)
{
	unsigned count = 0;

	(void)state;
	node_boot();
	for (unsigned i = 1; i < NODE_VMS; i++)
		for (uint32_t v = 0; v < node_manifest.vms[i].vcpus; v++)
			guests[count++].vcpu = &vm_find(node_manifest.vms[i].id)->vcpus[v];
	assert_int_equal(count, ARRAY_SIZE(guests));
	for (uint32_t i = 0; i < NODE_CORES; i++) {
		node_core_start(i);
		cores[i].index = i;
		interrupts_enable(&cores[i]);
	}
	for (unsigned i = 0; i < count; i++)
		guests[i].runnable = guests[i].vcpu->state == VCPU_READY;
	return 0;
}

static void test_cores(void **state)
{
	unsigned runs = 0, answers = 0, wakes = 0;

	(void)state;
	seeds = random_start();
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (struct core *core = cores; core < cores + NODE_CORES; core++) {
			core->rng.state = random_next(&seeds);
			assert_int_equal(pthread_create(&core->thread, NULL, core_execute, core),
					 0);
		}
		for (struct core *core = cores; core < cores + NODE_CORES; core++)
			assert_int_equal(pthread_join(core->thread, NULL), 0);
		settle();
	}
	for (struct core *core = cores; core < cores + NODE_CORES; core++) {
		runs += core->runs;
		answers += core->answers;
		wakes += core->wakes;
	}
	print_message("%u runs, %u answers, %u wake-ups\n", runs, answers, wakes);
	assert_true(runs > ROUNDS * 20 && answers > ROUNDS && wakes > ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cores, boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
