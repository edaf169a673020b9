/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who would be harmed if a wall had a hole: memory of Linux's and an enclave, both filled with words that are known. And who tries it: a
 * co-kernel that does what it is told.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>
#include <stdint.h>

struct witness {
	int file;        /* of the enclave */
	uint64_t memory; /* that it watches */
	uint32_t apic;   /* of its core */
	uint16_t id;
};

/* The enclave has hypervisors, or not. False: it does not start. */
bool witness_begin(struct witness *witness, bool is_protected);
void witness_end(struct witness *witness);
/* How many words of the enclave's have changed, and interrupts it got; -1: it does not answer. */
long witness_harm(const struct witness *witness);
/* The same of Linux's words, which are put right. */
long witness_linux_harm(void);
/* The physical address of one of Linux's words now, and what it is. */
uint64_t witness_linux(uint64_t *value);

/* The physical address of our memory. */
uint64_t physical_of(const void *memory);
/* The line that the co-kernel of this file says when it has done it; empty: it has ended. */
const char *ask(int file, const char *words);
/* Without waiting for it. */
void order(int file, const char *words);
/* Of its core `core`, which is not Linux's now. */
uint32_t apic_of(int file, uint32_t core);
/* The physical address of the area (lib/vcpu_area.h) of an enclave's first core; 0: there is none. */
uint64_t area_of(uint16_t id);

#endif
