/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs made at run time: what a description may not say, whose the memory is at each step, growing and shrinking, destroying at any step
 * and while other cores use the VM. Needs a primary with bulkhead,memory-rest.
 */
#include <bulkhead/enclave.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/stream.h>
#include <lib/string.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define UNITS     4u /* of a VM, in two ranges with a hole between */
#define SPARE     6u /* the unit behind: for growing */
#define TABLES    7u
#define ROOM      8u /* units used by one VM */
#define CYCLES    40u
#define TREE_AT   0x1000u /* tiny_image's image_size */
#define TREE_READ 0x800u

extern char tiny_image[], tiny_streams[], tiny_end[];

static __attribute__((aligned(4096))) struct enclave_config config;
static __attribute__((aligned(4096))) uint64_t streams[STREAM_REGION_SIZE / 8];

static uint64_t unit(unsigned i)
{
	return ALIGN_UP(guest.rest.start, SIZE_2M) + i * SIZE_2M;
}

static void config_fill(void)
{
	uint64_t size = (uint64_t)(tiny_end - tiny_image);

	memset(&config, 0, sizeof(config));
	config.version = ENCLAVE_VERSION;
	config.size = sizeof(config);
	config.vcpus = 2;
	config.nodes = 1;
	config.uuid[0] = 1;
	config.range_count = 2;
	config.ranges[0] = (struct enclave_range){unit(0), 3 * SIZE_2M, 0, 0};
	config.ranges[1] = (struct enclave_range){unit(4), SIZE_2M, 0, 0};
	config.image = (struct enclave_blob){unit(0), size};
	config.tables = unit(TABLES);
	config.streams = (uint64_t)streams;
	memcpy((void *)unit(0), tiny_image, size);
	memcpy((void *)(unit(0) + (uint64_t)(tiny_streams - tiny_image)), &config.streams, 8);
}

static struct regs create(void)
{
	return call(BH_VM_CREATE, (uint64_t)&config);
}

/* Steps until it is done, at most `limit`; the last answer. */
static struct regs steps(uint64_t function, uint64_t id, unsigned limit)
{
	struct regs r;

	do {
		r = call(function, id);
	} while (--limit && !error_of(&r) && r.x[2] == 1);
	return r;
}

/* Every unit that comes back is zero. */
static bool destroy(uint64_t id)
{
	for (unsigned i = 0; i < 100000; i++) {
		struct regs r = call(BH_VM_DESTROY, id);
		const uint64_t *words = (const uint64_t *)r.x[3];

		if (error_of(&r) == FFA_BUSY)
			continue;
		if (error_of(&r))
			return false;
		for (unsigned k = 0; words && k < SIZE_2M / 8; k += 64)
			if (words[k])
				return false;
		if (r.x[2] == 0)
			return words != NULL;
	}
	return false;
}

static struct enclave_info info_get(uint64_t id)
{
	struct regs r = call(BH_VM_INFO, id);
	struct enclave_info info = {0};

	if (!error_of(&r)) {
		memcpy(&info, mailbox_rx, sizeof(info));
		call(FFA_RX_RELEASE);
	}
	return info;
}

static bool is_gone(uint64_t address)
{
	struct trap trap = {0};

	guarded_call(op_read, address, 0, &trap);
	return trap.taken && TRAP_FSC(&trap) == FSC_EXTERNAL;
}

static void refused(const char *what, int32_t code)
{
	struct regs r = create();

	check(error_of(&r) == code, "a description with %s: error %d", what, code);
	if (!error_of(&r))
		destroy(r.x[2]);
	config_fill();
}

/* Taken by CREATE, refused by BUILD; then all is as before. */
static void build_refused(const char *what, int32_t code)
{
	struct regs r = create();
	uint64_t id = r.x[2];
	struct verdict v = {0};

	VERIFY(&v, !error_of(&r), "it is not created: %d", error_of(&r));
	if (!error_of(&r)) {
		r = steps(BH_VM_BUILD, id, 1000);
		VERIFY(&v, error_of(&r) == code, "BUILD: %d", error_of(&r));
		for (unsigned i = 0; i < 8; i++) {
			r = steps(BH_VM_BUILD, id, 1000);
			VERIFY(&v, error_of(&r), "it is built when asked again");
		}
		VERIFY(&v, info_get(id).stage == ENCLAVE_BUILDING, "it is built");
		VERIFY(&v, destroy(id), "it is not destroyed");
	}
	conclude(&v, "a VM with %s: error %d", what, code);
	config_fill();
}

static void descriptions(void)
{
	struct regs r;

	config_fill();
	r = call(BH_VM_CREATE, (uint64_t)&config + 8);
	check(error_of(&r) == FFA_INVALID_PARAMETERS, "a description at no page");
	r = call(BH_VM_CREATE, peers[0].memory.start);
	check(error_of(&r) == FFA_INVALID_PARAMETERS, "a description in another VM's memory");
	r = call(BH_VM_CREATE, UINT64_C(0xFFFFFFFFFFFFF000));
	check(error_of(&r) == FFA_INVALID_PARAMETERS, "a description at no memory");
	config.version++, refused("another version", FFA_INVALID_PARAMETERS);
	config.isolation = ENCLAVE_ISOLATION_NONE, refused("no isolation", FFA_INVALID_PARAMETERS);
	config.grant_count = 1, refused("a grant", FFA_INVALID_PARAMETERS);
	config.size--, refused("another size", FFA_INVALID_PARAMETERS);
	config.vcpus = 0, refused("no vCPUs", FFA_INVALID_PARAMETERS);
	config.vcpus = 33, refused("33 vCPUs", FFA_INVALID_PARAMETERS);
	config.nodes = 0, refused("no nodes", FFA_INVALID_PARAMETERS);
	config.nodes = 9, refused("9 nodes", FFA_INVALID_PARAMETERS);
	config.uuid[0] = 0, refused("no UUID", FFA_INVALID_PARAMETERS);
	memset(config.name, 'x', sizeof(config.name)),
		refused("an endless name", FFA_INVALID_PARAMETERS);
	config.bootargs[0] = '\n', refused("a line break", FFA_INVALID_PARAMETERS);
	config.range_count = 0, refused("no ranges", FFA_INVALID_PARAMETERS);
	config.range_count = 97, refused("97 ranges", FFA_INVALID_PARAMETERS);
	config.range_count = 3, refused("an empty range", FFA_INVALID_PARAMETERS);
	config.range_count = 1, refused("a range too many", FFA_INVALID_PARAMETERS);
	config.ranges[1].start += 4096, refused("half a unit", FFA_INVALID_PARAMETERS);
	config.ranges[1].size = ~SIZE_2M + 1, refused("a range that wraps", FFA_INVALID_PARAMETERS);
	config.ranges[1].node = 1, refused("a range of no node", FFA_INVALID_PARAMETERS);
	config.ranges[1].zero = 1, refused("rubbish in a range", FFA_INVALID_PARAMETERS);
	config.image.start -= 8, refused("an image before its range", FFA_INVALID_PARAMETERS);
	config.image.size = 4 * SIZE_2M,
	refused("an image beyond its range", FFA_INVALID_PARAMETERS);
	config.image.size = 0, refused("no image", FFA_INVALID_PARAMETERS);
	config.ramdisk.start = 8, refused("a place for no ramdisk", FFA_INVALID_PARAMETERS);
	config.ramdisk = (struct enclave_blob){unit(0), 8};
	refused("a ramdisk over the image", FFA_INVALID_PARAMETERS);
	config.ramdisk = (struct enclave_blob){unit(1), ~UINT64_C(0)};
	refused("a ramdisk without end", FFA_INVALID_PARAMETERS);
	config.tables += 4096, refused("half a unit for tables", FFA_INVALID_PARAMETERS);
	config.tables = peers[0].memory.start,
	refused("another VM's memory for tables", FFA_DENIED);
	config.tables = guest_argument("hv", 0), refused("the hypervisor for tables", FFA_DENIED);
	config.streams += 8, refused("streams at no page", FFA_INVALID_PARAMETERS);
}

static void layouts(void)
{
	config_fill();
	config.ranges[1].start = unit(1), build_refused("a unit twice", FFA_DENIED);
	config.ranges[1].start = unit(TABLES), build_refused("its tables' unit", FFA_DENIED);
	config.ranges[1].start = peers[0].memory.start,
	build_refused("another VM's unit", FFA_DENIED);
	config.ranges[1].start = ALIGN_DOWN((uint64_t)mailbox_rx, SIZE_2M);
	build_refused("the unit of the primary's mailbox", FFA_DENIED);
	config.streams = unit(1), build_refused("streams in its own memory", FFA_DENIED);
	config.streams = peers[0].memory.start, build_refused("another VM's streams", FFA_DENIED);
	*(uint32_t *)(unit(0) + 56) = 0,
				build_refused("an image without magic", FFA_INVALID_PARAMETERS);
	*(uint64_t *)(unit(0) + 8) = 0x1000,
				build_refused("an image elsewhere", FFA_INVALID_PARAMETERS);
	*(uint64_t *)(unit(0) + 16) = 3 * SIZE_2M;
	build_refused("an image that leaves no room", FFA_INVALID_PARAMETERS);
	*(uint64_t *)(unit(0) + 16) = ~UINT64_C(0);
	build_refused("an endless image", FFA_INVALID_PARAMETERS);
	config.ramdisk = (struct enclave_blob){unit(3) - 2 * 4096, 4096};
	build_refused("a ramdisk that leaves no room", FFA_INVALID_PARAMETERS);
}

/* The VM makes the call, or with 0 the read; x0 and x2 as in its answer; false: it has ended. */
static bool vm_call(uint64_t id, uint64_t x0, uint64_t x1, uint64_t *out)
{
	struct regs r;

	streams[0] = x0;
	streams[1] = x1;
	do {
		r = call(FFA_RUN, FFA_VM_VCPU(id, 0));
	} while (r.x[0] == FFA_INTERRUPT);
	out[0] = streams[2];
	out[1] = streams[3];
	return r.x[0] == FFA_YIELD;
}

/* The same with all four arguments */
static bool vm_call_4(uint64_t id, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3,
		      uint64_t *out)
{
	bool lives;

	streams[4] = x2;
	streams[5] = x3;
	lives = vm_call(id, x0, x1, out);
	streams[4] = streams[5] = 0;
	return lives;
}

static bool vm_answers(uint64_t id, uint64_t function, uint64_t x1, int32_t code)
{
	uint64_t out[2];

	if (!vm_call(id, function, x1, out))
		return false;
	return code ? out[0] == FFA_ERROR && (int32_t)out[1] == code : out[0] == FFA_SUCCESS_32;
}

static uint64_t vm_make(void)
{
	struct regs r;
	uint64_t id, out[2];

	config_fill();
	r = create();
	id = r.x[2];
	if (error_of(&r))
		return 0;
	r = steps(BH_VM_BUILD, id, 1000);
	return !error_of(&r) && vm_call(id, FFA_ID_GET, 0, out) ? id : 0;
}

static bool denied(uint64_t function, uint64_t x1, uint64_t x2, int32_t code)
{
	struct regs r = call(function, x1, x2);

	return error_of(&r) == code;
}

static void life(void)
{
	struct enclave_info info;
	struct verdict v = {0};
	uint64_t id, out[2];
	struct regs r;

	config_fill();
	r = create();
	id = r.x[2];
	check(!error_of(&r), "a VM is created: id %llu", (unsigned long long)id);
	info = info_get(id);
	check(info.stage == ENCLAVE_BUILDING && info.vcpus == 2, "it is being built");
	check(denied(FFA_RUN, FFA_VM_VCPU(id, 0), 0, FFA_DENIED), "and does not run");
	check(is_gone(unit(TABLES)) && !is_gone(unit(1)),
	      "its tables are out of reach, not yet its memory");
	r = steps(BH_VM_BUILD, id, 1000);
	info = info_get(id);
	check(!error_of(&r) && info.stage == ENCLAVE_ALIVE && info.units == UNITS, "it is built");
	for (unsigned i = 0; i < ROOM; i++)
		VERIFY(&v, is_gone(unit(i)) == (i < 3 || i == 4 || i == TABLES), "unit %u", i);
	conclude(&v, "the primary reaches what it has not given, and nothing else");
	check(denied(BH_VM_BUILD, id, 0, FFA_DENIED), "it is not built twice");
	check(vm_call(id, FFA_ID_GET, 0, out), "it runs");
	check(vm_answers(id, FFA_ID_GET, 0, 0) && streams[3] == id, "it knows its id");
	check(vm_answers(id, FFA_ID_GET, 0, 0), "and goes on");
	check(denied(BH_MEMORY_TAKE, id, unit(1), FFA_DENIED), "its memory cannot be taken");
	check(destroy(id), "it is destroyed, its memory scrubbed");
	check(info_get(0).vms == 1 + peer_count, "and forgotten");
	check(denied(BH_VM_DESTROY, id, 0, FFA_INVALID_PARAMETERS),
	      "there is nothing left to destroy");
	check(denied(BH_VM_DESTROY, peers[1].id, 0, FFA_INVALID_PARAMETERS),
	      "a VM of the manifest is not destroyed");
	check(denied(BH_VM_DESTROY, 1, 0, FFA_INVALID_PARAMETERS), "nor the primary");
}

static void resizing(void)
{
	uint64_t id = vm_make(), add = unit(SPARE), out[2] = {0};

	check(id != 0, "a VM to be resized");
	check(vm_answers(id, BH_MEMORY_ACCEPT, add, FFA_DENIED),
	      "it accepts nothing that is not offered");
	check(denied(BH_MEMORY_ADD, id, add + 4096, FFA_DENIED), "half units are not added");
	check(denied(BH_MEMORY_ADD, id, peers[0].memory.start, FFA_DENIED), "nor another VM's");
	check(denied(BH_MEMORY_ADD, id, unit(1), FFA_DENIED), "nor its own");
	memset((void *)add, 0x5a, 4096);
	check(denied(BH_MEMORY_ADD, id, add, 0) && is_gone(add), "a unit is offered");
	check(denied(BH_MEMORY_TAKE, id, add, 0) && *(uint64_t *)add == 0,
	      "and taken back, scrubbed");
	memset((void *)add, 0xa5, SIZE_2M);
	check(denied(BH_MEMORY_ADD, id, add, 0), "it is offered again");
	check(vm_answers(id, BH_MEMORY_ACCEPT, add, 0), "accepted");
	check(vm_answers(id, BH_MEMORY_ACCEPT, add, FFA_DENIED), "once");
	check(denied(BH_MEMORY_TAKE, id, add, FFA_DENIED), "now it cannot be taken");
	check(vm_call(id, 0, add, out) && out[1] == 0, "it is zero");
	check(vm_answers(id, BH_MEMORY_RELEASE, config.streams, FFA_DENIED),
	      "what is not its own is not released");
	check(vm_answers(id, BH_MEMORY_RELEASE, add, 0), "it is released");
	check(vm_answers(id, BH_MEMORY_ACCEPT, add, FFA_DENIED), "and not accepted any more");
	check(denied(BH_MEMORY_TAKE, id, add, 0) && !is_gone(add), "it is the primary's");
	check(vm_answers(id, BH_MEMORY_RELEASE, unit(4), 0),
	      "a unit that it had from the start is released");
	check(!vm_call(id, 0, unit(4), out), "reading it ends the VM");
	check(info_get(id).cause == BH_FAULT_MEMORY_READ, "with a record of that");
	check(denied(BH_MEMORY_ADD, id, add, FFA_DENIED), "it gets nothing more");
	check(destroy(id), "it is destroyed");
}

/* destroyed after any number of steps */
/* A sum over the device tree of a VM just made, which lies behind its image, read by itself. */
static uint64_t tree_sum(uint64_t id)
{
	uint64_t sum = 0, out[2];

	for (uint64_t at = 0; at < TREE_READ; at += 8) {
		if (!vm_call(id, 0, unit(0) + TREE_AT + at, out))
			return 0;
		sum = sum * 31 + out[1];
	}
	return sum;
}

/* The same VM twice: the trees are the same but for the seeds. */
static void seeds(void)
{
	uint64_t sums[2];

	for (unsigned i = 0; i < 2; i++) {
		uint64_t id = vm_make();

		sums[i] = tree_sum(id);
		check(sums[i] && destroy(id), "a VM reads its tree and is destroyed");
	}
	check(guest.seed && sums[0] != sums[1], "its successor has other seeds");
}

static void unfinished(void)
{
	struct verdict v = {0};

	for (unsigned limit = 1; limit < 16; limit++) {
		struct regs r;
		uint64_t id;

		config_fill();
		r = create();
		id = r.x[2];
		VERIFY(&v, !error_of(&r), "%u: not created", limit);
		steps(BH_VM_BUILD, id, limit);
		VERIFY(&v, destroy(id), "%u: not destroyed", limit);
	}
	conclude(&v, "a VM is destroyed at each step of being built");
}

/* --- memory that is shared with it when it goes --- */

#define VM_TX unit(1)
#define VM_RX (unit(1) + PAGE_SIZE)

static __attribute__((aligned(4096))) uint64_t lent[512];

/* A descriptor of the primary's making, in the VM's TX */
static void vm_put(uint64_t id, const void *from, size_t size)
{
	const uint64_t *words = from;
	uint64_t out[2];

	for (size_t i = 0; i < size / 8; i++)
		vm_call_4(id, 1, VM_TX + 8 * i, words[i], 0, out);
}

static int32_t vm_error(uint64_t id, uint64_t function, size_t size, uint64_t out[2])
{
	if (!vm_call_4(id, function, size, size, 0, out))
		return 100;
	return out[0] == FFA_ERROR ? (int32_t)out[1] : 0;
}

static uint64_t vm_make_with_mailbox(void)
{
	uint64_t id = vm_make(), out[2];

	vm_call_4(id, FFA_RXTX_MAP_64, VM_TX, VM_RX, 1, out);
	return out[0] == FFA_SUCCESS_32 ? id : 0;
}

static void borrower_goes(void)
{
	struct {
		struct ffa_mem_header header;
		struct ffa_mem_access access;
	} d = {{.sender = guest.id, .access_size = 16, .access_count = 1, .access_offset = 48},
	       {0}};
	uint64_t id = vm_make_with_mailbox(), handle, out[2];
	struct transaction t = transaction_of(FFA_MEM_LEND_32, (uint16_t)id, (uint64_t)lent, 1);
	struct regs r;

	check(id != 0, "a VM with a mailbox");
	lent[0] = 1234;
	r = transaction_call(&t);
	handle = handle_of(&r);
	check(handle && is_gone((uint64_t)lent), "it is lent a page");
	d.header.handle = handle;
	d.access.receiver = (uint16_t)id;
	vm_put(id, &d, sizeof(d));
	check_is((uint64_t)vm_error(id, FFA_MEM_RETRIEVE_REQ_32, sizeof(d), out), 0,
		 "it retrieves it");
	check(vm_call(id, 0, (uint64_t)lent, out) && out[1] == 1234, "and reads it");
	r = mem_reclaim(handle, 0);
	check(error_of(&r) == FFA_DENIED, "the primary does not get it back");
	check(destroy(id), "before the VM is destroyed");
	r = mem_reclaim(handle, 0);
	check(!error_of(&r) && lent[0] == 1234, "then it does");
}

static void owner_goes(void)
{
	struct {
		struct ffa_mem_header header;
		struct ffa_mem_access access;
		struct ffa_mem_composite composite;
		struct ffa_mem_range range;
	} d = {{.access_size = 16, .access_count = 1, .access_offset = 48},
	       {.receiver = guest.id, .permissions = FFA_MEM_READ_WRITE, .composite_offset = 64},
	       {1, 1, 0},
	       {unit(1) + 4 * PAGE_SIZE, 1, 0}};
	uint64_t id = vm_make_with_mailbox(), out[2] = {0};
	struct transaction t;
	struct regs r;

	d.header.sender = (uint16_t)id;
	vm_put(id, &d, sizeof(d));
	check_is((uint64_t)vm_error(id, FFA_MEM_LEND_32, sizeof(d), out), 0,
		 "a VM lends the primary a page");
	/* bit 63 and a number that is not large yet */
	t = transaction_request((uint16_t)id, out[1] | UINT64_C(1) << 63);
	r = transaction_call(&t);
	call(FFA_RX_RELEASE);
	check(r.x[0] == FFA_MEM_RETRIEVE_RESP, "which retrieves it");
	*(volatile uint64_t *)d.range.address = 77;
	for (unsigned i = 0; i < 10000 && !error_of(&r); i++)
		r = call(BH_VM_DESTROY, id);
	check(error_of(&r) == FFA_DENIED,
	      "the VM is not destroyed altogether while the page is held");
	check(*(volatile uint64_t *)d.range.address == 77 && is_gone(unit(1)),
	      "the page is there, and no more");
	r = mem_relinquish(t.header.handle, 0);
	check(!error_of(&r) && is_gone(d.range.address), "the primary lets go");
	check(destroy(id), "and the rest comes back, zeroed");
	r = mem_reclaim(t.header.handle, 0);
	check(error_of(&r) == FFA_INVALID_PARAMETERS, "of the transaction nothing is left");
}

GUEST_TEST(enclave_shares)
{
	uint64_t units = info_get(0).units, ids;
	struct regs r;
	uint64_t id;

	borrower_goes();
	owner_goes();
	id = vm_make();
	ids = FFA_NOTIFICATION_IDS(id, guest.id);
	r = call(FFA_NOTIFICATION_BIND, ids, 0, 4);
	check(!error_of(&r) && destroy(id), "a VM that may notify is destroyed");
	check(vm_make() == id, "its id comes back");
	r = call(FFA_NOTIFICATION_UNBIND, ids, 0, 4);
	check(error_of(&r) == FFA_DENIED, "but not its right to notify");
	check(destroy(id), "it is destroyed");
	check_is(info_get(0).units, units, "the primary has all its memory");
}

GUEST_TEST(enclave)
{
	static const uint64_t functions[] = {BH_VM_CREATE,     BH_VM_BUILD,      BH_VM_DESTROY,
					     BH_VM_INFO,       BH_MEMORY_ADD,    BH_MEMORY_TAKE,
					     BH_MEMORY_ACCEPT, BH_MEMORY_RELEASE};
	uint64_t units = info_get(0).units;
	struct peer *peer = peer_take();

	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct remote r = remote_hvc(peer, functions[i], peer->memory.start, unit(0), 0);

		check(r.end == REMOTE_DONE && r.out[0] == FFA_ERROR &&
			      (int32_t)r.out[2] == FFA_DENIED,
		      "a secondary calls %llx: DENIED", (unsigned long long)functions[i]);
	}
	descriptions();
	layouts();
	life();
	seeds();
	resizing();
	unfinished();
	check_is(info_get(0).units, units, "the primary has all its memory");
}

/* --- other cores look at it while it goes --- */

static uint64_t raced; /* atomic: the VM; 0: none */
static uint32_t over;  /* atomic */

static void runner(uint64_t vcpu)
{
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		uint64_t id = __atomic_load_n(&raced, __ATOMIC_ACQUIRE);

		if (id)
			call(FFA_RUN, FFA_VM_VCPU(id, vcpu));
		interrupts_take();
	}
}

static void looker(uint64_t unused)
{
	(void)unused;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		uint64_t id = __atomic_load_n(&raced, __ATOMIC_ACQUIRE);

		call(BH_INTR_INJECT, FFA_VM_VCPU(id, 1), 8);
		call(BH_VM_STOP, id | (uint64_t)(now() & 1) << 8);
		call(BH_VM_BUILD, id);
		call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(1, id));
	}
}

GUEST_TEST(enclave_races)
{
	uint64_t units = info_get(0).units;
	struct verdict v = {0};

	workers_start(4);
	worker_do(1, runner, 0);
	worker_do(2, runner, 0);
	worker_do(3, looker, 0);
	for (unsigned i = 0; i < CYCLES; i++) {
		struct regs r;

		config_fill();
		streams[0] = FFA_ID_GET;
		r = create();
		VERIFY(&v, !error_of(&r), "%u: not created: %d", i, error_of(&r));
		__atomic_store_n(&raced, r.x[2], __ATOMIC_RELEASE);
		for (unsigned k = 0; k < 16 + i % 8; k++)
			call(BH_VM_BUILD, r.x[2]);
		VERIFY(&v, destroy(r.x[2]), "%u: not destroyed", i);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	for (unsigned i = 1; i < 4; i++)
		worker_wait(i);
	conclude(&v, "VMs destroyed while three cores run, build, stop and interrupt them");
	check_is(info_get(0).units, units, "the primary has all its memory");
}
