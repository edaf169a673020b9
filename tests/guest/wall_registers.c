/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System registers and instructions that no VM may use, each tried by a secondary, which ends. What
 * the emulated core does not have at all is undefined at EL1 already; the check says so. (The
 * primary tries every encoding there is: wall_sweep.c.)
 */
#include <bulkhead/ffa.h>
#include <tests/guest/registers.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

struct forbidden {
	const char *what;
	uint32_t instruction;
};

#define MRS(op0, op1, crn, crm, op2) \
	(0xD5200000u | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MSR(op0, op1, crn, crm, op2) \
	(0xD5000001u | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define SYS(op1, crn, crm, op2) MSR(1u, op1, crn, crm, op2)

static const struct forbidden forbidden[] = {
	{"reads PMCR_EL0", MRS(3u, 3u, 9u, 12u, 0u)},
	{"writes PMCR_EL0", MSR(3u, 3u, 9u, 12u, 0u)},
	{"writes PMCNTENSET_EL0", MSR(3u, 3u, 9u, 12u, 1u)},
	{"reads PMCCNTR_EL0", MRS(3u, 3u, 9u, 13u, 0u)},
	{"writes PMUSERENR_EL0", MSR(3u, 3u, 9u, 14u, 0u)},
	{"writes PMINTENSET_EL1", MSR(3u, 0u, 9u, 14u, 1u)},
	{"reads PMEVCNTR0_EL0", MRS(3u, 3u, 14u, 8u, 0u)},
	{"reads MDSCR_EL1", MRS(2u, 0u, 0u, 2u, 2u)},
	{"writes MDSCR_EL1", MSR(2u, 0u, 0u, 2u, 2u)},
	{"writes DBGBVR0_EL1", MSR(2u, 0u, 0u, 0u, 4u)},
	{"writes DBGBCR0_EL1", MSR(2u, 0u, 0u, 0u, 5u)},
	{"writes DBGWVR0_EL1", MSR(2u, 0u, 0u, 0u, 6u)},
	{"writes DBGWCR0_EL1", MSR(2u, 0u, 0u, 0u, 7u)},
	{"reads MDRAR_EL1", MRS(2u, 0u, 1u, 0u, 0u)},
	{"writes OSLAR_EL1", MSR(2u, 0u, 1u, 0u, 4u)},
	{"reads OSLSR_EL1", MRS(2u, 0u, 1u, 1u, 4u)},
	{"writes OSDLR_EL1", MSR(2u, 0u, 1u, 3u, 4u)},
	{"reads MDCCSR_EL0", MRS(2u, 3u, 0u, 1u, 0u)},
	{"reads PMSCR_EL1 (SPE)", MRS(3u, 0u, 9u, 9u, 0u)},
	{"reads PMBLIMITR_EL1 (SPE)", MRS(3u, 0u, 9u, 10u, 0u)},
	{"reads TRFCR_EL1 (trace)", MRS(3u, 0u, 1u, 2u, 1u)},
	{"writes LORC_EL1", MSR(3u, 0u, 10u, 4u, 3u)},
	{"reads LORID_EL1", MRS(3u, 0u, 10u, 4u, 7u)},
	{"reads ERRIDR_EL1 (RAS)", MRS(3u, 0u, 5u, 3u, 0u)},
	{"reads ERXSTATUS_EL1 (RAS)", MRS(3u, 0u, 5u, 4u, 2u)},
	{"reads ACTLR_EL1", MRS(3u, 0u, 1u, 0u, 1u)},
	{"writes ACTLR_EL1", MSR(3u, 0u, 1u, 0u, 1u)},
	{"reads CNTPCT_EL0", MRS(3u, 3u, 14u, 0u, 1u)},
	{"reads CNTP_CTL_EL0", MRS(3u, 3u, 14u, 2u, 1u)},
	{"writes CNTP_CTL_EL0", MSR(3u, 3u, 14u, 2u, 1u)},
	{"writes CNTP_CVAL_EL0", MSR(3u, 3u, 14u, 2u, 2u)},
	{"writes CNTP_TVAL_EL0", MSR(3u, 3u, 14u, 2u, 0u)},
	{"sends by ICC_SGI1R_EL1", MSR(3u, 0u, 12u, 11u, 5u)},
	{"sends by ICC_ASGI1R_EL1", MSR(3u, 0u, 12u, 11u, 6u)},
	{"sends by ICC_SGI0R_EL1", MSR(3u, 0u, 12u, 11u, 7u)},
	{"cleans by set/way (DC CSW)", SYS(0u, 7u, 10u, 2u)},
	{"cleans and invalidates by set/way (DC CISW)", SYS(0u, 7u, 14u, 2u)},
	{"invalidates by set/way (DC ISW)", SYS(0u, 7u, 6u, 2u)},
	{"writes APIAKEYLO_EL1 (pointer authentication)", MSR(3u, 0u, 2u, 1u, 0u)},
	{"signs a pointer (PACIZA)", 0xDAC123E0u},
	{"reads HCR_EL2", MRS(3u, 4u, 1u, 1u, 0u)},
	{"writes VTTBR_EL2", MSR(3u, 4u, 2u, 1u, 0u)},
	{"writes SCR_EL3", MSR(3u, 6u, 1u, 1u, 0u)},
	{"flushes the TLBs of all (TLBI ALLE1)", SYS(4u, 8u, 7u, 4u)},
	{"translates in stage 2 (AT S12E1R)", SYS(4u, 7u, 8u, 4u)},
	{"uses SME (SMSTART)", 0xD503477Fu},
	{"reads AMCR_EL0 (activity monitors)", MRS(3u, 3u, 13u, 2u, 0u)},
	{"reads SCXTNUM_EL1", MRS(3u, 0u, 13u, 0u, 7u)},
	{"calls the hypervisor with immediate 1", 0xD4000022u},
	{"calls the hypervisor with immediate 0xffff", 0xD41FFFE2u},
	{"calls the firmware with immediate 1", 0xD4000023u},
	{"writes ID_AA64PFR0_EL1", MSR(3u, 0u, 0u, 4u, 0u)},
};

/* only where there is no SVE, which is a VM's own */
static const struct forbidden forbidden_sve[] = {
	{"reads ZCR_EL1 (SVE)", MRS(3u, 0u, 1u, 2u, 0u)},
	{"uses SVE (RDVL)", 0x04BF5020u},
	{"uses SVE (PTRUE)", 0x2518E3E0u},
};

static bool has_sve(void)
{
	return sysreg_read(id_aa64pfr0_el1) >> 32 & 0xF;
}

static struct attack attack_instruction(const struct forbidden *f, unsigned causes)
{
	return (struct attack){
		.what = f->what,
		.target = "",
		.op = op_make(f->instruction),
		.causes = causes,
		.address = UINT64_C(0x84000000), /* were it a call: PSCI_VERSION */
		.value = 0,
		.pc = (uint64_t)op_generated - (uint64_t)_image_start,
	};
}

/*
 * Tries it in a peer; true when the core does not know the instruction and the peer's own EL1 was
 * told.
 */
static bool is_undefined_at_el1(struct peer *peer, const struct attack *attack, struct verdict *v,
				struct attempt *attempt)
{
	*attempt = attempt_by(peer, attack->op, attack->address, attack->value);
	if (attempt->remote.end != REMOTE_DONE)
		return false;
	VERIFY(v, attempt->trap.taken && TRAP_EC(&attempt->trap) == EC_UNKNOWN,
	       "it was let through: %llx, esr %llx", (unsigned long long)attempt->value,
	       (unsigned long long)attempt->trap.esr);
	return true;
}

static void forbidden_try(const struct forbidden *f)
{
	struct attack attack = attack_instruction(f, CAUSE(SYSREG));
	struct peer *peer = peer_take();
	uint64_t begin = now();
	struct verdict v = {0};
	struct attempt attempt;
	bool made = peer_op_make(peer, f->instruction), undefined;

	VERIFY(&v, made, "the peer does not answer");
	undefined = is_undefined_at_el1(peer, &attack, &v, &attempt);
	if (!undefined &&
	    VERIFY(&v, attempt.remote.end == REMOTE_ABORTED, "%s", remote_text(&attempt.remote)))
		record_verify(&v, peer, &attack, begin);
	victim_verify(&v);
	conclude(&v, "a secondary %s%s", f->what, undefined ? ": this core has no such thing" : "");
	if (!peer->dead)
		peer_give_back(peer);
}

GUEST_TEST(wall_registers)
{
	victim_start();
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		forbidden_try(&forbidden[i]);
	for (size_t i = 0; i < ARRAY_SIZE(forbidden_sve) && !has_sve(); i++)
		forbidden_try(&forbidden_sve[i]);
}

/* The same by the primary: undefined, at the instruction itself, and it goes on. */
GUEST_TEST(wall_registers_primary)
{
	victim_start();
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++) {
		struct attack attack = attack_instruction(&forbidden[i], CAUSE(SYSREG));

		/* the timer of the primary is the physical one */
		if (forbidden[i].instruction >> 8 == MRS(3u, 3u, 14u, 0u, 0u) >> 8 ||
		    forbidden[i].instruction >> 8 == MRS(3u, 3u, 14u, 2u, 0u) >> 8 ||
		    forbidden[i].instruction >> 8 == MSR(3u, 3u, 14u, 2u, 0u) >> 8)
			continue;
		attack_by_primary(&attack);
	}
	for (size_t i = 0; i < ARRAY_SIZE(forbidden_sve) && !has_sve(); i++) {
		struct attack attack = attack_instruction(&forbidden_sve[i], CAUSE(SYSREG));

		attack_by_primary(&attack);
	}
}

#define ENCODED_READ   (1u << 21)
#define IS_DEBUG(code) (((code) >> 19 & 3) == 2 && ((code) >> 16 & 7) == 0)
#define IS_SGI(code)   ((code) >> 8 == MSR(3u, 0u, 12u, 11u, 0u) >> 8 && ((code) >> 5 & 7) >= 5)

/* What a kernel that nobody changed clears at boot: nothing there, and no exception */
static void debug_try(const struct forbidden *f)
{
	struct attack attack = attack_instruction(f, 0);
	struct attempt a = attempt_by(login(), attack.op, ~UINT64_C(0), ~UINT64_C(0));
	struct verdict v = {0};

	VERIFY(&v, a.remote.end == REMOTE_DONE && !a.trap.taken, "%s, esr %llx",
	       remote_text(&a.remote), (unsigned long long)a.trap.esr);
	VERIFY(&v, !(f->instruction & ENCODED_READ) || a.value == 0, "it holds %llx",
	       (unsigned long long)a.value);
	conclude(&v, "the login VM %s, which does nothing", f->what);
}

static void forbidden_login_try(const struct forbidden *f)
{
	struct attack attack = attack_instruction(f, CAUSE(SYSREG));

	if (IS_SGI(f->instruction) && guest.gic_version == 3)
		return; /* its own: dist_interrupts, dist_sgis */
	if (!peer_op_make(login(), f->instruction))
		check(false, "the login VM answers before it %s", f->what);
	else if (IS_DEBUG(f->instruction))
		debug_try(f);
	else
		attack_by_login(&attack);
}

/* By the login VM: as by the primary, but for the debug registers; written first, then read. */
GUEST_TEST(wall_registers_login)
{
	login_start();
	victim_start();
	for (unsigned read = 0; read < 2; read++)
		for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
			if (!(forbidden[i].instruction & ENCODED_READ) == !read)
				forbidden_login_try(&forbidden[i]);
	for (size_t i = 0; i < ARRAY_SIZE(forbidden_sve) && !has_sve(); i++)
		forbidden_login_try(&forbidden_sve[i]);
}

struct id_field {
	const char *name;
	struct sysreg reg;
	unsigned shift;
};

static const struct id_field hidden[] = {
	{"PFR0.RAS", {3, 0, 0, 4, 0}, 28},     {"PFR0.EL3", {3, 0, 0, 4, 0}, 12},
	{"PFR0.EL2", {3, 0, 0, 4, 0}, 8},      {"PFR0.AMU", {3, 0, 0, 4, 0}, 44},
	{"PFR0.MPAM", {3, 0, 0, 4, 0}, 40},    {"PFR0.SEL2", {3, 0, 0, 4, 0}, 36},
	{"PFR1.MTE", {3, 0, 0, 4, 1}, 8},      {"PFR1.SME", {3, 0, 0, 4, 1}, 24},
	{"DFR0.PMUVer", {3, 0, 0, 5, 0}, 8},   {"DFR0.PMSVer", {3, 0, 0, 5, 0}, 32},
	{"DFR0.TraceVer", {3, 0, 0, 5, 0}, 4}, {"DFR0.TraceFilt", {3, 0, 0, 5, 0}, 40},
	{"ISAR0.TME", {3, 0, 0, 6, 0}, 24},    {"ISAR1.APA", {3, 0, 0, 6, 1}, 4},
	{"ISAR1.API", {3, 0, 0, 6, 1}, 8},     {"ISAR1.GPA", {3, 0, 0, 6, 1}, 24},
	{"ISAR1.GPI", {3, 0, 0, 6, 1}, 28},    {"MMFR1.VH", {3, 0, 0, 7, 1}, 8},
	{"MMFR1.LO", {3, 0, 0, 7, 1}, 16},     {"MMFR2.NV", {3, 0, 0, 7, 2}, 24},
};

static void id_field_try(const struct id_field *f, struct peer *peer)
{
	struct verdict v = {0};
	struct trap trap;
	uint64_t own = guarded_call(op_make(encode_read(f->reg)), 0, 0, &trap);
	bool made = peer_op_make(peer, encode_read(f->reg));
	struct attempt attempt = attempt_by(peer, op_generated, 0, 0);

	VERIFY(&v, made && attempt.remote.end == REMOTE_DONE && !attempt.trap.taken,
	       "a secondary cannot read it");
	VERIFY(&v, !trap.taken && (own >> f->shift & 0xF) == 0, "the primary sees %llx",
	       (unsigned long long)own);
	VERIFY(&v, (attempt.value >> f->shift & 0xF) == 0, "a secondary sees %llx",
	       (unsigned long long)attempt.value);
	VERIFY(&v, attempt.value == own, "the primary sees %llx, a secondary %llx",
	       (unsigned long long)own, (unsigned long long)attempt.value);
	conclude(&v, "ID_AA64%s is hidden", f->name);
}

GUEST_TEST(id_registers)
{
	struct peer *peer = peer_take();

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		id_field_try(&hidden[i], peer);
	/* CRm 1 to 7 are readable, whatever they hold (Arm ARM D17.3) */
	for (unsigned i = 8; i < 64; i++) {
		struct sysreg r = {3, 0, 0, (uint8_t)(i / 8), (uint8_t)(i % 8)};
		struct trap trap;

		guarded_call(op_make(encode_read(r)), 0, 0, &trap);
		if (trap.taken)
			check(false, "S3_0_C0_C%u_%u can be read", r.crm, r.op2);
	}
	check(true, "every ID register can be read");
}
