/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls with unknown ids and with every argument out of range, from the primary and from a
 * secondary: a defined error, and nothing else. docs/abi-arm64.md is the contract.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>

#define PRIMARY   1u
#define SECONDARY 2u
#define BOTH      3u

#define UNKNOWN FFA_NOT_SUPPORTED
#define INVALID FFA_INVALID_PARAMETERS
#define DENIED  FFA_DENIED

/* FF-A's that nobody here implements */
#define FFA_MSG_POLL              0x8400006Au
#define FFA_MSG_SEND              0x8400006Eu
#define FFA_MEM_OP_PAUSE          0x84000078u
#define FFA_MEM_OP_RESUME         0x84000079u
#define FFA_NORMAL_WORLD_RESUME   0x8400007Cu
#define FFA_RX_ACQUIRE            0x84000084u
#define FFA_SPM_ID_GET            0x84000085u
#define FFA_MSG_SEND2             0x84000086u
#define FFA_SECONDARY_EP_REGISTER 0x84000087u
#define FFA_MEM_PERM_GET          0x84000088u
#define FFA_MEM_PERM_SET          0x84000089u
#define NOWHERE                   UINT64_C(0x100000000000)
#define HIGH                      UINT64_C(0xdeadbeef00000000)

/* stand for ids and an address that only the run knows */
#define OWN            0xFEF1u /* the caller's VM id */
#define OTHER          0xFEF2u /* the victim's */
#define FOREIGN_MEMORY UINT64_C(0x7fff00000001)
#define BEHIND         UINT64_C(0x7fff00000002) /* affinity of a core one more than the caller has */

struct bad_call {
	const char *what;
	unsigned by;
	uint64_t x[4];
	int64_t code; /* in x0, or of FFA_ERROR for calls that answer like FF-A */
};

static const struct bad_call unknown_ids[] = {
	{"FFA_MEM_FRAG_RX", BOTH, {FFA_MEM_FRAG_RX}, UNKNOWN},
	{"FFA_MEM_FRAG_TX", BOTH, {FFA_MEM_FRAG_TX}, UNKNOWN},
	{"FFA_NOTIFICATION_BITMAP_CREATE", BOTH, {FFA_NOTIFICATION_BITMAP_CREATE, OWN, 1}, UNKNOWN},
	{"FFA_NOTIFICATION_BITMAP_DESTROY", BOTH, {FFA_NOTIFICATION_BITMAP_DESTROY, OWN}, UNKNOWN},
	{"FFA_MSG_SEND2", BOTH, {FFA_MSG_SEND2}, UNKNOWN},
	{"FFA_MSG_SEND", BOTH, {FFA_MSG_SEND, FFA_VM_VCPU(OWN, OTHER)}, UNKNOWN},
	{"FFA_MSG_POLL", BOTH, {FFA_MSG_POLL}, UNKNOWN},
	{"FFA_MEM_OP_PAUSE", BOTH, {FFA_MEM_OP_PAUSE}, UNKNOWN},
	{"FFA_MEM_OP_RESUME", BOTH, {FFA_MEM_OP_RESUME}, UNKNOWN},
	{"FFA_NORMAL_WORLD_RESUME", BOTH, {FFA_NORMAL_WORLD_RESUME}, UNKNOWN},
	{"FFA_RX_ACQUIRE", BOTH, {FFA_RX_ACQUIRE, OTHER}, UNKNOWN},
	{"FFA_SECONDARY_EP_REGISTER", BOTH, {FFA_SECONDARY_EP_REGISTER, FOREIGN_MEMORY}, UNKNOWN},
	{"FFA_MEM_PERM_GET", BOTH, {FFA_MEM_PERM_GET, FOREIGN_MEMORY}, UNKNOWN},
	{"FFA_MEM_PERM_SET", BOTH, {FFA_MEM_PERM_SET, FOREIGN_MEMORY, 1, 7}, UNKNOWN},
	{"FFA_SPM_ID_GET", BOTH, {FFA_SPM_ID_GET}, UNKNOWN},
	{"FFA_ERROR", BOTH, {FFA_ERROR}, UNKNOWN},
	{"FFA_SUCCESS", BOTH, {FFA_SUCCESS_32}, UNKNOWN},
	{"FFA_INTERRUPT", BOTH, {FFA_INTERRUPT}, UNKNOWN},
	{"FFA_ID_GET as SMC64", BOTH, {FFA_ID_GET | 0x40000000}, UNKNOWN},
	{"the last FF-A number", BOTH, {0x840000FF}, UNKNOWN},
	{"an unknown vendor call", BOTH, {0x86000099}, UNKNOWN},
	{"a vendor call as SMC64", BOTH, {0xC6000001}, UNKNOWN},
	{"a result code of FFA_RUN", BOTH, {BH_RUN_ABORTED}, UNKNOWN},
	{"an unknown PSCI call", BOTH, {0x84000018}, -1},
	{"PSCI_VERSION as SMC64", BOTH, {0xC4000000}, -1},
	{"PSCI SYSTEM_RESET2", BOTH, {0x84000012}, -1},
	{"PSCI SYSTEM_SUSPEND", BOTH, {0xC400000E}, -1},
	{"PSCI MEM_PROTECT", BOTH, {0x84000013}, -1},
	{"an unknown SMCCC call", BOTH, {0x80000002}, -1},
	{"SMCCC_ARCH_WORKAROUND_1", BOTH, {0x80008000}, -1},
	{"a CPU service call", BOTH, {0x81000000}, -1},
	{"a SiP call", BOTH, {0xC2000000}, -1},
	{"a standard hypervisor call", BOTH, {0x85000000}, -1},
	{"a Trusted OS call", BOTH, {0xB2000000}, -1},
	{"a yielding call", BOTH, {0x04000000}, -1},
	{"call 0", BOTH, {0}, -1},
	{"call ~0", BOTH, {~UINT64_C(0)}, -1},
};

static const struct bad_call bad_arguments[] = {
	{"FFA_VERSION 2.0", BOTH, {FFA_VERSION, 0x20000}, 0xFFFFFFFF},
	{"FFA_VERSION 0.9", BOTH, {FFA_VERSION, 0x9}, 0xFFFFFFFF},
	{"FFA_VERSION with bit 31", BOTH, {FFA_VERSION, 0x80010001}, 0xFFFFFFFF},
	{"FFA_FEATURES of an unknown call", BOTH, {FFA_FEATURES, 0x84000099}, UNKNOWN},
	{"FFA_FEATURES of another feature id", BOTH, {FFA_FEATURES, 2}, UNKNOWN},
	{"FFA_RUN", SECONDARY, {FFA_RUN, FFA_VM_VCPU(OTHER, 0)}, DENIED},
	{"FFA_RUN of itself", SECONDARY, {FFA_RUN, FFA_VM_VCPU(OWN, 0)}, DENIED},
	{"FFA_RUN of itself", PRIMARY, {FFA_RUN, FFA_VM_VCPU(OWN, 0)}, INVALID},
	{"FFA_RUN of VM 0", PRIMARY, {FFA_RUN, 0}, INVALID},
	{"FFA_RUN of VM 65", PRIMARY, {FFA_RUN, FFA_VM_VCPU(65, 0)}, INVALID},
	{"FFA_RUN of VM 64", PRIMARY, {FFA_RUN, FFA_VM_VCPU(64, 0)}, INVALID},
	{"FFA_RUN of VM 0xffff", PRIMARY, {FFA_RUN, 0xffff0000}, INVALID},
	{"FFA_RUN of vCPU 1 of 1", PRIMARY, {FFA_RUN, FFA_VM_VCPU(OTHER, 1)}, INVALID},
	{"FFA_RUN of vCPU 0xffff", PRIMARY, {FFA_RUN, FFA_VM_VCPU(OTHER, 0xffff)}, INVALID},
	{"FFA_YIELD", PRIMARY, {FFA_YIELD}, DENIED},
	{"FFA_MSG_WAIT", PRIMARY, {FFA_MSG_WAIT}, DENIED},
	{"FFA_MSG_WAIT while it serves a request", SECONDARY, {FFA_MSG_WAIT}, DENIED},
	{"a direct request",
	 SECONDARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OWN, OTHER)},
	 DENIED},
	{"a direct request to the primary",
	 SECONDARY,
	 {FFA_MSG_SEND_DIRECT_REQ_32, FFA_VM_VCPU(OWN, 1)},
	 DENIED},
	{"a direct request in another's name",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OTHER, OTHER)},
	 INVALID},
	{"a direct request to itself",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OWN, OWN)},
	 INVALID},
	{"a direct request to VM 0",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OWN, 0)},
	 INVALID},
	{"a direct request to VM 0xffff",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OWN, 0xffff)},
	 INVALID},
	{"a direct request with flags",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(OWN, OTHER), 1},
	 INVALID},
	{"a framework message",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_REQ_32, FFA_VM_VCPU(OWN, OTHER), 0x80000000},
	 INVALID},
	{"a direct response",
	 PRIMARY,
	 {FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(OWN, OTHER)},
	 DENIED},
	{"a direct response to another VM",
	 SECONDARY,
	 {FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(OWN, OTHER)},
	 INVALID},
	{"a direct response in another's name",
	 SECONDARY,
	 {FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(OTHER, 1)},
	 INVALID},
	{"a direct response with flags",
	 SECONDARY,
	 {FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(OWN, 1), 1},
	 INVALID},
	{"FFA_CONSOLE_LOG of nothing", BOTH, {FFA_CONSOLE_LOG_32, 0}, INVALID},
	{"FFA_CONSOLE_LOG of 25 bytes in 24", BOTH, {FFA_CONSOLE_LOG_32, 25}, INVALID},
	{"FFA_CONSOLE_LOG of 49 bytes in 48", BOTH, {FFA_CONSOLE_LOG_64, 49}, INVALID},
	{"FFA_CONSOLE_LOG of 4 GiB", BOTH, {FFA_CONSOLE_LOG_64, 0xffffffff}, INVALID},
	{"FFA_PARTITION_INFO_GET of nobody", BOTH, {FFA_PARTITION_INFO_GET, 1, 2, 3}, INVALID},
	{"FFA_RXTX_UNMAP of another VM", BOTH, {FFA_RXTX_UNMAP, FFA_VM_VCPU(OTHER, 0)}, INVALID},
	{"FFA_RXTX_UNMAP with reserved bits", BOTH, {FFA_RXTX_UNMAP, 1}, INVALID},
	{"FFA_RXTX_UNMAP without buffers", SECONDARY, {FFA_RXTX_UNMAP}, INVALID},
	{"FFA_RX_RELEASE of an empty buffer", BOTH, {FFA_RX_RELEASE}, DENIED},
	{"BH_INTR_ENABLE of 1020", BOTH, {BH_INTR_ENABLE, 1020, 1}, INVALID},
	{"BH_INTR_ENABLE of ~0", BOTH, {BH_INTR_ENABLE, 0xffffffff, 1}, INVALID},
	{"BH_INTR_ENABLE to 2", BOTH, {BH_INTR_ENABLE, 1, 2}, INVALID},
	{"BH_INTR_ENABLE of the maintenance interrupt", BOTH, {BH_INTR_ENABLE, 25, 1}, DENIED},
	{"BH_INTR_ENABLE of the hypervisor's timer", BOTH, {BH_INTR_ENABLE, 26, 1}, DENIED},
	{"BH_INTR_ENABLE of the secure timer", BOTH, {BH_INTR_ENABLE, 29, 1}, DENIED},
	{"BH_INTR_ENABLE of the physical timer", SECONDARY, {BH_INTR_ENABLE, 30, 1}, DENIED},
	{"BH_INTR_ENABLE of the console's interrupt", SECONDARY, {BH_INTR_ENABLE, 33, 1}, DENIED},
	{"BH_INTR_ENABLE of a device of nobody", BOTH, {BH_INTR_ENABLE, 34, 1}, DENIED},
	{"BH_INTR_ENABLE of 1019", BOTH, {BH_INTR_ENABLE, 1019, 0}, DENIED},
	{"BH_INTR_GET of 1020", BOTH, {BH_INTR_GET, 1020}, INVALID},
	{"BH_INTR_GET of ~0", BOTH, {BH_INTR_GET, 0xffffffff}, INVALID},
	{"BH_INTR_INJECT of 16", BOTH, {BH_INTR_INJECT, FFA_VM_VCPU(OWN, 0), 16}, INVALID},
	{"BH_INTR_INJECT of ~0", BOTH, {BH_INTR_INJECT, FFA_VM_VCPU(OWN, 0), 0xffffffff}, INVALID},
	{"BH_INTR_INJECT into VM 0", BOTH, {BH_INTR_INJECT, 0, 1}, INVALID},
	{"BH_INTR_INJECT into VM 0xffff", BOTH, {BH_INTR_INJECT, 0xffff0000, 1}, INVALID},
	{"BH_INTR_INJECT into vCPU 0xffff",
	 BOTH,
	 {BH_INTR_INJECT, FFA_VM_VCPU(OWN, 0xffff), 1},
	 INVALID},
	{"BH_INTR_INJECT into another VM",
	 SECONDARY,
	 {BH_INTR_INJECT, FFA_VM_VCPU(OTHER, 0), 1},
	 DENIED},
	{"BH_INTR_INJECT into the primary",
	 SECONDARY,
	 {BH_INTR_INJECT, FFA_VM_VCPU(1, 0), 1},
	 DENIED},
	{"BH_VM_FAULT", SECONDARY, {BH_VM_FAULT, OTHER}, DENIED},
	{"BH_VM_FAULT of VM 0", PRIMARY, {BH_VM_FAULT, 0}, INVALID},
	{"BH_VM_FAULT of VM 65", PRIMARY, {BH_VM_FAULT, 65}, INVALID},
	{"BH_VM_FAULT of VM 0x10001", PRIMARY, {BH_VM_FAULT, 0x20001}, INVALID},
	{"BH_VM_FAULT of a VM that lives", PRIMARY, {BH_VM_FAULT, OTHER}, DENIED},
	{"BH_VM_FAULT of itself", PRIMARY, {BH_VM_FAULT, OWN}, DENIED},
	{"BH_VM_COUNTERS", SECONDARY, {BH_VM_COUNTERS, FFA_VM_VCPU(OTHER, 0)}, DENIED},
	{"BH_VM_COUNTERS of itself", SECONDARY, {BH_VM_COUNTERS, FFA_VM_VCPU(OWN, 0)}, DENIED},
	{"BH_VM_COUNTERS of VM 0", PRIMARY, {BH_VM_COUNTERS, 0}, INVALID},
	{"BH_VM_COUNTERS of vCPU 1 of 1",
	 PRIMARY,
	 {BH_VM_COUNTERS, FFA_VM_VCPU(OTHER, 1)},
	 INVALID},
	{"BH_VM_STOP", SECONDARY, {BH_VM_STOP, OTHER}, DENIED},
	{"BH_VM_STOP of itself", SECONDARY, {BH_VM_STOP, OWN}, DENIED},
	{"BH_VM_STOP of itself", PRIMARY, {BH_VM_STOP, OWN}, INVALID},
	{"BH_VM_STOP of VM 0", PRIMARY, {BH_VM_STOP, 0}, INVALID},
	{"BH_VM_STOP of VM ~0", PRIMARY, {BH_VM_STOP, 0xffffffff}, INVALID},
	{"BH_VM_RELOAD", SECONDARY, {BH_VM_RELOAD, OTHER}, DENIED},
	{"BH_VM_CREATE", SECONDARY, {BH_VM_CREATE, FOREIGN_MEMORY}, DENIED},
	{"BH_VM_BUILD", SECONDARY, {BH_VM_BUILD, OTHER}, DENIED},
	{"BH_VM_DESTROY", SECONDARY, {BH_VM_DESTROY, OTHER}, DENIED},
	{"BH_VM_DESTROY of itself", SECONDARY, {BH_VM_DESTROY, OWN}, DENIED},
	{"BH_VM_INFO", SECONDARY, {BH_VM_INFO, OTHER}, DENIED},
	{"BH_MEMORY_ADD", SECONDARY, {BH_MEMORY_ADD, OWN, FOREIGN_MEMORY}, DENIED},
	{"BH_MEMORY_TAKE", SECONDARY, {BH_MEMORY_TAKE, OTHER, FOREIGN_MEMORY}, DENIED},
	{"BH_MEMORY_ACCEPT of another's memory",
	 SECONDARY,
	 {BH_MEMORY_ACCEPT, FOREIGN_MEMORY},
	 DENIED},
	{"BH_MEMORY_RELEASE of another's memory",
	 SECONDARY,
	 {BH_MEMORY_RELEASE, FOREIGN_MEMORY},
	 DENIED},
	{"CPU_ON of the core behind its own",
	 BOTH,
	 {PSCI_CPU_ON_64, BEHIND, NOWHERE},
	 PSCI_INVALID_PARAMETERS},
	{"AFFINITY_INFO of the core behind its own",
	 BOTH,
	 {PSCI_AFFINITY_INFO_64, BEHIND},
	 PSCI_INVALID_PARAMETERS},
	{"CPU_ON of a core that is not there",
	 BOTH,
	 {PSCI_CPU_ON_64, 0xff, NOWHERE},
	 PSCI_INVALID_PARAMETERS},
	{"CPU_ON of a core with high bits",
	 BOTH,
	 {PSCI_CPU_ON_64, HIGH, NOWHERE},
	 PSCI_INVALID_PARAMETERS},
	{"CPU_ON of itself at no memory", BOTH, {PSCI_CPU_ON_64, 0, NOWHERE}, PSCI_INVALID_ADDRESS},
	{"CPU_ON of itself at the end of all addresses",
	 BOTH,
	 {PSCI_CPU_ON_64, 0, ~UINT64_C(0)},
	 PSCI_INVALID_ADDRESS},
	{"CPU_ON of itself in another's memory",
	 BOTH,
	 {PSCI_CPU_ON_64, 0, FOREIGN_MEMORY},
	 PSCI_INVALID_ADDRESS},
	{"AFFINITY_INFO of a core that is not there",
	 BOTH,
	 {PSCI_AFFINITY_INFO_64, 0xff},
	 PSCI_INVALID_PARAMETERS},
	{"AFFINITY_INFO at level 1", BOTH, {PSCI_AFFINITY_INFO_32, 0, 1}, PSCI_INVALID_PARAMETERS},
	{"PSCI_FEATURES of an unknown call", BOTH, {PSCI_FEATURES, 0x84000099}, -1},
	{"SMCCC_ARCH_FEATURES of an unknown call", BOTH, {SMCCC_ARCH_FEATURES, 0x80008000}, -1},
};

static uint64_t id_of(uint64_t value, uint16_t own)
{
	return value == OWN ? own : value == OTHER ? victim()->id : value;
}

/* OWN and OTHER where an id may stand: in the lower two halves. The caller has `vcpus`. */
static uint64_t argument(uint64_t value, uint16_t own, uint32_t vcpus)
{
	if (value == FOREIGN_MEMORY)
		return victim_address();
	if (value == BEHIND)
		return vcpus;
	if (value >> 32)
		return value;
	return id_of(value >> 16, own) << 16 | id_of(value & 0xFFFF, own);
}

static bool answers_like_ffa(uint64_t id)
{
	uint32_t owner = (uint32_t)id >> 24 & 0xBF, number = id & 0xFFFF;

	if (owner == 0x84)
		return number >= 0x60 && number <= 0xFF && id != FFA_VERSION;
	return owner == 0x86;
}

static void answer_verify(struct verdict *v, const struct bad_call *c, const uint64_t *x)
{
	if (!answers_like_ffa(c->x[0])) {
		VERIFY(v, (int64_t)x[0] == c->code, "x0 is %llx", (unsigned long long)x[0]);
		return;
	}
	VERIFY(v, x[0] == FFA_ERROR, "x0 is %llx", (unsigned long long)x[0]);
	VERIFY(v, x[2] == (uint32_t)c->code, "the error is %d", (int32_t)x[2]);
	VERIFY(v, (x[1] | x[3] | x[4]) == 0, "x1 %llx x3 %llx x4 %llx", (unsigned long long)x[1],
	       (unsigned long long)x[3], (unsigned long long)x[4]);
}

static void bad_call_try(const struct bad_call *c, struct peer *peer)
{
	struct verdict v = {0};
	uint64_t a[4];

	for (int i = 0; i < 4; i++)
		a[i] = i == 0 ? c->x[0]
			      : argument(c->x[i], peer ? peer->id : guest.id,
					 peer ? peer->vcpus : guest.vcpus);
	if (peer) {
		struct remote r = remote_hvc(peer, a[0], a[1], a[2], a[3]);

		if (VERIFY(&v, r.end == REMOTE_DONE, "%s", remote_text(&r)))
			answer_verify(&v, c, r.out);
	} else {
		struct regs r;

		/* should it not be refused, the secondary that then runs comes back some time */
		ptimer_start(now() + ticks_of_us(REMOTE_TIMEOUT));
		r = call(a[0], a[1], a[2], a[3]);
		ptimer_stop();
		interrupts_take();
		answer_verify(&v, c, r.x);
		VERIFY(&v, !answers_like_ffa(a[0]) || error_of(&r) == c->code,
		       "the error is not well-formed");
	}
	victim_verify(&v);
	conclude(&v, "%s: %s is refused",
		 !peer             ? "the primary"
		 : peer == login() ? "the login VM"
				   : "a secondary",
		 c->what);
}

static void bad_calls_try(const struct bad_call *calls, size_t count)
{
	struct peer *peer = peer_take();

	for (size_t i = 0; i < count; i++) {
		if (calls[i].by & PRIMARY)
			bad_call_try(&calls[i], NULL);
		if (calls[i].by & SECONDARY)
			bad_call_try(&calls[i], peer);
	}
}

GUEST_TEST(wall_calls)
{
	victim_start();
	bad_calls_try(unknown_ids, ARRAY_SIZE(unknown_ids));
	bad_calls_try(bad_arguments, ARRAY_SIZE(bad_arguments));
}

static void by_login_try(const struct bad_call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].by & SECONDARY)
			bad_call_try(&calls[i], login());
}

/* The login VM has no call that a secondary has not. */
GUEST_TEST(wall_calls_login)
{
	login_start();
	victim_start();
	by_login_try(unknown_ids, ARRAY_SIZE(unknown_ids));
	by_login_try(bad_arguments, ARRAY_SIZE(bad_arguments));
}

/* ids that do something, by number in their range */
static bool is_known(uint32_t id)
{
	uint32_t number = id & 0xFFFF;

	switch (id & 0xFFFF0000) {
	case 0x84000000:
		return number <= 0xA || (number >= 0x60 && number <= 0x8A);
	case 0xC4000000:
		return (number >= 1 && number <= 4) || (number >= 0x60 && number <= 0x8A);
	case 0x80000000:
		return number <= 1;
	case 0x86000000:
		return id <= BH_VM_RELOAD;
	default:
		return false;
	}
}

/*
 * in[0] to in[1]: upper halves of the ids to try; out[0] = calls, out[1] = the first that was not
 * refused, 0 for none
 */
static void unknown_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	for (uint64_t top = in[0]; top < in[1]; top++) {
		for (uint32_t number = 0; number < in[2]; number++) {
			uint32_t id = (uint32_t)top << 24 | number;
			struct regs r = {.x = {id}};

			if (is_known(id))
				continue;
			if (number & 1)
				call_smc(&r);
			else
				call_hvc(&r);
			out[0]++;
			if (out[1] || r.x[0] == (uint64_t)-1 || error_of(&r) == FFA_NOT_SUPPORTED)
				continue;
			out[1] = id;
			out[2] = r.x[0];
		}
	}
}

GUEST_TEST(wall_ids)
{
	static uint64_t in[4] = {0, 256, 320};
	uint64_t out[REMOTE_WORDS] = {0};
	struct verdict v = {0}, w = {0};
	struct remote r;

	victim_start();
	unknown_serve(in, out);
	VERIFY(&v, out[1] == 0, "call %llx answers %llx", (unsigned long long)out[1],
	       (unsigned long long)out[2]);
	victim_verify(&v);
	conclude(&v, "the primary: %llu unknown ids, by HVC and SMC, are refused",
		 (unsigned long long)out[0]);
	r = remote_call(peer_take(), unknown_serve, in[0], in[1], in[2], 0);
	VERIFY(&w, r.end == REMOTE_DONE, "%s", remote_text(&r));
	VERIFY(&w, r.out[1] == 0, "call %llx answers %llx", (unsigned long long)r.out[1],
	       (unsigned long long)r.out[2]);
	victim_verify(&w);
	conclude(&w, "a secondary: %llu unknown ids, by HVC and SMC, are refused",
		 (unsigned long long)r.out[0]);
}

/* SMC32 functions look at the lower halves of their arguments only (SMCCC 1.2, 3.1) */
GUEST_TEST(wall_high_bits)
{
	struct regs r = call(HIGH | FFA_ID_GET, HIGH, HIGH);

	check(r.x[0] == FFA_SUCCESS_32 && r.x[2] == guest.id, "FFA_ID_GET with high bits set");
	r = call(HIGH | FFA_FEATURES, HIGH | FFA_RUN);
	check_is(r.x[0], FFA_SUCCESS_32, "FFA_FEATURES with high bits set");
	r = call(HIGH | PSCI_VERSION);
	check_is(r.x[0], PSCI_VERSION_1_1, "PSCI_VERSION with high bits set");
	r = call(HIGH | BH_INTR_GET, HIGH | 3, HIGH);
	check_is(r.x[0], FFA_SUCCESS_32, "BH_INTR_GET with high bits set");
	r = call(PSCI_AFFINITY_INFO_32, HIGH | (uint32_t)guest.mpidr[0], HIGH);
	check_is(r.x[0], PSCI_AFFINITY_ON, "AFFINITY_INFO with high bits set");
	r = call(HIGH | FFA_RUN, HIGH | FFA_VM_VCPU(peers[0].id, 0));
	check_is(r.x[0], FFA_MSG_WAIT, "FFA_RUN with high bits set");
}
