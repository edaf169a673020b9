/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of the kernel by its own fault: the other cores are stopped, the reason is logged, the
 * machine is turned off.
 */
#include <arch/context.h>
#include <arch/irq.h>
#include <arch/trap.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>
#include <lwk/log_sink.h>
#include <lwk/role.h>

#define STOP_NS (NS_PER_SECOND / 100)

static bool is_panicking;

void cores_stop_others(void)
{
	uint64_t until = time_now_ns() + STOP_NS;

	for (unsigned i = 0; i < core_count; i++) {
		if (irqchip && cores[i].is_online && &cores[i] != core_self())
			arch_send_ipi(&cores[i], IPI_STOP);
	}
	while (core_count > 1 && time_now_ns() < until)
		cpu_relax();
}

bool panic_is_active(void)
{
	return __atomic_load_n(&is_panicking, __ATOMIC_RELAXED);
}

void panic(const char *format, ...)
{
	va_list args;

	arch_irq_disable();
	if (!__atomic_exchange_n(&is_panicking, true, __ATOMIC_ACQ_REL)) {
		cores_stop_others();
		log_break_lock();
		log_error("kernel panic on core %u:", core_self()->index);
		va_start(args, format);
		log_vprint(LOG_ERROR, format, args);
		va_end(args);
		backtrace_print((uint64_t)__builtin_frame_address(0));
	}
	if (role)
		role->power_off();
	arch_halt();
}
