/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The physical interrupt controller, which the hypervisor owns, behind one interface for GICv2 and GICv3. EOI is
 * split: `drop` lowers the running priority, `deactivate` ends the interrupt; a guest's interrupt is deactivated by the guest itself
 * through its list register. List registers have GICv3's layout on both (IHI 0069, ICH_LR<n>_EL2).
 */
#ifndef HV_ARM64_GIC_H
#define HV_ARM64_GIC_H

#include <bulkhead/types.h>
#include <hv/arm64/platform.h>
#include <lib/arch/arm64/sysreg.h>

struct cpu;

#define INTID_KICK        7u /* the hypervisor's only SGI: "exit and look at your pending interrupts" */
#define INTID_MAINTENANCE 25u
#define INTID_VTIMER      27u /* CNTV: of whatever vCPU runs */
#define INTID_PTIMER      30u /* CNTP: the primary's */
#define INTID_SPI_FIRST   32u
#define INTID_LIMIT       1020u /* ids from here on are special */

#define GICR_STRIDE 0x20000u /* redistributor of a core: two frames (GICv3) */

/* as in ICH_HCR_EL2 and GICH_HCR: at most one list register holds anything; none holds something pending */
#define REFILL_FEW          (1u << 1)
#define REFILL_NONE_PENDING (1u << 3)

#define LR_PENDING    (UINT64_C(1) << 62)
#define LR_ACTIVE     (UINT64_C(1) << 63)
#define LR_HW         (UINT64_C(1) << 61)
#define LR_GROUP1     (UINT64_C(1) << 60)
#define LR_PRIORITY   (UINT64_C(0xA0) << 48)
#define LR_EOI        (UINT64_C(1) << 41)          /* not HW: maintenance interrupt at its end */
#define LR_SOURCE(lr) ((uint32_t)((lr) >> 32) & 7) /* GICv2: sender of an SGI */
#define LR_PINTID(id) ((uint64_t)(id) << 32)
#define LR_VINTID(lr) ((uint32_t)(lr))

struct gic_ops {
	unsigned version;
	unsigned lr_count;
	uint32_t lines; /* 32 interrupt ids each; known after init */
	uint64_t
		lr_default; /* priority and group in list registers of VMs that do not choose them */
	/* once; then on each core */
	void (*init)(void);
	void (*init_cpu)(struct cpu *cpu);
	uint32_t (*acknowledge)(void); /* interrupt id, INTID_LIMIT or above when there is none */
	void (*drop)(uint32_t id);
	void (*deactivate)(uint32_t id);
	void (*kick)(uint32_t core);
	/* an SPI, routed to `core` when it is enabled */
	void (*spi_enable)(uint32_t id, bool enable, uint32_t core);
	void (*ppi_set_active)(uint32_t id, bool active); /* of this core */
	uint64_t (*lr_read)(unsigned index);
	void (*lr_write)(unsigned index, uint64_t lr);
	uint32_t (*lr_empty)(void);      /* bit n: list register n holds nothing */
	void (*apr_write)(uint64_t apr); /* active priorities of the virtual CPU interface */
	void (*refill_set)(
		uint32_t when); /* maintenance interrupt when list registers have room: REFILL_ */
};

extern struct gic_ops gicv2_ops, gicv3_ops;
extern const struct gic_ops *gic;

#define GICH_VMCR 0x008
#define GICH_APR  0x0F0

/* The virtual CPU interface at every switch of vCPUs, in place: its control, and its active priorities of both groups */
static inline uint64_t gic_state_read(uint64_t *apr)
{
	uint64_t gich = platform.gich.start; /* 0: GICv3 */

	if (gich) {
		*apr = mmio_read32(gich + GICH_APR);
		return mmio_read32(gich + GICH_VMCR);
	}
	*apr = sysreg_read(ich_ap0r0_el2) << 32 | sysreg_read(ich_ap1r0_el2);
	return sysreg_read(ich_vmcr_el2);
}

static inline void gic_vmcr_write(uint64_t vmcr)
{
	uint64_t gich = platform.gich.start;

	if (gich)
		mmio_write32(gich + GICH_VMCR, (uint32_t)vmcr);
	else
		sysreg_write(ich_vmcr_el2, vmcr);
}

/* The distributor's registers that both versions have alike */
void gic_spi_configure(uint32_t id, bool edge);
void gic_spi_set_pending(uint32_t id, bool pending);
void gic_spi_set_active(uint32_t id);
uint32_t gic_spi_pending(uint32_t n); /* of interrupts 32n to 32n + 31 */
/* Finds the controller that `platform` names and prepares it. */
void gic_init(void);

#endif
