/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The power management block of BCM2835: its watchdog resets the board, and the partition number it
 * leaves behind tells the boot ROM whether to start again (63: halt).
 */
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/dt.h>
#include <lwk/watchdog.h>

#define PM_RSTC 0x1cu
#define PM_RSTS 0x20u
#define PM_WDOG 0x24u

#define PM_PASSWORD        0x5a000000u
#define RSTC_CONFIG_CLEAR  0xffffffcfu
#define RSTC_FULL_RESET    0x00000020u
#define RSTS_PARTITION_ALL 0x00000555u /* the six bits of the number lie apart */
#define WDOG_TICKS         10u         /* of 16 us */

static uint64_t base;

void watchdog_init(void)
{
	int node = dt_find_compatible(-1, "brcm,bcm2835-pm-wdt");
	struct dt_reg reg;

	if (node >= 0 && dt_reg(node, 0, &reg))
		base = (uint64_t)io_map(reg.base, reg.size);
}

void watchdog_power_off(void)
{
	uint32_t status;

	if (!base)
		return;
	status = mmio_read32(base + PM_RSTS) & ~PM_PASSWORD;
	mmio_write32(base + PM_RSTS, PM_PASSWORD | status | RSTS_PARTITION_ALL);
	mmio_write32(base + PM_WDOG, PM_PASSWORD | WDOG_TICKS);
	mmio_write32(base + PM_RSTC, PM_PASSWORD |
					     (mmio_read32(base + PM_RSTC) & RSTC_CONFIG_CLEAR) |
					     RSTC_FULL_RESET);
	for (;;)
		wfi();
}
