/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chooses the interrupt controller's driver.
 */
#include <hv/arm64/gic.h>

#include <hv/arm64/platform.h>

const struct gic_ops *gic;

void gic_init(void)
{
	gic = platform.gic_version == 3 ? &gicv3_ops : &gicv2_ops;
	gic->init();
}
