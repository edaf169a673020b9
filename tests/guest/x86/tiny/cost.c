/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What costs an exit, between two readings of the counter; on a bare core the same loops cost what they cost there. Then the host is asked for its
 * part (bench/x86/cost.c). The last word is what ends it: "memory" or "port", with the counter in r15 just before, or anything else: nothing.
 */
#include <lib/arch/x86/cpu.h>
#include <lib/string.h>
#include "tiny.h"

#define TIMES       1000u
#define MSR_REFUSED 0x9bu /* SMM monitor */
#define TPR         0x80u
#define ICR         0x300u
#define ICR_HIGH    0x310u
#define STARTUP     0x600u
#define FOREIGN     "0x100000" /* an address of the host's */

static void apic_put(uint64_t offset, uint64_t value)
{
	if (boot->flags & COKERNEL_X2APIC)
		msr_write(MSR_X2APIC + (uint32_t)offset / 16, value);
	else
		mmio_write32((msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS) + offset,
			     (uint32_t)value);
}

static uint64_t do_cpuid(uint64_t a, uint64_t b)
{
	(void)b;
	return cpuid((uint32_t)a, 0).eax;
}

static uint64_t do_efer(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	return msr_read(MSR_EFER);
}

static uint64_t do_refused(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	return msr_read(MSR_REFUSED);
}

static uint64_t do_apic(uint64_t a, uint64_t b)
{
	(void)b;
	apic_put(TPR, a);
	return 0;
}

/* Nobody may send that. */
static uint64_t do_icr(uint64_t a, uint64_t b)
{
	uint64_t apic = boot->cores[0].apic_id;

	(void)a;
	(void)b;
	if (boot->flags & COKERNEL_X2APIC) {
		apic_put(ICR, apic << 32 | STARTUP);
	} else {
		apic_put(ICR_HIGH, apic << 24);
		apic_put(ICR, STARTUP);
	}
	return 0;
}

/* to itself, with a vector of its own that only counts */
static uint64_t do_ipi(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	apic_send(boot->cores[0].apic_id, COKERNEL_VECTOR_FIRST + 2);
	return 0;
}

static uint64_t do_xsetbv(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	__asm__ volatile("xsetbv" ::"c"(0), "a"(1), "d"(0));
	return 0;
}

static uint64_t do_vmrun(uint64_t a, uint64_t b)
{
	(void)b;
	__asm__ volatile("vmrun %%rax" ::"a"(a) : "memory");
	return 0;
}

static uint64_t do_vmcall(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	__asm__ volatile("vmcall" ::: "memory");
	return 0;
}

static uint64_t do_nothing(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	return 0;
}

typedef uint64_t (*way_fn)(uint64_t, uint64_t);

static uint64_t ticks_of(way_fn way)
{
	uint64_t start = tsc_read(), result;

	for (unsigned i = 0; i < TIMES; i++)
		(void)attack_try(way, 0, 0, &result);
	return tsc_read() - start;
}

/* The first time is warm-up. */
static void measure(const char *name, way_fn way)
{
	(void)ticks_of(way);
	(void)ticks_of(do_nothing);
	say("cost %s %u %lu %lu\n", name, TIMES, ticks_of(way), ticks_of(do_nothing));
}

static void measure_all(void)
{
	measure("cpuid", do_cpuid);
	measure("efer", do_efer);
	measure("refused", do_refused);
	measure("apic", do_apic);
	measure("icr", do_icr);
	measure("ipi", do_ipi);
	measure("vmrun", do_vmrun);
	measure("vmcall", do_vmcall);
	cr4_write(cr4_read() | CR4_OSXSAVE);
	measure("xsetbv", do_xsetbv);
}

/* The host measures while we wait. */
static void ask_host(void)
{
	apic_send(shared->targets[0].apic, shared->targets[0].vector);
	while (!__atomic_load_n(&interrupt_counts[1], __ATOMIC_RELAXED))
		core_wait();
}

#define COUNTER "rdtsc\n\tshl $32, %%rdx\n\tor %%rdx, %%rax\n\tmov %%rax, %%r15\n\t"

void cost(const char *words)
{
	traps_set();
	measure_all();
	ask_host();
	if (strncmp(words, "memory", 6) == 0)
		__asm__ volatile(COUNTER "mov " FOREIGN ", %%eax" ::
					 : "rax", "rdx", "r15", "memory");
	else if (strncmp(words, "port", 4) == 0)
		__asm__ volatile(COUNTER "in $0x64, %%al" ::: "rax", "rdx", "r15", "memory");
}
