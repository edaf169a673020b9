/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two timers: the virtual one is everybody's, the physical one the primary's. A deadline is a
 * counter value; both counters read the same here, since the hypervisor leaves the offset 0.
 */
#ifndef TESTS_GUEST_TIMER_H
#define TESTS_GUEST_TIMER_H

#include <lib/arch/arm64/sysreg.h>

#define INTID_VTIMER 27u
#define INTID_PTIMER 30u

#define TIMER_ENABLE  1u
#define TIMER_IMASK   2u
#define TIMER_ISTATUS 4u

static inline void vtimer_start(uint64_t deadline)
{
	sysreg_write(cntv_cval_el0, deadline);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	isb();
}

static inline void vtimer_stop(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static inline void ptimer_start(uint64_t deadline)
{
	sysreg_write(cntp_cval_el0, deadline);
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	isb();
}

static inline void ptimer_stop(void)
{
	sysreg_write(cntp_ctl_el0, 0);
	isb();
}

#endif
