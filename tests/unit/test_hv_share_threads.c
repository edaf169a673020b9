/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that changes hands between cores at the same time: two of the primary's lend pages to two VMs, whose cores retrieve, write and
 * relinquish them, and notify each other. Who has a page writes it without any further order: ThreadSanitizer, under which this runs
 * as well, sees two who have it at once. Each handle is guessed by the wrong ones, too.
 */
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/ffa.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <pthread.h>

#define LENDERS 2u
#define PAGES   8u /* of each lender */
#define STEPS   20000u

/* cmocka cannot end a test from another thread */
#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition)) {                                         \
			print_error("line %d: %s\n", __LINE__, #condition); \
			abort();                                            \
		}                                                           \
	} while (0)

/* A page that is lent, told to everybody; written under no lock */
static struct {
	uint64_t handle; /* atomic */
	uint32_t writes; /* atomic: by borrowers */
} offers[LENDERS][PAGES];
static uint64_t lenders_memory; /* PAGES pages of each lender, then the mailboxes */
static uint32_t stop;           /* atomic */
static unsigned retrieved[NODE_CORES], told[NODE_CORES];

static uint64_t *page_of(unsigned lender, unsigned page)
{
	return (uint64_t *)(lenders_memory + (lender * PAGES + page) * PAGE_SIZE);
}

static struct vcpu *call(uint32_t core, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3,
			 uint64_t x4)
{
	struct vcpu *vcpu = cpus[core].current;
	uint64_t x[8] = {function, x1, x2, x3, x4};

	memcpy(vcpu->x, x, sizeof(x));
	call_dispatch(&cpus[core]);
	return vcpu;
}

static bool is_done(const struct vcpu *vcpu)
{
	return vcpu->x[0] != FFA_ERROR;
}

/* --- the primary's cores: both in one mailbox, which they take turns with --- */

static pthread_mutex_t mailbox = PTHREAD_MUTEX_INITIALIZER;

static uint64_t lend(uint32_t core, unsigned page, uint16_t borrower)
{
	struct {
		struct ffa_mem_header header;
		struct ffa_mem_access access;
		struct ffa_mem_composite composite;
		struct ffa_mem_range range;
	} d = {
		{.sender = FFA_PRIMARY_ID,
		 .access_size = 16,
		 .access_count = 1,
		 .access_offset = 48},
		{.receiver = borrower, .permissions = FFA_MEM_READ_WRITE, .composite_offset = 64},
		{1, 1, 0},
		{(uint64_t)page_of(core, page), 1, 0},
	};
	const struct vcpu *vcpu;

	pthread_mutex_lock(&mailbox);
	memcpy((void *)vm_primary()->tx.v, &d, sizeof(d));
	vcpu = call(core, FFA_MEM_LEND_32, sizeof(d), sizeof(d), 0, 0);
	pthread_mutex_unlock(&mailbox);
	CHECK(is_done(vcpu));
	return vcpu->x[2] | vcpu->x[3] << 32;
}

static void lender_step(uint32_t core, struct random *rng, uint64_t *handles)
{
	unsigned page = (unsigned)random_below(rng, PAGES);
	uint64_t *words = page_of(core, page);

	if (!handles[page]) {
		words[0]++;
		handles[page] = lend(core, page, (uint16_t)(2 + random_below(rng, 2)));
		__atomic_store_n(&offers[core][page].handle, handles[page], __ATOMIC_RELAXED);
	} else if (is_done(call(core, FFA_MEM_RECLAIM, (uint32_t)handles[page], handles[page] >> 32,
				0, 0))) {
		CHECK(words[1] == __atomic_load_n(&offers[core][page].writes, __ATOMIC_RELAXED));
		words[2] = words[0];
		handles[page] = 0;
	}
	call(core, FFA_NOTIFICATION_SET,
	     FFA_NOTIFICATION_IDS(FFA_PRIMARY_ID, 2 + random_below(rng, 2)), 0, 1u << core, 0);
}

/* --- the borrowers --- */

static bool retrieve(uint32_t core, uint64_t handle)
{
	const struct vm *vm = cpus[core].current->vm;
	struct {
		struct ffa_mem_header header;
		struct ffa_mem_access access;
	} d = {
		{.sender = FFA_PRIMARY_ID,
		 .handle = handle,
		 .access_size = 16,
		 .access_count = 1,
		 .access_offset = 48},
		{.receiver = vm->id},
	};
	struct ffa_mem_header_v1_0 old = {
		.sender = FFA_PRIMARY_ID, .handle = handle, .access_count = 1};
	size_t size = sizeof(d);

	if (vm->ffa_version == FFA_VERSION_1_0) {
		memcpy((void *)vm->tx.v, &old, sizeof(old));
		memcpy((char *)vm->tx.v + sizeof(old), &d.access, sizeof(d.access));
		size = sizeof(old) + sizeof(d.access);
	} else {
		memcpy((void *)vm->tx.v, &d, size);
	}
	return is_done(call(core, FFA_MEM_RETRIEVE_REQ_32, size, size, 0, 0));
}

static void borrower_step(uint32_t core, struct random *rng)
{
	const struct vm *vm = cpus[core].current->vm;
	unsigned lender = (unsigned)random_below(rng, LENDERS),
		 page = (unsigned)random_below(rng, PAGES);
	uint64_t handle = __atomic_load_n(&offers[lender][page].handle, __ATOMIC_RELAXED);
	struct ffa_mem_relinquish r = {handle, 0, 1, vm->id};

	if (call(core, FFA_NOTIFICATION_GET, vm->id, FFA_NOTIFICATION_FROM_VMS, 0, 0)->x[4])
		told[core]++;
	if (!handle || !retrieve(core, handle))
		return;
	page_of(lender, page)[1]++;
	__atomic_fetch_add(&offers[lender][page].writes, 1, __ATOMIC_RELAXED);
	retrieved[core]++;
	CHECK(is_done(call(core, FFA_RX_RELEASE, 0, 0, 0, 0)));
	memcpy((void *)vm->tx.v, &r, sizeof(r));
	CHECK(is_done(call(core, FFA_MEM_RELINQUISH, 0, 0, 0, 0)));
}

static void *core_execute(void *arg)
{
	uint32_t core = (uint32_t)(uintptr_t)arg;
	struct random rng = {core + 1};
	uint64_t handles[PAGES] = {0};

	fake_core_select(core);
	if (core >= LENDERS)
		while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
			borrower_step(core, &rng);
	for (unsigned i = 0; i < STEPS && core < LENDERS; i++)
		lender_step(core, &rng, handles);
	return NULL;
}

static void mailbox_map(uint32_t core, uint64_t at)
{
	fake_core_select(core);
	CHECK(is_done(call(core, FFA_RXTX_MAP_64, at, at + PAGE_SIZE, 1, 0)));
}

static int boot(void **state)
{
	(void)state;
	node_boot();
	lenders_memory = vm_primary()->memory[0].v + SIZE_2M;
	memset(page_of(0, 0), 0, LENDERS * PAGES * PAGE_SIZE);
	cpus[0].current = &vm_primary()->vcpus[0];
	mailbox_map(0, lenders_memory + LENDERS * PAGES * PAGE_SIZE);
	node_core_start(1);
	for (uint32_t core = LENDERS; core < NODE_CORES; core++) {
		struct vm *vm = vm_find(core);

		/* as far as these calls go: a core that runs a vCPU of that VM */
		cpus[core].current = &vm->vcpus[0];
		cpus[core].primary = &vm_primary()->vcpus[core];
		vm->vcpus[0].state = VCPU_RUNNING;
		vm->vcpus[0].core = core;
		mailbox_map(core, vm->memory[0].v + SIZE_2M);
		CHECK(is_done(call(core, FFA_NOTIFICATION_BIND,
				   FFA_NOTIFICATION_IDS(FFA_PRIMARY_ID, vm->id), 0, 3, 0)));
	}
	return 0;
}

static void test_cores(void **state)
{
	pthread_t threads[NODE_CORES];

	(void)state;
	for (uint32_t i = 0; i < NODE_CORES; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, core_execute, (void *)(uintptr_t)i), 0);
	for (uint32_t i = 0; i < NODE_CORES; i++) {
		if (i == LENDERS)
			__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	print_message("retrieved: %u and %u times; told: %u and %u times\n", retrieved[2],
		      retrieved[3], told[2], told[3]);
	assert_true(retrieved[2] > 20 && retrieved[3] > 20 && told[2] > 20 && told[3] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cores, boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
