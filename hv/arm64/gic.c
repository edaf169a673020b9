/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chooses the interrupt controller's driver, and has what drivers share: registers of the distributor that are alike.
 */
#include <hv/arm64/gic.h>

#include <hv/arm64/platform.h>

#define GICD_ISPENDR   0x200
#define GICD_ICPENDR   0x280
#define GICD_ISACTIVER 0x300
#define GICD_ICFGR     0xC00
#define ICFGR_EDGE     2u

const struct gic_ops *gic;

/* Read and written: the caller has a lock for all that do it. */
void gic_spi_configure(uint32_t id, bool edge)
{
	uint64_t at = platform.gic_dist.start + GICD_ICFGR + id / 16 * 4;
	uint32_t shift = id % 16 * 2, value = mmio_read32(at) & ~(3u << shift);

	mmio_write32(at, value | (edge ? ICFGR_EDGE << shift : 0));
}

void gic_spi_set_pending(uint32_t id, bool pending)
{
	mmio_write32(platform.gic_dist.start + (pending ? GICD_ISPENDR : GICD_ICPENDR) +
			     id / 32 * 4,
		     1u << id % 32);
}

void gic_spi_set_active(uint32_t id)
{
	mmio_write32(platform.gic_dist.start + GICD_ISACTIVER + id / 32 * 4, 1u << id % 32);
}

uint32_t gic_spi_pending(uint32_t n)
{
	return mmio_read32(platform.gic_dist.start + GICD_ISPENDR + 4 * n);
}

void gic_init(void)
{
	gic = platform.gic_version == 3 ? &gicv3_ops : &gicv2_ops;
	gic->init();
}
