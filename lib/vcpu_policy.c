/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See vcpu_policy.h. The MSR bitmaps: Intel SDM 3C 24.6.9 (four of 1 KiB: reads of low and high MSRs, then writes), AMD APM 2 15.11 (two bits for
 * each MSR, 2 KiB for each of three ranges). Ports: a bit each in both (SDM 24.6.4, APM 15.10.1).
 */
#include <lib/string.h>
#include <lib/vcpu_policy.h>

#define RANGE_MSRS 0x2000u
#define HIGH_MSRS  0xC0000000u
#define AMD_MSRS   0xC0010000u

struct msr_rule {
	uint32_t first, last;
	unsigned ways;
};

/*
 * The floor: whatever could take the core away from us or change memory, time or other cores for whoever has the core next. Of both
 * vendors; a processor that does not have one raises #GP by itself, as we do.
 */
static const struct msr_rule guarded[] = {
	{0x10, 0x10, VCPU_WRITE}, /* TSC */
	{0x1b, 0x1b, VCPU_WRITE}, /* APIC_BASE */
	{0x3a, 0x3b, VCPU_WRITE}, /* FEATURE_CONTROL, TSC_ADJUST */
	{0x79, 0x79, VCPU_WRITE}, /* microcode */
	{0x8b, 0x8b, VCPU_WRITE},
	{0x9b, 0x9b, VCPU_READ | VCPU_WRITE}, /* SMM monitor */
	{0x200, 0x26f, VCPU_WRITE},           /* MTRRs */
	{0x2ff, 0x2ff, VCPU_WRITE},
	{0x480, 0x491, VCPU_READ | VCPU_WRITE},           /* VMX */
	{0xC0010010, 0xC001001F, VCPU_WRITE},             /* SYSCFG, HWCR, IORRs, TOP_MEM */
	{0xC0010020, 0xC0010020, VCPU_WRITE},             /* microcode */
	{0xC0010050, 0xC001005F, VCPU_WRITE},             /* SMI triggers, MMIO configuration */
	{0xC0010111, 0xC001011F, VCPU_READ | VCPU_WRITE}, /* SMM, VM_CR, VM_HSAVE_PA, SVM key */
};

/* EFER's SVME is hidden; on VMX the register is the guest's own. */
static const struct msr_rule guarded_svm = {0xC0000080, 0xC0000080, VCPU_READ | VCPU_WRITE};

/* With `msr`: what a kernel needs for itself on its own core. All else is refused. */
static const struct msr_rule allowed[] = {
	{0x10, 0x10, VCPU_READ},
	{0x1b, 0x1b, VCPU_READ},
	{0x3b, 0x3b, VCPU_READ},
	{0xe7, 0xe8, VCPU_READ},                /* MPERF, APERF */
	{0x174, 0x176, VCPU_READ | VCPU_WRITE}, /* SYSENTER */
	{0x1a0, 0x1a0, VCPU_READ},
	{0x277, 0x277, VCPU_READ},                        /* PAT */
	{0x6e0, 0x6e0, VCPU_READ | VCPU_WRITE},           /* TSC deadline */
	{0x802, 0x83f, VCPU_READ | VCPU_WRITE},           /* x2APIC */
	{0xda0, 0xda0, VCPU_READ | VCPU_WRITE},           /* XSS */
	{0xC0000080, 0xC0000084, VCPU_READ | VCPU_WRITE}, /* EFER, SYSCALL */
	{0xC0000100, 0xC0000103, VCPU_READ | VCPU_WRITE}, /* FS, GS, TSC_AUX */
};

/* With `ipi`: the command register, self IPI, and local vector table entries (SDM 3A 11.12.1.2). */
static const struct msr_rule filtered[] = {
	{0x80d, 0x80e, VCPU_WRITE}, /* LDR: there is none to write */
	{0x82f, 0x830, VCPU_WRITE},
	{0x832, 0x837, VCPU_WRITE},
	{0x83f, 0x83f, VCPU_WRITE},
};

static void bit_put(uint8_t *map, uint32_t bit, bool is_set)
{
	uint8_t mask = (uint8_t)(1u << bit % 8);

	map[bit / 8] = (uint8_t)(is_set ? map[bit / 8] | mask : map[bit / 8] & ~mask);
}

static bool vmx_put(uint8_t *map, uint32_t msr, unsigned ways, bool is_set)
{
	uint32_t base = msr < RANGE_MSRS ? msr : msr - HIGH_MSRS + RANGE_MSRS;

	if (base >= 2 * RANGE_MSRS)
		return false;
	if (ways & VCPU_READ)
		bit_put(map, base, is_set);
	if (ways & VCPU_WRITE)
		bit_put(map, base + 2 * RANGE_MSRS, is_set);
	return true;
}

static bool svm_put(uint8_t *map, uint32_t msr, unsigned ways, bool is_set)
{
	uint32_t base;

	if (msr < RANGE_MSRS)
		base = msr;
	else if (msr - HIGH_MSRS < RANGE_MSRS)
		base = msr - HIGH_MSRS + RANGE_MSRS;
	else if (msr - AMD_MSRS < RANGE_MSRS)
		base = msr - AMD_MSRS + 2 * RANGE_MSRS;
	else
		return false;
	if (ways & VCPU_READ)
		bit_put(map, 2 * base, is_set);
	if (ways & VCPU_WRITE)
		bit_put(map, 2 * base + 1, is_set);
	return true;
}

static bool msr_put(enum vcpu_backend backend, uint8_t *map, uint32_t msr, unsigned ways,
		    bool is_set)
{
	return backend == VCPU_SVM ? svm_put(map, msr, ways, is_set)
				   : vmx_put(map, msr, ways, is_set);
}

static void rule_apply(enum vcpu_backend backend, uint8_t *map, const struct msr_rule *rule,
		       bool is_set)
{
	for (uint32_t msr = rule->first; msr <= rule->last; msr++)
		msr_put(backend, map, msr, rule->ways, is_set);
}

#define RULES_APPLY(backend, map, rules, is_set)                        \
	for (size_t i = 0; i < sizeof(rules) / sizeof((rules)[0]); i++) \
	rule_apply(backend, map, &(rules)[i], is_set)

void vcpu_bitmaps_make(enum vcpu_backend backend, uint32_t features, uint8_t *msrs, uint8_t *ports)
{
	memset(msrs, features & VCPU_MSR ? 0xFF : 0, VCPU_MSR_BITMAP_SIZE);
	memset(ports, features & VCPU_IO ? 0xFF : 0, VCPU_IO_BITMAP_SIZE);
	if (features & VCPU_MSR)
		RULES_APPLY(backend, msrs, allowed, false);
	RULES_APPLY(backend, msrs, guarded, true);
	if (features & VCPU_IPI)
		RULES_APPLY(backend, msrs, filtered, true);
	if (backend == VCPU_SVM)
		rule_apply(backend, msrs, &guarded_svm, true);
}

bool vcpu_msr_allow(enum vcpu_backend backend, uint8_t *msrs, uint32_t msr, unsigned ways)
{
	return msr_put(backend, msrs, msr, ways, false);
}

void vcpu_port_allow(uint8_t *ports, uint16_t port)
{
	bit_put(ports, port, false);
}
