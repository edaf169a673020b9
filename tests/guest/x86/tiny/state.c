/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a core finds when it enters: a line for each register, so that a bare core and a protected one can be compared. The general registers are
 * those of start.S's first instruction; what depends on time or place is left out.
 */
#include <lib/arch/x86/cpu.h>
#include "tiny.h"

#define LEAF_EXTENDED 0x80000000u
#define SUBLEAVES     3u

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

uint64_t entry_registers[17]; /* written by start.S: as they are encoded, then RFLAGS */

static void registers_say(void)
{
	for (unsigned i = 0; i < 17; i++)
		say("state: r%u %lx\n", i, entry_registers[i]);
}

static void controls_say(void)
{
	struct table_register gdt, idt;
	uint64_t dr6, dr7, xcr0 = 0;
	uint16_t cs, ds, es, fs, gs, ss, tr, ldt;

	__asm__ volatile("sgdt %0\n\tsidt %1" : "=m"(gdt), "=m"(idt));
	__asm__ volatile("mov %%dr6, %0\n\tmov %%dr7, %1" : "=r"(dr6), "=r"(dr7));
	__asm__ volatile("mov %%cs, %0\n\tmov %%ds, %1\n\tmov %%es, %2\n\tmov %%fs, %3\n\t"
			 "mov %%gs, %4\n\tmov %%ss, %5\n\tstr %6\n\tsldt %7"
			 : "=r"(cs), "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs), "=r"(ss), "=r"(tr),
			   "=r"(ldt));
	say("state: cr0 %lx cr2 %lx cr3 %lx cr4 %lx\n", cr0_read(), cr2_read(), cr3_read(),
	    cr4_read());
	say("state: gdt %lx %x idt %lx %x\n", gdt.base, gdt.limit, idt.base, idt.limit);
	say("state: cs %x ds %x es %x fs %x gs %x ss %x tr %x ldt %x\n", cs, ds, es, fs, gs, ss, tr,
	    ldt);
	say("state: dr6 %lx dr7 %lx\n", dr6, dr7);
	if (cpuid(1, 0).ecx >> 26 & 1) {
		uint32_t low, high;

		cr4_write(cr4_read() | CR4_OSXSAVE);
		__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
		xcr0 = (uint64_t)high << 32 | low;
	}
	say("state: xcr0 %lx\n", xcr0);
}

static void msrs_say(void)
{
	static const uint32_t msrs[] = {
		MSR_EFER, MSR_APIC_BASE,     MSR_SYSENTER_CS, 0x175,     0x176,       0x277,
		MSR_STAR, MSR_LSTAR,         MSR_CSTAR,       MSR_FMASK, MSR_FS_BASE, MSR_GS_BASE,
		0x1d9,    MSR_KERNEL_GS_BASE};

	for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
		say("state: msr %x %lx\n", msrs[i], msr_read(msrs[i]));
}

static void leaf_say(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid answer = cpuid(leaf, subleaf);

	say("state: cpuid %x %x %x %x %x %x\n", leaf, subleaf, answer.eax, answer.ebx, answer.ecx,
	    answer.edx);
}

static void leaves_say(uint32_t base)
{
	uint32_t last = cpuid(base, 0).eax;

	for (uint32_t leaf = base; leaf <= last && leaf < base + 0x40; leaf++)
		for (uint32_t sub = 0; sub < SUBLEAVES; sub++)
			leaf_say(leaf, sub);
}

void state_say(void)
{
	registers_say();
	controls_say();
	msrs_say();
	leaves_say(0);
	leaves_say(LEAF_EXTENDED);
}
