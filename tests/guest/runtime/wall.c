/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See wall.h.
 */
#include <tests/guest/runtime/wall.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/space.h>

#define VICTIM_SEED  UINT64_C(0xb01ead)
#define EC_IABT_LOW  0x20u
#define EC_DABT_LOW  0x24u
#define PSTATE_MODE  0x1Fu
#define PSTATE_EL1H  0x5u
#define MEMORY_CAUSE (ANY_ACCESS | CAUSE(MEMORY_EXEC))

static struct peer *the_victim, *the_login;
static uint64_t own_pattern[512];

static void victim_fill(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	pattern_fill((uint64_t *)in[0], in[1], in[2]);
	out[0] = 0;
}

static void victim_damage(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	static uint64_t served;

	out[0] = pattern_damage((const uint64_t *)in[0], in[1], in[2]);
	out[1] = ++served;
}

void victim_start(void)
{
	struct remote r;

	the_victim = peer_take();
	r = remote_call(the_victim, victim_fill, victim_address(), VICTIM_WORDS, VICTIM_SEED, 0);
	if (r.end != REMOTE_DONE)
		guest_fail("the victim does not start: %s", remote_text(&r));
	pattern_fill(own_pattern, ARRAY_SIZE(own_pattern), VICTIM_SEED);
}

struct peer *victim(void)
{
	return the_victim;
}

uint64_t victim_address(void)
{
	return the_victim->spare.start;
}

void victim_verify(struct verdict *verdict)
{
	static uint64_t served;
	struct remote r = remote_call(the_victim, victim_damage, victim_address(), VICTIM_WORDS,
				      VICTIM_SEED, 0);

	if (!VERIFY(verdict, r.end == REMOTE_DONE, "the victim: %s (%lld)", remote_text(&r),
		    (long long)r.value))
		guest_fail("the victim is gone: %s", verdict->why);
	VERIFY(verdict, r.out[0] == 0, "%llu words of the victim changed",
	       (unsigned long long)r.out[0]);
	served++;
	VERIFY(verdict, r.out[1] == served, "the victim answered %llu requests, not %llu",
	       (unsigned long long)r.out[1], (unsigned long long)served);
	VERIFY(verdict, pattern_damage(own_pattern, ARRAY_SIZE(own_pattern), VICTIM_SEED) == 0,
	       "memory of the primary changed");
}

struct attack attack_memory(const char *what, op_t op, const char *target, uint64_t va, uint64_t pa,
			    unsigned causes)
{
	return (struct attack){
		.what = what,
		.target = target,
		.op = op,
		.address = va,
		.value = UINT64_C(0xdeadbeefdeadbeef),
		.causes = causes,
		.ipa = pa,
		.pc = causes == CAUSE(MEMORY_EXEC) ? va : (uint64_t)op - (uint64_t)_image_start,
		.absolute_pc = causes == CAUSE(MEMORY_EXEC),
	};
}

static void attempt_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct trap trap;

	out[0] = guarded_call((op_t)((uint64_t)_image_start + in[0]), in[1], in[2], &trap);
	out[1] = trap.taken;
	out[2] = trap.esr;
	out[3] = trap.elr;
	out[4] = trap.far;
}

struct attempt attempt_by(struct peer *peer, op_t op, uint64_t address, uint64_t value)
{
	struct attempt attempt = {.remote = remote_call(peer, attempt_serve,
							(uint64_t)op - (uint64_t)_image_start,
							address, value, 0)};

	attempt.value = attempt.remote.out[0];
	attempt.trap = (struct trap){attempt.remote.out[1], attempt.remote.out[2],
				     attempt.remote.out[3], attempt.remote.out[4]};
	return attempt;
}

static void registers_verify(struct verdict *v, const struct peer *peer,
			     const struct attack *attack, const struct bh_fault *fault)
{
	uint64_t back = peer_address(peer, guarded_return);

	VERIFY(v, fault->x[0] == attack->address && fault->x[1] == attack->value,
	       "x0 and x1 are %llx %llx", (unsigned long long)fault->x[0],
	       (unsigned long long)fault->x[1]);
	for (unsigned i = 2; i < 30; i++)
		VERIFY(v, fault->x[i] == pattern_of(i), "x%u is %llx", i,
		       (unsigned long long)fault->x[i]);
	VERIFY(v, fault->x[30] == back, "x30 is %llx, not %llx", (unsigned long long)fault->x[30],
	       (unsigned long long)back);
	VERIFY(v, (fault->pstate & PSTATE_MODE) == PSTATE_EL1H, "pstate is %llx",
	       (unsigned long long)fault->pstate);
	VERIFY(v,
	       fault->sp_el1 >= peer->memory.start &&
		       fault->sp_el1 < peer->memory.start + peer->memory.size,
	       "sp_el1 is %llx", (unsigned long long)fault->sp_el1);
}

static void place_verify(struct verdict *v, const struct peer *peer, const struct attack *attack,
			 const struct bh_fault *fault)
{
	uint64_t pc = attack->absolute_pc ? attack->pc : peer->image + attack->pc;
	unsigned ec = (unsigned)(fault->esr >> 26 & 0x3F);

	VERIFY(v, fault->pc == pc, "pc is %llx, not %llx", (unsigned long long)fault->pc,
	       (unsigned long long)pc);
	if (!(1u << fault->cause & MEMORY_CAUSE))
		return;
	VERIFY(v, fault->far == attack->address, "far is %llx", (unsigned long long)fault->far);
	VERIFY(v, fault->ipa == attack->ipa, "ipa is %llx, not %llx",
	       (unsigned long long)fault->ipa, (unsigned long long)attack->ipa);
	VERIFY(v, ec == (fault->cause == BH_FAULT_MEMORY_EXEC ? EC_IABT_LOW : EC_DABT_LOW),
	       "esr is %llx", (unsigned long long)fault->esr);
}

void record_verify(struct verdict *v, const struct peer *peer, const struct attack *attack,
		   uint64_t earliest)
{
	struct bh_fault fault;
	int32_t code;

	if (!VERIFY(v, fault_get(peer->id, &fault, &code), "no fault record: %d", code))
		return;
	VERIFY(v, fault.version == BH_FAULT_VERSION && fault.size == sizeof(fault),
	       "version %u, size %u", fault.version, fault.size);
	VERIFY(v, attack->causes >> fault.cause & 1, "cause %u", fault.cause);
	VERIFY(v, fault.vm == peer->id && fault.vcpu == 0 && fault.core == core_this()->index,
	       "the record is of VM %u, vCPU %u, core %u", fault.vm, fault.vcpu, fault.core);
	VERIFY(v, fault.counter >= earliest && fault.counter <= now(), "counter %llx",
	       (unsigned long long)fault.counter);
	place_verify(v, peer, attack, &fault);
	registers_verify(v, peer, attack, &fault);
}

/* Nothing of a VM that ended runs again, and the primary is told so. */
static void end_verify(struct verdict *v, const struct peer *peer)
{
	struct regs r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));

	VERIFY(v, r.x[0] == BH_RUN_ABORTED && r.x[1] == FFA_VM_VCPU(peer->id, 0),
	       "FFA_RUN of it gives %llx", (unsigned long long)r.x[0]);
	r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id));
	VERIFY(v, error_of(&r) == FFA_ABORTED, "a request to it gives %llx %d",
	       (unsigned long long)r.x[0], error_of(&r));
}

static void window_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	out[0] = space_window(in[0]);
}

bool peer_window(struct peer *peer, uint64_t entry)
{
	return remote_call(peer, window_serve, entry, 0, 0, 0).end == REMOTE_DONE;
}

bool attack_by(struct peer *peer, const struct attack *attack)
{
	struct verdict v = {0};
	uint64_t begin = now();
	struct attempt attempt = attempt_by(peer, attack->op, attack->address, attack->value);

	if (attempt.remote.end == REMOTE_DONE && attempt.trap.taken)
		VERIFY(&v, false, "an exception at its own EL1: esr %llx",
		       (unsigned long long)attempt.trap.esr);
	VERIFY(&v, attempt.remote.end == REMOTE_ABORTED, "%s (%llx)", remote_text(&attempt.remote),
	       (unsigned long long)attempt.value);
	if (!v.failed) {
		record_verify(&v, peer, attack, begin);
		end_verify(&v, peer);
	}
	victim_verify(&v);
	return conclude(&v, "a secondary: %s %s", attack->what, attack->target);
}

bool attack_by_secondary(const struct attack *attack)
{
	return attack_by(peer_take(), attack);
}

/* The exception of one that is not ended by a wall: as on a machine without the thing. Its image lies at `image`. */
static void trap_verify(struct verdict *v, const struct attack *attack, const struct trap *trap,
			uint64_t image)
{
	bool memory = attack->causes & MEMORY_CAUSE;
	unsigned ec = EC_UNKNOWN;
	uint64_t pc = attack->absolute_pc ? attack->pc : image + attack->pc;

	if (memory)
		ec = attack->causes == CAUSE(MEMORY_EXEC) ? EC_IABT_SAME : EC_DABT_SAME;
	VERIFY(v, TRAP_EC(trap) == ec, "esr %llx", (unsigned long long)trap->esr);
	VERIFY(v, !memory || TRAP_FSC(trap) == FSC_EXTERNAL, "esr %llx",
	       (unsigned long long)trap->esr);
	VERIFY(v, !memory || trap->far == attack->address, "far %llx",
	       (unsigned long long)trap->far);
	VERIFY(v, trap->elr == pc, "elr %llx, not %llx", (unsigned long long)trap->elr,
	       (unsigned long long)pc);
}

bool attack_by_primary(const struct attack *attack)
{
	struct verdict v = {0};
	struct trap trap;
	uint64_t value = guarded_call(attack->op, attack->address, attack->value, &trap);

	if (VERIFY(&v, trap.taken, "no exception (%llx)", (unsigned long long)value))
		trap_verify(&v, attack, &trap, (uint64_t)_image_start);
	victim_verify(&v);
	return conclude(&v, "the primary: %s %s", attack->what, attack->target);
}

void login_start(void)
{
	the_login = peer_take();
}

struct peer *login(void)
{
	return the_login;
}

bool attack_by_login(const struct attack *attack)
{
	struct verdict v = {0};
	struct attempt a = attempt_by(the_login, attack->op, attack->address, attack->value);

	if (VERIFY(&v, a.remote.end == REMOTE_DONE, "%s", remote_text(&a.remote)) &&
	    VERIFY(&v, a.trap.taken, "no exception (%llx)", (unsigned long long)a.value))
		trap_verify(&v, attack, &a.trap, the_login->image);
	victim_verify(&v);
	return conclude(&v, "the login VM: %s %s", attack->what, attack->target);
}

static void harmless_by_secondary(const struct attack *attack)
{
	struct peer *peer = peer_take();
	struct verdict v = {0};
	uint64_t begin = now();
	struct attempt attempt = attempt_by(peer, attack->op, attack->address, attack->value);

	if (attempt.remote.end == REMOTE_ABORTED)
		record_verify(&v, peer, attack, begin);
	else
		VERIFY(&v, attempt.remote.end == REMOTE_DONE, "%s", remote_text(&attempt.remote));
	victim_verify(&v);
	conclude(&v, "a secondary: %s %s%s", attack->what, attack->target,
		 attempt.remote.end == REMOTE_DONE ? ", without effect" : "");
	if (!peer->dead)
		peer_give_back(peer);
}

void attack_harmless(const struct attack *attack)
{
	struct verdict v = {0};
	struct trap trap;

	harmless_by_secondary(attack);
	guarded_call(attack->op, attack->address, attack->value, &trap);
	VERIFY(&v, !trap.taken || TRAP_EC(&trap) == EC_DABT_SAME, "esr %llx",
	       (unsigned long long)trap.esr);
	victim_verify(&v);
	conclude(&v, "the primary: %s %s%s", attack->what, attack->target,
		 trap.taken ? "" : ", without effect");
}

void attack_by_both(const struct attack *attack)
{
	attack_by_secondary(attack);
	attack_by_primary(attack);
}
