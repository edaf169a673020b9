/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the drivers of the GIC family share: register offsets that all versions have, and the CPU
 * interfaces, which a VM uses without a distributor.
 */
#ifndef LWK_GIC_H
#define LWK_GIC_H

#include <bulkhead/types.h>

#define GICD_CTLR       0x0000u
#define GICD_TYPER      0x0004u
#define GICD_IGROUPR    0x0080u
#define GICD_ISENABLER  0x0100u
#define GICD_ICENABLER  0x0180u
#define GICD_IPRIORITYR 0x0400u
#define GICD_ITARGETSR  0x0800u
#define GICD_ICFGR      0x0c00u
#define GICD_SGIR       0x0f00u

#define GIC_SPI_BASE     32u
#define GIC_PRIORITY_ALL 0xf0u       /* mask that lets our one priority through */
#define GIC_PRIORITY_4   0xa0a0a0a0u /* that priority, four interrupts a register */

/* cells of the GIC binding: type (0 SPI, 1 PPI), number, flags */
bool gic_translate(int parent, const uint32_t *cells, unsigned count, unsigned *irq);
/* Shared interrupts: disabled, group 1, one priority, level-triggered. */
void gic_distributor_reset(uint64_t distributor);

void gicv3_cpu_init(void);
unsigned gicv3_acknowledge(void);
void gicv3_end(unsigned irq);

void gicv2_cpu_set(uint64_t registers); /* where GICC, or GICV, is mapped */
void gicv2_cpu_init(void);
unsigned gicv2_acknowledge(void);
void gicv2_end(unsigned irq);

#endif
