/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Interrupts: one controller, found at boot; handlers by number. Numbers are the controller's own
 * (GIC interrupt ids, vectors); 0 to 15 are interrupts between cores everywhere.
 */
#ifndef LWK_INTERRUPT_H
#define LWK_INTERRUPT_H

#include <bulkhead/types.h>

#define INTERRUPT_NONE 1023u
#define INTERRUPT_MAX  1020u

struct core;

struct irqchip {
	const char *name;
	void (*init_core)(void); /* on each core, its own part */
	/*
	 * the interrupt that device-tree cells mean at the node `parent`; false when they make no
	 * sense. NULL on machines without a device tree
	 */
	bool (*translate)(int parent, const uint32_t *cells, unsigned count, unsigned *irq);
	/* a private interrupt: of the calling core; a shared one goes to core 0 */
	void (*enable)(unsigned irq);
	void (*disable)(unsigned irq);
	unsigned (*acknowledge)(void); /* the pending interrupt, or INTERRUPT_NONE */
	void (*end)(unsigned irq);
	void (*send)(const struct core *core, unsigned irq); /* irq below 16 */
};

extern const struct irqchip *irqchip;

/* Finds the controller and sets up what is common to all cores. Panics when there is none. */
void interrupt_init(void);
void interrupt_find(void); /* its first part, the drivers' (dev/arm, dev/x86): sets irqchip */
void interrupt_init_core(void);
/* interrupt `index` of a device-tree node; false when it has none that can be used */
bool interrupt_of_node(int node, unsigned index, unsigned *irq);
/*
 * Handlers run with interrupts masked, on the core that took the interrupt. Once for each number,
 * at boot.
 */
void interrupt_register(unsigned irq, void (*handler)(void *arg), void *arg);
/* Makes /proc/interrupts: a line for each core. 0 or -errno. */
int interrupt_files_init(void);
/* Takes what is pending; called by the architecture's entry code. */
void interrupt_handle(void);

/* probes, dev/arm: 0 or -errno */
int gicv2_probe(int node);
int gicv3_probe(int node);
int gic_pv_probe(int node);
int bcm2836_probe(int node);

#endif
