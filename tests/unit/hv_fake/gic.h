/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An interrupt controller by the words of IHI 0069: the physical state of what a core can take,
 * list registers and the virtual CPU interface through which a guest takes and ends interrupts, in
 * the order of priorities, of both groups alike. What the manual leaves undefined or the hypervisor must
 * never do (a pending hardware interrupt that is active, too; the same interrupt in two list
 * registers; ending what is not active) ends the test.
 */
#ifndef TESTS_UNIT_HV_FAKE_GIC_H
#define TESTS_UNIT_HV_FAKE_GIC_H

#include <hv/arm64/gic.h>
#include <hv/arm64/limits.h>

#define FAKE_VMCR_ENABLED   0xF8000002u /* VENG1, all priorities */
#define FAKE_VMCR_SPLIT_EOI (1u << 9)   /* VEOIM: EOI only drops, DIR deactivates */
#define FAKE_APR_BIT        (1u << (0xA0 >> 3))
#define FAKE_GICH           UINT64_C(0x8030000) /* GICv2's, of which a switch reads two registers */

/* what one core has */
struct fake_gic {
	uint64_t lr[MAX_LRS];
	uint32_t vmcr, apr;
	uint32_t refill;  /* REFILL_: when it wants a maintenance interrupt */
	bool kicked;      /* the hypervisor's SGI is pending; other cores set it */
	bool ptimer;      /* the level of the physical timer */
	bool vtimer_late; /* the virtual timer's interrupt comes once more, its condition is over */
	uint32_t active;  /* ids 0 to 31 */
	bool running;     /* acknowledged and not dropped */
	unsigned stray_eois; /* EOIs of the guest that met no list register */
};

/* all cores share these: level, enabled and active of one device interrupt each */
struct fake_spi {
	bool level, enabled, active;
	bool edge, latched; /* edge-triggered; pending, whatever the level */
	uint32_t core;      /* where it is sent */
	uint32_t taker;     /* while active: the core that acknowledged it */
};

extern struct fake_gic fake_gics[MAX_CPUS];
extern struct fake_spi fake_spis[1024];

struct fake_gic *fake_gic_of_core(void); /* of the core that executes */
/* The register of the core that executes; NULL: not one of these */
uint32_t *fake_gich_register(uint64_t address);
void fake_gic_reset(void);
void fake_gic_version_set(unsigned version); /* 3 after a reset */
/* A pulse on the line of an edge-triggered interrupt. */
void fake_spi_pulse(uint32_t id);
/* A physical interrupt waits for the core that executes. */
bool fake_gic_is_signalled(void);
unsigned fake_gic_lrs_valid(const struct fake_gic *gic);
/* index of the list register that holds `id` in any state, or -1 */
int fake_gic_lr_of(const struct fake_gic *gic, uint32_t id);

/*
 * The guest on the core that executes: reads IAR (INTID_LIMIT or above: nothing; GICv2: an SGI with its
 * sender), writes EOIR and DIR.
 */
uint32_t fake_guest_acknowledge(void);
void fake_guest_eoi(uint32_t id);
void fake_guest_deactivate(uint32_t id);

#endif
