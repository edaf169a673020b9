/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A co-kernel that is not the LWK: shows that the boot protocol (bulkhead/cokernel.h) serves any kernel, and does on demand what tests
 * of Linux's module need. What it does is the first word of its parameters: main.c.
 */
#ifndef TINY_H
#define TINY_H

#include <bulkhead/cokernel.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* what it leaves in memory */
#define TINY_PATTERN 0xA5
#define TINY_KEPT    64 /* bytes from a region's start: a counter for each core, with "keep" */

extern struct cokernel_boot *boot;
extern struct cokernel_shared *shared;

/* main.c. Of any core: never returns. */
void core_down(uint32_t index) __attribute__((noreturn));
void __attribute__((format(printf, 1, 2))) say(const char *format, ...);
void linux_ring(void);
/* tables.c: of core 0, before it leaves the tables it began with. */
void tables_say(void);
/* state.c: of core 0, before it changes anything. */
void state_say(void);
/* apic.c */
void apic_start(void);
void apic_send(uint32_t apic, uint32_t vector);
uint32_t apic_id(void);
/* How often each vector came, at any core. */
extern uint32_t interrupt_counts[COKERNEL_VECTOR_LAST - COKERNEL_VECTOR_FIRST + 1];
/* What nobody may send: NMIs and other exceptions, and Linux's vectors. */
extern uint32_t stray_interrupts;
/* Until the next interrupt; to be called with interrupts off after looking for work. */
void core_wait(void);
/* The handler of an exception, in place of the one that only counts. */
void idt_set(uint32_t vector, const char *handler);
extern const char interrupt_stubs[];
/* attack.c: does what the words say, and what came of it, a line */
const char *attack(const char *words);
/*
 * Calls a way and returns 0x100, or the vector of the exception that it raised, when traps_set() has been called. One at a time.
 */
uint64_t attack_try(uint64_t (*go)(uint64_t, uint64_t), uint64_t a, uint64_t b, uint64_t *result);
void traps_set(void);
/* cost.c: the words behind "cost" */
void cost(const char *words);
/* serve.c: core 0 answers Linux, until it is told to end; the others idle. */
void serve(void);
void serve_others(uint32_t index);
/* Until Linux's next signal 1 nobody answers it, and no core comes: parameter "late", from the beginning on. */
bool is_held(void);

#endif
