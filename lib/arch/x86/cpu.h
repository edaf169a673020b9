/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions that C has no words for. Numbers of model-specific registers and bits are those of the Intel SDM (volumes 3 and 4) and the
 * AMD APM (volume 2).
 */
#ifndef LIB_ARCH_X86_CPU_H
#define LIB_ARCH_X86_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_APIC_BASE      0x1bu
#define MSR_TEST_CTRL      0x33u
#define MSR_CORE_FEATURES  0xcfu /* IA32_CORE_CAPABILITIES */
#define MSR_SYSENTER_CS    0x174u
#define MSR_MCG_CAP        0x179u
#define MSR_MCG_STATUS     0x17au
#define MSR_DEBUGCTL       0x1d9u
#define MSR_MC0_STATUS     0x401u /* + 4 for each bank */
#define MSR_TSC_DEADLINE   0x6e0u
#define MSR_X2APIC         0x800u /* + offset of the register in the page / 16 */
#define MSR_XSS            0xda0u
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_CSTAR          0xc0000083u
#define MSR_FMASK          0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX        0xc0000103u

#define APIC_BASE_X2APIC  (1u << 10)
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)

#define EFER_SCE 1u

#define CR0_MP (UINT64_C(1) << 1)
#define CR0_EM (UINT64_C(1) << 2)
#define CR0_TS (UINT64_C(1) << 3)
#define CR0_NE (UINT64_C(1) << 5)
#define CR0_WP (UINT64_C(1) << 16)
#define CR0_AM (UINT64_C(1) << 18)

#define CR4_DE         (UINT64_C(1) << 3)
#define CR4_PAE        (UINT64_C(1) << 5)
#define CR4_MCE        (UINT64_C(1) << 6)
#define CR4_PGE        (UINT64_C(1) << 7)
#define CR4_OSFXSR     (UINT64_C(1) << 9)
#define CR4_OSXMMEXCPT (UINT64_C(1) << 10)
#define CR4_UMIP       (UINT64_C(1) << 11)
#define CR4_FSGSBASE   (UINT64_C(1) << 16)
#define CR4_OSXSAVE    (UINT64_C(1) << 18)
#define CR4_SMEP       (UINT64_C(1) << 20)
#define CR4_SMAP       (UINT64_C(1) << 21)

#define RFLAGS_IF (UINT64_C(1) << 9)

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

#define CR_FUNCTIONS(n)                                                         \
	static inline uint64_t cr##n##_read(void)                               \
	{                                                                       \
		uint64_t value;                                                 \
                                                                                \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(value)::"memory"); \
		return value;                                                   \
	}                                                                       \
	static inline void cr##n##_write(uint64_t value)                        \
	{                                                                       \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(value) : "memory");    \
	}

CR_FUNCTIONS(0)
CR_FUNCTIONS(2)
CR_FUNCTIONS(3)
CR_FUNCTIONS(4)

static inline void xcr0_write(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t rflags_read(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq\n\tpop %0" : "=r"(flags)::"memory");
	return flags;
}

/* no earlier load is done later (SDM, RDTSC; AMD: LFENCE serializes where Linux has run) */
static inline uint64_t tsc_read(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

/* in every loop that waits for another core: emulators give the others their turn, hyper-threads their resources */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline uint32_t mmio_read32(uint64_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

#endif
