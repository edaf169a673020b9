/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core as the architecture sees it. In the kernel GS points to the core's record all the time, whose first word is its own address.
 */
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <arch/layout.h>
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct thread;
struct trap_frame;
struct arch_space;

/* Intel SDM 3A 8.7: without I/O permissions */
struct task_state {
	uint32_t zero;
	uint32_t stack[6]; /* of the rings, low and high word each: unaligned */
	uint32_t zero2[2];
	uint32_t ist[14];
	uint32_t zero3[2];
	uint16_t zero4;
	uint16_t io_map;
};
static_assert(sizeof(struct task_state) == 104, "as the processor reads it");

struct arch_core {
	struct arch_core *self;
	uint64_t stack_top;  /* of the current thread */
	uint64_t user_stack; /* between two instructions of entry.S */
	uint32_t apic_id;
	unsigned vector;         /* of the interrupt that is being handled; 0: none */
	struct thread *fp_owner; /* whose FP and vector state is in the registers; NULL: nobody's */
	struct arch_space *space;             /* what CR3 holds; NULL: the kernel's own tables */
	const struct trap_frame *interrupted; /* by the interrupt that is being handled */
	void *boot_stack;                     /* of the idle thread */
	/* tlb.c: how often this core was asked to flush its TLB, and up to which question it has; see there for who writes */
	uint32_t flush_asked, flush_done;
	struct task_state tss;
	uint64_t gdt[GDT_ENTRIES];
};
static_assert(offsetof(struct arch_core, self) == CORE_SELF &&
		      offsetof(struct arch_core, stack_top) == CORE_STACK_TOP &&
		      offsetof(struct arch_core, user_stack) == CORE_USER_STACK,
	      "entry.S");

static inline struct core *arch_core_self(void)
{
	struct core *core;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(core));
	return core;
}

#endif
