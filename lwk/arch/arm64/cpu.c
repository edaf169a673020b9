/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up of a core, and Linux's HWCAP bits from the ID registers. Only what is switched is
 * advertised: no pointer authentication (its keys are not), no memory tagging, and not CPUID, as
 * EL0 may not read ID registers.
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/trap.h>
#include <lib/arch/arm64/sysreg.h>
#include <lib/arch/arm64/vector.h>
#include <lwk/core.h>

#define SCTLR_SPAN       (UINT64_C(1) << 23)
#define CNTKCTL_EL0VCTEN 2u
#define MMFR1_PAN_SHIFT  20
#define MMFR0_ASID_SHIFT 4
#define PFR0_SVE_SHIFT   32
#define ID_FIELD_BITS    15u
#define ID_FIELD_NONE    15u /* FP and AdvSIMD fields: not implemented */

enum id_register { ISAR0, ISAR1, PFR0, MMFR2, ZFR0, ID_REGISTERS };

struct hwcap_rule {
	uint8_t id; /* enum id_register */
	uint8_t shift;
	uint8_t min; /* the field is at least that */
	uint8_t bit; /* in HWCAP, or HWCAP2 */
};

/* bits: Linux's arch/arm64 user ABI (asm/hwcap.h); fields: Arm ARM D17.2 */
static const struct hwcap_rule hwcap_rules[] = {
	{ISAR0, 4, 1, 3},   /* AES */
	{ISAR0, 4, 2, 4},   /* PMULL */
	{ISAR0, 8, 1, 5},   /* SHA1 */
	{ISAR0, 12, 1, 6},  /* SHA2 */
	{ISAR0, 12, 2, 21}, /* SHA512 */
	{ISAR0, 16, 1, 7},  /* CRC32 */
	{ISAR0, 20, 2, 8},  /* ATOMICS */
	{ISAR0, 28, 1, 12}, /* ASIMDRDM */
	{ISAR0, 32, 1, 17}, /* SHA3 */
	{ISAR0, 36, 1, 18}, /* SM3 */
	{ISAR0, 40, 1, 19}, /* SM4 */
	{ISAR0, 44, 1, 20}, /* ASIMDDP */
	{ISAR0, 48, 1, 23}, /* ASIMDFHM */
	{ISAR0, 52, 1, 27}, /* FLAGM */
	{ISAR1, 0, 1, 16},  /* DCPOP */
	{ISAR1, 12, 1, 13}, /* JSCVT */
	{ISAR1, 16, 1, 14}, /* FCMA */
	{ISAR1, 20, 1, 15}, /* LRCPC */
	{ISAR1, 20, 2, 26}, /* ILRCPC */
	{ISAR1, 36, 1, 29}, /* SB */
	{PFR0, 32, 1, 22},  /* SVE */
	{PFR0, 48, 1, 24},  /* DIT */
	{MMFR2, 32, 1, 25}, /* USCAT */
};
static const struct hwcap_rule hwcap2_rules[] = {
	{ISAR1, 0, 2, 0},   /* DCPODP */
	{ZFR0, 0, 1, 1},    /* SVE2 */
	{ZFR0, 4, 1, 2},    /* SVEAES */
	{ZFR0, 4, 2, 3},    /* SVEPMULL */
	{ZFR0, 16, 1, 4},   /* SVEBITPERM */
	{ZFR0, 32, 1, 5},   /* SVESHA3 */
	{ZFR0, 40, 1, 6},   /* SVESM4 */
	{ISAR0, 52, 2, 7},  /* FLAGM2 */
	{ISAR1, 32, 1, 8},  /* FRINT */
	{ZFR0, 44, 1, 9},   /* SVEI8MM */
	{ZFR0, 52, 1, 10},  /* SVEF32MM */
	{ZFR0, 56, 1, 11},  /* SVEF64MM */
	{ZFR0, 20, 1, 12},  /* SVEBF16 */
	{ISAR1, 52, 1, 13}, /* I8MM */
	{ISAR1, 44, 1, 14}, /* BF16 */
};

/* found once: in a VM every look at an ID register is an exit to the hypervisor */
static uint64_t hwcap, hwcap2;
static unsigned asid_bits;

bool cpu_has_pan;           /* for uaccess.S */
static unsigned sve_length; /* bytes, the same on all cores */

/* The longest vectors that the machine, or the hypervisor, offers. */
static void sve_init(void)
{
	if (!(sysreg_read(id_aa64pfr0_el1) >> PFR0_SVE_SHIFT & ID_FIELD_BITS)) {
		sysreg_write(cpacr_el1, CPACR_FP);
		return;
	}
	sysreg_write(cpacr_el1, CPACR_FP | CPACR_SVE);
	isb();
	sysreg_write(S3_0_C1_C2_0, ZCR_LONGEST); /* ZCR_EL1 */
	isb();
	sve_length = vector_length();
}

unsigned cpu_vector_length(void)
{
	return sve_length;
}

void cpu_tell_place(void)
{
	sysreg_write(tpidrro_el0, core_self()->index | (uint64_t)core_self()->node << 32);
}

void cpu_init(void)
{
	uint64_t pan = (sysreg_read(id_aa64mmfr1_el1) >> MMFR1_PAN_SHIFT) & ID_FIELD_BITS;

	sysreg_write(vbar_el1, (uint64_t)trap_vectors);
	sve_init();
	sysreg_write(cntkctl_el1, CNTKCTL_EL0VCTEN);
	sysreg_write(tpidr_el0, 0);
	cpu_tell_place();
	cpu_has_pan = pan;
	if (pan) {
		/* the kernel touches user memory by unprivileged instructions only */
		sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~SCTLR_SPAN);
		__asm__ volatile(".inst 0xd500419f"); /* msr pan, #1 */
	}
	isb();
}

static uint64_t rules_apply(const uint64_t *id, const struct hwcap_rule *rules, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t field = (id[rules[i].id] >> rules[i].shift) & ID_FIELD_BITS;

		if (field >= rules[i].min)
			bits |= UINT64_C(1) << rules[i].bit;
	}
	return bits;
}

void cpu_find_features(void)
{
	const uint64_t id[ID_REGISTERS] = {
		[ISAR0] = sysreg_read(id_aa64isar0_el1),
		[ISAR1] = sysreg_read(id_aa64isar1_el1),
		[PFR0] = sysreg_read(id_aa64pfr0_el1),
		[MMFR2] = sysreg_read(S3_0_C0_C7_2),                 /* ID_AA64MMFR2_EL1 */
		[ZFR0] = sve_length ? sysreg_read(S3_0_C0_C4_4) : 0, /* ID_AA64ZFR0_EL1 */
	};
	uint64_t fp = (id[PFR0] >> 16) & ID_FIELD_BITS, simd = (id[PFR0] >> 20) & ID_FIELD_BITS;

	hwcap = rules_apply(id, hwcap_rules, ARRAY_SIZE(hwcap_rules));
	hwcap2 = rules_apply(id, hwcap2_rules, ARRAY_SIZE(hwcap2_rules));
	if (fp != ID_FIELD_NONE)
		hwcap |= 1u << 0 | (fp >= 1 ? 1u << 9 : 0); /* FP, FPHP */
	if (simd != ID_FIELD_NONE)
		hwcap |= 1u << 1 | (simd >= 1 ? 1u << 10 : 0); /* ASIMD, ASIMDHP */
	asid_bits = (sysreg_read(id_aa64mmfr0_el1) >> MMFR0_ASID_SHIFT) & ID_FIELD_BITS ? 16 : 8;
}

uint64_t cpu_hwcap(void)
{
	return hwcap;
}

uint64_t cpu_hwcap2(void)
{
	return hwcap2;
}

unsigned cpu_asid_bits(void)
{
	return asid_bits;
}
