/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See fuzz.h. A row of `calls` says what a call's arguments mean, so that most of them are sensible
 * and the call gets past its first check; the rest is at the edges, or random.
 */
#include <tests/guest/fuzz.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/random.h>

enum meaning {
	NOTHING, /* zero */
	ANY,
	VERSION_NUMBER,
	FUNCTION,
	VM_VCPU,
	VM,
	REQUEST_IDS,
	RESPONSE_IDS,
	OWN_ID,
	INTERRUPT,
	SGI,
	SWITCH,
	PAGE,
	OTHER_PAGE,
	ONE,
	UUID,
	FLAGS,
	LENGTH_32,
	LENGTH_64,
	AFFINITY,
	ENTRY,
	CONTEXT,
	SENDER_IDS,
	RECEIVER_IDS,
	VCPU_RECEIVER,
	NOTIFY_FLAGS,
	NOTIFY_BITS,
	DESCRIPTOR, /* its length, and it lies in a page that may be TX */
	LENGTH_AGAIN,
	HANDLE_LOW,
	HANDLE_HIGH,
	ONE_TO_15,
};

struct fuzz_call {
	const char *name;
	uint32_t id;
	uint8_t primary, secondary; /* how often, relative to the others */
	uint8_t meanings[5];        /* of x1 to x5 */
};

/*
 * The last row: ids at random. SYSTEM_OFF ends a secondary, and the node when the primary calls it:
 * that is for other tests.
 */
static const struct fuzz_call calls[] = {
	{"FFA_VERSION", FFA_VERSION, 4, 4, {VERSION_NUMBER}},
	{"FFA_FEATURES", FFA_FEATURES, 4, 4, {FUNCTION}},
	{"FFA_ID_GET", FFA_ID_GET, 4, 4, {0}},
	{"FFA_RXTX_MAP_64", FFA_RXTX_MAP_64, 8, 6, {PAGE, OTHER_PAGE, ONE}},
	{"FFA_RXTX_MAP_32", FFA_RXTX_MAP_32, 4, 4, {PAGE, OTHER_PAGE, ONE}},
	{"FFA_RXTX_UNMAP", FFA_RXTX_UNMAP, 4, 4, {OWN_ID}},
	{"FFA_RX_RELEASE", FFA_RX_RELEASE, 14, 8, {0}},
	{"FFA_PARTITION_INFO_GET",
	 FFA_PARTITION_INFO_GET,
	 6,
	 6,
	 {UUID, NOTHING, NOTHING, VM, FLAGS}},
	{"FFA_CONSOLE_LOG_32", FFA_CONSOLE_LOG_32, 1, 1, {LENGTH_32, ANY, ANY, ANY, ANY}},
	{"FFA_CONSOLE_LOG_64", FFA_CONSOLE_LOG_64, 1, 1, {LENGTH_64, ANY, ANY, ANY, ANY}},
	{"FFA_RUN", FFA_RUN, 60, 2, {VM_VCPU}},
	{"FFA_YIELD", FFA_YIELD, 2, 16, {0}},
	{"FFA_MSG_WAIT", FFA_MSG_WAIT, 2, 8, {0}},
	{"FFA_MSG_SEND_DIRECT_REQ_64",
	 FFA_MSG_SEND_DIRECT_REQ_64,
	 20,
	 2,
	 {REQUEST_IDS, NOTHING, ANY, ANY, ANY}},
	{"FFA_MSG_SEND_DIRECT_REQ_32",
	 FFA_MSG_SEND_DIRECT_REQ_32,
	 10,
	 2,
	 {REQUEST_IDS, NOTHING, ANY, ANY, ANY}},
	{"FFA_MSG_SEND_DIRECT_RESP_64",
	 FFA_MSG_SEND_DIRECT_RESP_64,
	 1,
	 8,
	 {RESPONSE_IDS, NOTHING, ANY, ANY, ANY}},
	{"FFA_MSG_SEND_DIRECT_RESP_32",
	 FFA_MSG_SEND_DIRECT_RESP_32,
	 1,
	 4,
	 {RESPONSE_IDS, NOTHING, ANY, ANY, ANY}},
	{"FFA_MEM_SHARE_32", FFA_MEM_SHARE_32, 8, 8, {DESCRIPTOR, LENGTH_AGAIN}},
	{"FFA_MEM_SHARE_64", FFA_MEM_SHARE_64, 2, 2, {DESCRIPTOR, LENGTH_AGAIN}},
	{"FFA_MEM_LEND_32", FFA_MEM_LEND_32, 6, 6, {DESCRIPTOR, LENGTH_AGAIN}},
	{"FFA_MEM_DONATE_32", FFA_MEM_DONATE_32, 1, 1, {DESCRIPTOR, LENGTH_AGAIN}},
	{"FFA_MEM_RETRIEVE_REQ_32", FFA_MEM_RETRIEVE_REQ_32, 8, 8, {DESCRIPTOR, LENGTH_AGAIN}},
	{"FFA_MEM_RELINQUISH", FFA_MEM_RELINQUISH, 4, 4, {DESCRIPTOR}},
	{"FFA_MEM_RECLAIM", FFA_MEM_RECLAIM, 8, 8, {HANDLE_LOW, HANDLE_HIGH, NOTIFY_FLAGS}},
	{"FFA_NOTIFICATION_BIND",
	 FFA_NOTIFICATION_BIND,
	 6,
	 6,
	 {SENDER_IDS, NOTIFY_FLAGS, NOTIFY_BITS, NOTIFY_BITS}},
	{"FFA_NOTIFICATION_UNBIND",
	 FFA_NOTIFICATION_UNBIND,
	 3,
	 3,
	 {SENDER_IDS, NOTHING, NOTIFY_BITS, NOTIFY_BITS}},
	{"FFA_NOTIFICATION_SET",
	 FFA_NOTIFICATION_SET,
	 12,
	 12,
	 {RECEIVER_IDS, NOTIFY_FLAGS, NOTIFY_BITS, NOTIFY_BITS}},
	{"FFA_NOTIFICATION_GET", FFA_NOTIFICATION_GET, 6, 6, {VCPU_RECEIVER, ONE_TO_15}},
	{"FFA_NOTIFICATION_INFO_GET_32", FFA_NOTIFICATION_INFO_GET_32, 3, 1, {0}},
	{"FFA_NOTIFICATION_INFO_GET_64", FFA_NOTIFICATION_INFO_GET_64, 3, 1, {0}},
	{"BH_INTR_ENABLE", BH_INTR_ENABLE, 8, 8, {INTERRUPT, SWITCH}},
	{"BH_INTR_GET", BH_INTR_GET, 6, 6, {INTERRUPT}},
	{"BH_INTR_INJECT", BH_INTR_INJECT, 16, 10, {VM_VCPU, SGI}},
	{"BH_VM_FAULT", BH_VM_FAULT, 6, 1, {VM}},
	{"BH_VM_COUNTERS", BH_VM_COUNTERS, 8, 1, {VM_VCPU}},
	{"BH_VM_STOP", BH_VM_STOP, 2, 1, {VM}},
	{"BH_VM_CREATE", BH_VM_CREATE, 4, 1, {PAGE}},
	{"BH_VM_BUILD", BH_VM_BUILD, 2, 1, {VM}},
	{"BH_VM_DESTROY", BH_VM_DESTROY, 2, 1, {VM}},
	{"BH_VM_INFO", BH_VM_INFO, 6, 1, {VM}},
	{"BH_MEMORY_ADD", BH_MEMORY_ADD, 3, 1, {VM, PAGE}},
	{"BH_MEMORY_TAKE", BH_MEMORY_TAKE, 3, 1, {VM, PAGE}},
	{"BH_MEMORY_ACCEPT", BH_MEMORY_ACCEPT, 1, 3, {PAGE}},
	{"BH_MEMORY_RELEASE", BH_MEMORY_RELEASE, 1, 3, {PAGE}},
	{"BH_VM_RELOAD", BH_VM_RELOAD, 2, 1, {VM}},
	{"PSCI_VERSION", PSCI_VERSION, 2, 2, {0}},
	{"PSCI_FEATURES", PSCI_FEATURES, 3, 3, {FUNCTION}},
	{"PSCI_CPU_ON_64", PSCI_CPU_ON_64, 3, 6, {AFFINITY, ENTRY, CONTEXT}},
	{"PSCI_CPU_ON_32", PSCI_CPU_ON_32, 2, 2, {AFFINITY, ENTRY, CONTEXT}},
	{"PSCI_CPU_OFF", PSCI_CPU_OFF, 0, 1, {0}},
	{"PSCI_CPU_SUSPEND_64", PSCI_CPU_SUSPEND_64, 2, 2, {ANY, ANY, ANY}},
	{"PSCI_CPU_SUSPEND_32", PSCI_CPU_SUSPEND_32, 2, 2, {ANY, ANY, ANY}},
	{"PSCI_AFFINITY_INFO_64", PSCI_AFFINITY_INFO_64, 4, 4, {AFFINITY, NOTHING}},
	{"PSCI_AFFINITY_INFO_32", PSCI_AFFINITY_INFO_32, 4, 4, {AFFINITY, NOTHING}},
	{"PSCI_MIGRATE_INFO_TYPE", PSCI_MIGRATE_INFO_TYPE, 2, 2, {0}},
	{"SMCCC_VERSION", SMCCC_VERSION, 2, 2, {0}},
	{"SMCCC_ARCH_FEATURES", SMCCC_ARCH_FEATURES, 2, 2, {FUNCTION}},
	{"any other", 0, 8, 8, {ANY, ANY, ANY, ANY, ANY}},
};
static_assert(ARRAY_SIZE(calls) <= FUZZ_CALLS_MAX, "rows of the table");
#define ROW_ANY (ARRAY_SIZE(calls) - 1)

const char *const fuzz_result_names[FUZZ_RESULTS] = {
	"ok",   "-1",    "-2",   "-3",   "-4",  "-5",      "-6",      "-7",  "-8",  "-9",
	"INTR", "YIELD", "WAIT", "RESP", "WFI", "WAKE_UP", "ABORTED", "OFF", "BAD",
};

size_t fuzz_call_count(void)
{
	return ARRAY_SIZE(calls);
}

const char *fuzz_call_name(size_t row)
{
	return calls[row].name;
}

bool fuzz_call_of(size_t row, bool primary)
{
	return primary ? calls[row].primary : calls[row].secondary;
}

/* --- arguments --- */

static bool one_in(struct fuzz *f, uint64_t n)
{
	return random_below(&f->random, n) == 0;
}

uint64_t fuzz_edge(struct fuzz *f)
{
	static const uint64_t edges[] = {0,
					 1,
					 2,
					 0xFFFF,
					 0x10000,
					 0x7FFFFFFF,
					 0x80000000,
					 0xFFFFFFFF,
					 UINT64_C(0x100000000),
					 UINT64_C(0x8000000000000000),
					 ~UINT64_C(0),
					 ~UINT64_C(0xFFF)};
	uint64_t r = random_next(&f->random);

	switch (r % 4) {
	case 0:
		return r >> 8;
	case 1:
		return r >> 8 & 0xFF;
	case 2:
		return UINT64_C(1) << (r >> 8 & 63);
	default:
		return edges[(r >> 8) % ARRAY_SIZE(edges)];
	}
}

uint64_t fuzz_vm(struct fuzz *f)
{
	if (f->primary ? one_in(f, 20) : !one_in(f, 4))
		return guest.id;
	for (;;) {
		uint64_t i = random_below(&f->random, f->vms->count);

		/* those that have ended seldom say anything new */
		if (!f->vms->ended[i] || one_in(f, 50))
			return f->vms->id[i];
	}
}

static uint64_t page_choose(struct fuzz *f)
{
	if (one_in(f, 4))
		return f->foreign[random_below(&f->random, ARRAY_SIZE(f->foreign))];
	return f->pages + PAGE_SIZE * random_below(&f->random, 4);
}

static uint64_t sensible_ffa(struct fuzz *f, enum meaning meaning, uint64_t r)
{
	switch (meaning) {
	case SENDER_IDS:
		return FFA_NOTIFICATION_IDS(fuzz_partner(f), guest.id);
	case RECEIVER_IDS:
		return FFA_NOTIFICATION_IDS(guest.id, fuzz_partner(f));
	case VCPU_RECEIVER:
		return FFA_NOTIFICATION_GET_IDS(r % 3 == 0, guest.id);
	case NOTIFY_FLAGS:
		return r % 4 ? r & 1 : (r & 3) | 0x10000;
	case NOTIFY_BITS:
		return r & 0x11;
	case ONE_TO_15:
		return 1 + r % 15;
	case DESCRIPTOR:
		return fuzz_descriptor(f, f->function);
	case HANDLE_LOW:
		f->reclaimed = fuzz_handle(f, false);
		return (uint32_t)f->reclaimed;
	case HANDLE_HIGH:
		return f->reclaimed >> 32;
	default:
		return 0;
	}
}

/* a sensible value */
static uint64_t sensible(struct fuzz *f, enum meaning meaning)
{
	uint64_t r = random_next(&f->random);

	switch (meaning) {
	case VERSION_NUMBER:
		return r % 2 ? FFA_VERSION_1_1 : FFA_VERSION_1_0;
	case FUNCTION:
		return calls[r % ROW_ANY].id;
	case VM_VCPU:
		return FFA_VM_VCPU(fuzz_vm(f), r % 3 == 0);
	case VM:
		return fuzz_vm(f);
	case REQUEST_IDS:
		return FFA_VM_VCPU(guest.id, fuzz_vm(f));
	case RESPONSE_IDS:
		return FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID);
	case OWN_ID:
		return r % 2 ? (uint64_t)guest.id << 16 : 0;
	case INTERRUPT: /* never the primary's timer, which ends what hangs */
		return r % 8 ? r >> 8 & 15 : 27;
	case SGI:
		return r & 15;
	case SWITCH:
		return r & 1;
	case PAGE:
	case OTHER_PAGE:
		return page_choose(f);
	case ONE:
		return 1;
	case UUID:
		return r % 2 ? 0xb0140ead : 0;
	case FLAGS:
		return r % 2;
	case LENGTH_32:
		return 1 + r % FFA_CONSOLE_LOG_32_MAX;
	case LENGTH_64:
		return 1 + r % FFA_CONSOLE_LOG_64_MAX;
	case AFFINITY:
		return guest.mpidr[r % guest.vcpus];
	case ENTRY:
		return r % 4 ? (uint64_t)core_entry : f->foreign[(r >> 8) % ARRAY_SIZE(f->foreign)];
	case CONTEXT:
		return (uint64_t)fuzz_cores;
	case ANY:
		return r;
	default:
		return sensible_ffa(f, meaning, r);
	}
}

/*
 * What belongs together: two pages that differ, the words of a UUID, the vCPU and the stack that is
 * to be its own.
 */
static void arguments_repair(const struct fuzz_call *c, uint64_t *x)
{
	if (c->meanings[1] == OTHER_PAGE && x[1] == x[2])
		x[2] = x[1] ^ PAGE_SIZE;
	if (c->meanings[0] == UUID && !x[1])
		x[4] = 0;
	if (c->meanings[1] == LENGTH_AGAIN)
		x[2] = x[1];
	if (c->meanings[1] == ENTRY && x[2] == (uint64_t)core_entry)
		x[3] = (uint64_t)&fuzz_cores[x[1] & 1];
}

static bool vm_exists(const struct fuzz *f, uint32_t id)
{
	for (unsigned i = 0; i < f->vms->count; i++)
		if (f->vms->id[i] == id)
			return true;
	return false;
}

/*
 * What a fuzzer must not do to itself: stop the victim, turn a core of the primary on where nobody
 * expects it.
 */
static bool is_spared(struct fuzz *f, const uint64_t *x)
{
	uint32_t id = (uint32_t)x[0];

	/* vCPU 0 is the one that is run most */
	if (!f->primary)
		return id == PSCI_CPU_OFF && f->core == 0 && !one_in(f, 50);
	switch (id) {
	case BH_VM_STOP:
		return (uint32_t)x[1] == f->vms->spared ||
		       (vm_exists(f, (uint32_t)x[1]) && !one_in(f, 50));
	case BH_INTR_ENABLE:
		return (uint32_t)x[1] == 30;
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
		return x[2] == (uint64_t)core_entry ||
		       x[2] - guest.memory.start < guest.memory.size;
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		return true;
	default:
		return false;
	}
}

static uint64_t unknown_id(struct fuzz *f)
{
	uint64_t r = random_next(&f->random);

	/* near the ids there are, or anywhere */
	return r % 2 ? calls[(r >> 8) % ROW_ANY].id ^ UINT64_C(1) << (r >> 16 & 31) : r >> 16;
}

static size_t row_choose(struct fuzz *f)
{
	unsigned total = 0;
	uint64_t r;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		total += f->primary ? calls[i].primary : calls[i].secondary;
	r = random_below(&f->random, total);
	for (size_t i = 0;; i++) {
		unsigned weight = f->primary ? calls[i].primary : calls[i].secondary;

		if (r < weight)
			return i;
		r -= weight;
	}
}

static size_t row_of(uint32_t id)
{
	for (size_t i = 0; i < ROW_ANY; i++)
		if (calls[i].id == id)
			return i;
	return ROW_ANY;
}

static size_t call_choose(struct fuzz *f, struct regs *r)
{
	size_t row;

	do {
		const struct fuzz_call *c;

		row = row_choose(f);
		c = &calls[row];
		r->x[0] = row == ROW_ANY ? unknown_id(f) : c->id;
		f->function = c->id;
		for (int i = 0; i < 5; i++)
			r->x[1 + i] = sensible(f, c->meanings[i]);
		for (int i = 1; i < 8; i++)
			if (one_in(f, 16))
				r->x[i] = fuzz_edge(f);
		arguments_repair(c, r->x);
		if (one_in(f, 8))
			r->x[0] |= random_next(&f->random) << 32;
		row = row_of((uint32_t)r->x[0]);
	} while (is_spared(f, r->x));
	return row;
}

/* --- results --- */

static bool runs_vcpus(uint32_t id)
{
	return id == FFA_RUN || id == FFA_MSG_SEND_DIRECT_REQ_32 ||
	       id == FFA_MSG_SEND_DIRECT_REQ_64;
}

/* What a waiting secondary is given: the next request, or FFA_RUN */
static bool waits(uint32_t id)
{
	return id == FFA_MSG_WAIT || id == FFA_MSG_SEND_DIRECT_RESP_32 ||
	       id == FFA_MSG_SEND_DIRECT_RESP_64;
}

static bool rest_is_zero(const struct regs *r, int from)
{
	for (int i = from; i < 8; i++)
		if (r->x[i])
			return false;
	return true;
}

static enum fuzz_result run_result(const struct regs *r)
{
	bool clean = rest_is_zero(r, 3);

	switch (r->x[0]) {
	case FFA_INTERRUPT:
		return clean ? FUZZ_INTERRUPT : FUZZ_BAD;
	case FFA_YIELD:
		return clean ? FUZZ_YIELD : FUZZ_BAD;
	case FFA_MSG_WAIT:
		return clean && r->x[2] <= 1 ? FUZZ_MSG_WAIT : FUZZ_BAD;
	case BH_RUN_WAIT_FOR_INTERRUPT:
		return clean ? FUZZ_WFI : FUZZ_BAD;
	case BH_RUN_WAKE_UP:
		return clean && FFA_VM_OF(r->x[2]) == FFA_VM_OF(r->x[1]) ? FUZZ_WAKE_UP : FUZZ_BAD;
	case BH_RUN_ABORTED:
		return clean && r->x[2] < BH_FAULT_CAUSES ? FUZZ_ABORTED : FUZZ_BAD;
	case BH_RUN_VCPU_OFF:
		return clean ? FUZZ_OFF : FUZZ_BAD;
	case FFA_MSG_SEND_DIRECT_RESP_32:
	case FFA_MSG_SEND_DIRECT_RESP_64:
		return r->x[2] == 0 ? FUZZ_RESPONSE : FUZZ_BAD;
	default:
		return FUZZ_BAD;
	}
}

static enum fuzz_result psci_result(const uint64_t *x, const struct regs *r)
{
	int64_t value = (int64_t)r->x[0];

	if ((uint32_t)x[0] == FFA_VERSION)
		value = (int32_t)value;
	for (int i = 1; i < 8 && (uint32_t)x[0] != FFA_VERSION; i++)
		if (r->x[i] != x[i])
			return FUZZ_BAD; /* the others are kept */
	if (value >= 0)
		return value <= 0x10002 ? FUZZ_OK : FUZZ_BAD;
	return value >= -9 ? (enum fuzz_result)(FUZZ_ERROR_FIRST - 1 - value) : FUZZ_BAD;
}

static bool success_is_clean(uint32_t id, const struct regs *r)
{
	switch (id) {
	case FFA_MEM_RETRIEVE_REQ_32:
	case FFA_MEM_RETRIEVE_REQ_64:
		return r->x[0] == FFA_MEM_RETRIEVE_RESP && r->x[1] == r->x[2] && rest_is_zero(r, 3);
	case FFA_NOTIFICATION_INFO_GET_64:
		return r->x[0] == FFA_SUCCESS_64 && r->x[1] == 0;
	case FFA_NOTIFICATION_INFO_GET_32:
		return r->x[0] == FFA_SUCCESS_32 && r->x[1] == 0;
	case FFA_NOTIFICATION_GET:
		return r->x[0] == FFA_SUCCESS_32 && !(r->x[1] | r->x[2] | r->x[3]) &&
		       rest_is_zero(r, 6);
	default:
		return r->x[0] == FFA_SUCCESS_32 && r->x[1] == 0 && rest_is_zero(r, 4);
	}
}

static enum fuzz_result result_of(const uint64_t *x, const struct regs *r)
{
	uint32_t id = (uint32_t)x[0];
	bool vendor = id >> 24 == 0x86 || id >> 24 == 0xC6;
	bool ffa = (id & 0xBFFF0000) == 0x84000000 && (id & 0xFFFF) >= 0x60 &&
		   (id & 0xFFFF) <= 0xFF;
	int32_t error = error_of(r);

	if (id == FFA_VERSION || (!ffa && !(vendor && (id & 0xFF0000) == 0)))
		return psci_result(x, r);
	if (error)
		return error < 0 && error >= FFA_NO_DATA
			       ? (enum fuzz_result)(FUZZ_ERROR_FIRST - 1 - error)
			       : FUZZ_BAD;
	if (runs_vcpus(id))
		return run_result(r);
	if (waits(id))
		return r->x[0] == FFA_RUN || r->x[0] == FFA_MSG_SEND_DIRECT_REQ_32 ||
				       r->x[0] == FFA_MSG_SEND_DIRECT_REQ_64
			       ? FUZZ_OK
			       : FUZZ_BAD;
	return success_is_clean(id, r) ? FUZZ_OK : FUZZ_BAD;
}

static bool returns(const uint64_t *x)
{
	uint32_t id = (uint32_t)x[0];

	return id != PSCI_CPU_OFF && id != PSCI_SYSTEM_OFF && id != PSCI_SYSTEM_RESET;
}

static void count(struct fuzz *f, size_t row, enum fuzz_result result)
{
	__atomic_fetch_add(&f->table->count[row][result], 1, __ATOMIC_RELAXED);
}

static void end_note(struct fuzz *f, uint16_t vm)
{
	for (unsigned i = 0; i < f->vms->count; i++)
		if (f->vms->id[i] == vm)
			f->vms->ended[i] = 1;
}

/* Learns of its own offers, and where TX is. */
static void answer_note(struct fuzz *f, const uint64_t *x, const struct regs *r)
{
	uint32_t narrow = (uint32_t)x[0] & ~0x40000000u;

	if (r->x[0] != FFA_SUCCESS_32)
		return;
	if (narrow >= FFA_MEM_DONATE_32 && narrow <= FFA_MEM_SHARE_32)
		fuzz_offered(f, f->receiver, r->x[2] | r->x[3] << 32);
	if (narrow == FFA_RXTX_MAP_32)
		f->tx = (uint32_t)x[0] & 0x40000000u ? x[1] : (uint32_t)x[1];
}

void fuzz_one(struct fuzz *f)
{
	struct regs r = {0};
	size_t row = call_choose(f, &r);
	enum fuzz_result result;
	uint64_t x[8], mark = random_next(&f->random);

	for (int i = 0; i < 8; i++)
		x[i] = r.x[i];
	for (int i = 8; i <= 28; i++)
		r.x[i] = mark + (uint64_t)i;
	if (!returns(x))
		count(f, row, FUZZ_OK);
	if (mark & 1)
		call_hvc(&r);
	else
		call_smc(&r);
	result = returns(x) ? result_of(x, &r) : FUZZ_BAD;
	for (int i = 8; i <= 28; i++)
		if (r.x[i] != mark + (uint64_t)i)
			result = FUZZ_BAD;
	count(f, row, result);
	answer_note(f, x, &r);
	if (result == FUZZ_ABORTED)
		end_note(f, FFA_VM_OF(r.x[1]));
	if (calls[row].id == FFA_RUN && FFA_VCPU_OF(x[1]) == 0 && error_of(&r) == FFA_DENIED)
		end_note(f, FFA_VM_OF(x[1]));
	if (result == FUZZ_BAD && !__atomic_exchange_n(&f->table->bad_set, 1, __ATOMIC_RELAXED)) {
		for (int i = 0; i < 8; i++) {
			f->table->bad_call[i] = x[i];
			f->table->bad_answer[i] = r.x[i];
		}
	}
}
