/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The local APIC (dev/x86): interrupt numbers, and its timer.
 */
#ifndef LWK_APIC_H
#define LWK_APIC_H

#include <bulkhead/types.h>

/*
 * Interrupt numbers are vectors, but for those between cores and the timer, which are the numbers below APIC_VECTORS_OWN behind
 * APIC_VECTOR_OWN. From COKERNEL_VECTOR_FIRST on (bulkhead/cokernel.h) they are the host's to hand out.
 */
#define APIC_VECTOR_OWN      0xd0u
#define APIC_VECTORS_OWN     15u
#define APIC_VECTOR_SPURIOUS 0xdfu /* its low four bits are ones in old processors */
#define APIC_TIMER_IRQ       8u

/* A fixed interrupt for the core with that APIC id. Any context. */
void apic_send(uint32_t apic_id, uint32_t vector);
void apic_timer_init(bool deadline);   /* each core: takes a count, or the counter's value */
void apic_timer_count(uint32_t count); /* 0: off */
uint32_t apic_timer_left(void);

#endif
