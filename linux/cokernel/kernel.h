/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this module needs of Linux beyond its ordinary interfaces for modules: all of it changes with Linux's version, so all of it is in
 * kernel_6_1.c.
 */
#ifndef COKERNEL_KERNEL_H
#define COKERNEL_KERNEL_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct eventfd_ctx;
struct vm_area_struct;

int kernel_init(void);
void kernel_exit(void);

/* Takes a CPU away from Linux, which then does not count it as present; gives it back. Both sleep. */
int kernel_cpu_remove(unsigned int cpu);
int kernel_cpu_add(unsigned int cpu);

/* Writes the interrupt command register: low half as the local APIC has it, physical destination. In any context. */
void kernel_ipi(u32 apic, u32 command);
bool kernel_is_x2apic(void);
u32 kernel_apic_id(unsigned int cpu);
struct kernel_place {
	u32 package, core;
};
struct kernel_place kernel_place_of(unsigned int cpu);

/* Of a node: those that are free, or that Linux only keeps files in. */
unsigned long kernel_pages_spare(u32 node);
/* Takes `count` free or movable pages from `pfn` on; -EBUSY is normal. They go back by __free_page(), one by one. */
int kernel_pages_take(unsigned long pfn, unsigned long count);

/* In any context. */
void kernel_event_signal(struct eventfd_ctx *event);
/* A mapping that does not grow. */
void kernel_mapping_fix(struct vm_area_struct *mapping);

/*
 * An interrupt of Linux's that others raise by an IPI. `moved` tells to whom and with which vector, whenever that changes, in any context;
 * vector 0: nobody.
 */
struct kernel_bell;
typedef void (*kernel_bell_moved)(void *arg, u32 apic, u32 vector);
struct kernel_bell *kernel_bell_make(kernel_bell_moved moved, irq_handler_t handler, void *arg,
				     const char *name);
void kernel_bell_free(struct kernel_bell *bell);

#endif
