/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See vcpu_policy.h. The MSR bitmaps: Intel SDM 3C 24.6.9 (four of 1 KiB: reads of low and high MSRs, then writes), AMD APM 2 15.11 (two bits for
 * each MSR, 2 KiB for each of three ranges). Ports: a bit each in both (SDM 24.6.4, APM 15.10.1).
 */
#include <lib/string.h>
#include <lib/vcpu_policy.h>

#define READ  ENCLAVE_GRANT_READ
#define WRITE ENCLAVE_GRANT_WRITE

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
	{0x10, 0x10, WRITE}, /* TSC */
	{0x1b, 0x1b, WRITE}, /* APIC_BASE */
	{0x3a, 0x3b, WRITE}, /* FEATURE_CONTROL, TSC_ADJUST */
	{0x79, 0x79, WRITE}, /* microcode */
	{0x8b, 0x8b, WRITE},
	{0x9b, 0x9b, READ | WRITE}, /* SMM monitor */
	{0x200, 0x26f, WRITE},      /* MTRRs */
	{0x2ff, 0x2ff, WRITE},
	{0x480, 0x491, READ | WRITE}, /* VMX */
	{0x560, 0x571, WRITE},        /* processor trace: writes to physical addresses */
	{0xda0, 0xda0, WRITE},        /* XSS: XRSTORS loads processor trace, user interrupts, ... */
	{0xC0010010, 0xC001001F, WRITE},        /* SYSCFG, HWCR, IORRs, TOP_MEM */
	{0xC0010020, 0xC0010020, WRITE},        /* microcode */
	{0xC0010050, 0xC001005F, WRITE},        /* SMI triggers, MMIO configuration */
	{0xC0010111, 0xC001011F, READ | WRITE}, /* SMM, VM_CR, VM_HSAVE_PA, SVM key */
};

/* EFER's SVME is hidden; on VMX the register is the guest's own. */
static const struct msr_rule guarded_svm = {0xC0000080, 0xC0000080, READ | WRITE};

/* With `msr`: what a kernel needs for itself on its own core. All else is refused. */
static const struct msr_rule allowed[] = {
	{0x10, 0x10, READ},
	{0x1b, 0x1b, READ},
	{0x33, 0x33, READ | WRITE}, /* split locks */
	{0x3b, 0x3b, READ},
	{0xcf, 0xcf, READ},           /* whether there are those */
	{0xe7, 0xe8, READ},           /* MPERF, APERF */
	{0x174, 0x176, READ | WRITE}, /* SYSENTER */
	{0x1a0, 0x1a0, READ},
	{0x1d9, 0x1d9, READ},                   /* DEBUGCTL */
	{0x277, 0x277, READ},                   /* PAT */
	{0x6e0, 0x6e0, READ | WRITE},           /* TSC deadline */
	{0x802, 0x83f, READ | WRITE},           /* x2APIC */
	{0xda0, 0xda0, READ},                   /* XSS */
	{0xC0000080, 0xC0000084, READ | WRITE}, /* EFER, SYSCALL */
	{0xC0000100, 0xC0000103, READ | WRITE}, /* FS, GS, TSC_AUX */
};

/* With `ipi`: the command register, self IPI, and local vector table entries (SDM 3A 11.12.1.2). */
static const struct msr_rule filtered[] = {
	{0x80d, 0x80e, WRITE}, /* LDR: there is none to write */
	{0x82f, 0x830, WRITE},
	{0x832, 0x837, WRITE},
	{0x83f, 0x83f, WRITE},
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
	if (ways & READ)
		bit_put(map, base, is_set);
	if (ways & WRITE)
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
	if (ways & READ)
		bit_put(map, 2 * base, is_set);
	if (ways & WRITE)
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

/* Ranges of which nothing is granted. */
struct span {
	uint64_t first, last;
};

static const struct span ports_kept[] = {
	{0x00, 0x21},                 /* ISA's DMA controller, interrupt controller */
	{0x60, 0x60},                 /* with 0x64: the keyboard controller, which resets */
	{0x64, 0x64},   {0x92, 0x92}, /* INIT */
	{0xa0, 0xa1},                 /* interrupt controller */
	{0xb2, 0xb3},                 /* SMI */
	{0xc0, 0xdf},                 /* DMA controller */
	{0x510, 0x51b},               /* an emulator's fw_cfg: DMA */
	{0xcf8, 0xcff},               /* PCI configuration, reset */
};

/* I/O APICs and interrupt messages, where every PC has them (SDM 3A 11.11.1) */
static const struct span mmio_kept[] = {
	{0xfec00000, 0xfecfffff},
	{0xfee00000, 0xfeefffff},
};

#define PAGE_BITS     UINT64_C(0xfff)
#define ADDRESS_LIMIT (UINT64_C(1) << 48)
#define PORTS         0x10000u

static bool meets(const struct enclave_grant *grant, const struct span *spans, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (grant->first <= spans[i].last && spans[i].first <= grant->last)
			return true;
	return false;
}

static bool meets_rule(const struct enclave_grant *grant, const struct msr_rule *rules,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (grant->ways & rules[i].ways && grant->first <= rules[i].last &&
		    rules[i].first <= grant->last)
			return true;
	return false;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *port_refusal(const struct enclave_grant *grant)
{
	if (grant->last >= PORTS || grant->ways != (READ | WRITE))
		return "ports are numbers up to 0xffff, to be read and written";
	if (meets(grant, ports_kept, COUNT(ports_kept)))
		return "there are ports among these that reset the machine, or reach any device or memory";
	return NULL;
}

static const char *msr_refusal(const struct enclave_grant *grant)
{
	uint64_t base = grant->first < HIGH_MSRS  ? 0
			: grant->first < AMD_MSRS ? HIGH_MSRS
						  : AMD_MSRS;

	if (grant->first < base || grant->last - base >= RANGE_MSRS)
		return "MSRs are numbers from 0, 0xc0000000 or 0xc0010000 on, 0x2000 of each";
	if (meets_rule(grant, guarded, COUNT(guarded)) || meets_rule(grant, &guarded_svm, 1) ||
	    meets_rule(grant, filtered, COUNT(filtered)))
		return "there are MSRs among these that guard the hypervisor, interrupts, memory or time";
	return NULL;
}

static const char *mmio_refusal(const struct enclave_grant *grant)
{
	if (grant->first & PAGE_BITS || ~grant->last & PAGE_BITS || grant->last >= ADDRESS_LIMIT ||
	    !(grant->ways & READ))
		return "memory of devices is whole pages of 4K, to be read or read and written";
	if (meets(grant, mmio_kept, COUNT(mmio_kept)))
		return "there is an interrupt controller among these addresses";
	return NULL;
}

const char *vcpu_grant_refusal(const struct enclave_grant *grant)
{
	if (grant->ways == 0 || grant->ways & ~(READ | WRITE) || grant->zero ||
	    grant->first > grant->last)
		return "nothing can be granted so";
	switch (grant->kind) {
	case ENCLAVE_GRANT_PORT:
		return port_refusal(grant);
	case ENCLAVE_GRANT_MSR:
		return msr_refusal(grant);
	case ENCLAVE_GRANT_MMIO:
		return mmio_refusal(grant);
	default:
		return "ports, MSRs and memory of devices can be granted, and nothing else";
	}
}

bool vcpu_grant_apply(enum vcpu_backend backend, uint8_t *msrs, uint8_t *ports,
		      const struct enclave_grant *grant)
{
	bool is_good = true;

	for (uint64_t at = grant->first; at <= grant->last && is_good; at++) {
		if (grant->kind == ENCLAVE_GRANT_PORT)
			bit_put(ports, (uint32_t)at, false);
		else if (grant->kind == ENCLAVE_GRANT_MSR)
			is_good = msr_put(backend, msrs, (uint32_t)at, grant->ways, false);
		else
			break;
	}
	return is_good;
}
