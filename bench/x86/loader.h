/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of the loader, which plays Linux's module for a co-kernel on an emulated machine without Linux.
 */
#ifndef BENCH_X86_LOADER_H
#define BENCH_X86_LOADER_H

#include <bulkhead/cokernel.h>
#include <stdbool.h>
#include <stddef.h>

#define DOORBELL_VECTOR 0x40u /* up */
#define SHARED_SIZE     ((sizeof(struct cokernel_shared) + 4095) & ~UINT64_C(4095))

/* what the command line asks for */
struct options {
	unsigned cores;
	unsigned nodes;
	uint64_t memory; /* bytes, 0: all */
	uint64_t at;     /* the enclave's memory begins here or behind */
	uint64_t tsc_khz;
	bool measure; /* for make bench */
	bool costs;   /* of protection, with the tiny co-kernel */
	bool probe; /* when half of stop_ms has passed, interrupts are sent, and exits counted from then on */
	unsigned leaves;  /* of nested tables, by level: bit 1: 1 GiB, 2: 2 MiB, 3: 4 KiB; 0: all */
	bool exercise;    /* cores and memory come and go while the co-kernel runs */
	bool x2apic;      /* its cores come in that mode */
	uint64_t stop_ms; /* after this long the hypervisors are told to stop; 0: never */
	unsigned isolation; /* 0: none; ISOLATION_VIRT and VCPU_* features */
	const char *parameters;
};

struct enclave {
	struct cokernel_boot *boot;
	uint64_t entry;
	uint64_t cr3;
	uint64_t gdt;
	bool x2apic;
};

extern struct cokernel_shared shared;

/* enclave.c */
void options_read(const char *line, struct options *options);
/* `modules` as the multiboot loader gives them: the image, the ramdisk */
struct enclave enclave_make(const struct options *options, const uint32_t *modules, uint64_t top);

/* exercise.c */
void exercise_start(struct enclave *enclave, unsigned cores);
bool exercise_step(void); /* true: something happened */
void exercise_report(void);

/* measure.c; `free`: memory beside the enclave's */
void measure_start(const struct enclave *enclave, struct enclave_blob free);
bool measure_step(void); /* true: something happened */
/* the counter when the enclave was begun, and when it was ready to start */
void measure_report(uint64_t making, uint64_t made);

/* cost.c: what protection costs, when the co-kernel asks for it by its first target */
void cost_start(const struct enclave *enclave);
bool cost_step(void); /* true: something happened */

/* machine.c */
void machine_init(void);
void machine_vector(uint32_t vector, const char *entry); /* that interrupt goes there */
uint64_t machine_tsc_khz(void);
void machine_start_core(const struct enclave *enclave, uint32_t apic_id, uint32_t index);
uint64_t machine_core_entered(void); /* the counter when the one that was started last came */
void machine_send(uint32_t apic_id, uint32_t vector);
uint32_t machine_apic_id(void);
void machine_wait(void); /* for an interrupt */
void machine_tick(void); /* from now on there is one, about every millisecond */
void machine_park_core(uint32_t apic_id);
_Noreturn void machine_exit(unsigned code);
void serial_put(unsigned line, const void *data, size_t size); /* line 0 or 1 */
size_t serial_get(unsigned line, void *to, size_t size);

_Noreturn void fail(const char *text);

#endif
