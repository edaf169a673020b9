/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The park protocol: cores that Linux has given up, by their APIC ids. A core is parked (halted in the module's own page, with interrupts off),
 * or executes a co-kernel. From either it is taken by INIT, SIPI, SIPI, whatever it does, and acknowledges; before that nothing that it
 * might use is freed. docs/cokernel.md.
 */
#ifndef COKERNEL_PARK_H
#define COKERNEL_PARK_H

#include <linux/types.h>

/* How a core enters a co-kernel (bulkhead/cokernel.h): physical addresses, all mapped by `tables`. */
struct park_entry {
	u64 entry, boot, index;
	u64 tables;
	u64 gdt; /* null, code, data */
	u64 state;
};

/* A CPU as this part knows it. */
struct park_cpu {
	u32 apic;
	u32 name; /* what CPUID says there: by that it finds out whether it is meant */
	bool has_adjust;
	u64 adjust; /* its IA32_TSC_ADJUST */
};

int park_init(void);
void park_exit(void);
/* While no core is taken: firmware may have written into the trampoline's page while Linux slept. */
void park_renew(void);
/* Of one that is Linux's. */
void park_note(u32 cpu, struct park_cpu *noted);
/* The page that the tables of an entry have to map, too. */
u64 park_page(void);
/*
 * Parks a core. Its IA32_TSC_ADJUST is kept when there is none yet, else restored. -ETIMEDOUT: it does not acknowledge, and may
 * execute anything; should it come when another is waited for, it halts. Sleeps.
 */
int park_core(struct park_cpu *core);
int park_start(const struct park_cpu *core, const struct park_entry *entry);
/* INIT alone: the core stops, in any context. For the end of Linux. */
void park_stop(u32 apic);

#endif
