/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a co-kernel can do to itself, and what shows whether others do something to it: ways of attack.c. */
#ifndef RUIN_H
#define RUIN_H

#include <stdint.h>

/* Tables, stacks: most of them do not return. */
uint64_t ruin_idt(uint64_t limit, uint64_t b);
uint64_t ruin_gdt(uint64_t limit, uint64_t b);
/* The first entry of its tables' root. */
uint64_t ruin_root(uint64_t entry, uint64_t b);
uint64_t ruin_cr3(uint64_t value, uint64_t b);
uint64_t ruin_stack(uint64_t address, uint64_t b);
/* Pushes until it has left its memory. */
uint64_t ruin_overflow(uint64_t a, uint64_t b);
/* #DB, #AC without end. */
uint64_t loop_debug(uint64_t a, uint64_t b);
uint64_t loop_align(uint64_t a, uint64_t b);
/* All that it shares with Linux, and its boot parameters, from this seed; interrupts off for ever. */
uint64_t nonsense_write(uint64_t seed, uint64_t b);
/* Fills a part of its memory: its address. */
uint64_t guard_fill(uint64_t a, uint64_t b);
/* How many words of that have changed, and interrupts that came and nobody was to send. */
uint64_t guard_verify(uint64_t a, uint64_t b);

#endif
