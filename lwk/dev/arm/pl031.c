/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PL031 (DDI 0224): a counter of seconds since 1970.
 */
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/clock_set.h>
#include <lwk/dt.h>

#define RTC_DR 0x00u

void rtc_init(void)
{
	int node = dt_find_compatible(-1, "arm,pl031");
	struct dt_reg reg;
	void *registers;

	if (node < 0 || !dt_reg(node, 0, &reg))
		return;
	registers = io_map(reg.base, reg.size);
	if (registers)
		time_set_realtime(mmio_read32((uint64_t)registers + RTC_DR));
}
