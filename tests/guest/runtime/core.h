/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core of this guest, and what happened on it. TPIDR_EL1 holds its address. Only the core itself
 * writes to it, but for main and argument before it is turned on, and for what is marked atomic.
 */
#ifndef TESTS_GUEST_CORE_H
#define TESTS_GUEST_CORE_H

#include <assert.h>
#include <bulkhead/types.h>
#include <lib/arch/arm64/sysreg.h>
#include <tests/guest/runtime/offsets.h>

#define CORES_MAX      8
#define CORE_STACK     16384
#define INTERRUPTS_MAX 64

struct core {
	uint8_t *stack_top;
	uint64_t recovery; /* stack pointer of the guarded_call in progress, 0: none */
	void (*main)(struct core *core);
	uint32_t index;
	void (*body)(struct core *core); /* what core_turn_on was asked to run */
	uint64_t argument;               /* for main or body */

	uint32_t taken[INTERRUPTS_MAX];    /* atomic: interrupts handled, by id */
	uint64_t taken_at[INTERRUPTS_MAX]; /* virtual counter when the last one was */
	uint32_t spurious;
	void (*on_interrupt)(struct core *core, uint32_t id); /* before the end of interrupt */
};
static_assert(offsetof(struct core, stack_top) == CORE_STACK_TOP, "start.S");
static_assert(offsetof(struct core, recovery) == CORE_RECOVERY, "vectors.S");
static_assert(offsetof(struct core, main) == CORE_MAIN, "start.S");

extern struct core cores[CORES_MAX];

static inline struct core *core_this(void)
{
	return (struct core *)sysreg_read(tpidr_el1);
}

/* start.S: where PSCI CPU_ON starts a core; the context id is its struct core */
void core_entry(void);
/*
 * Turns core `index` of this guest on; what PSCI answers. It runs body with its CPU interface on
 * and interrupts masked, then it turns itself off.
 */
int64_t core_turn_on(uint32_t index, void (*body)(struct core *core), uint64_t argument);

static inline void interrupts_on(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
	isb();
}

static inline void interrupts_off(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

/* Takes what is pending now; interrupts are off before and after. */
static inline void interrupts_take(void)
{
	interrupts_on();
	interrupts_off();
}

static inline uint64_t now(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}

static inline uint64_t ticks_of_us(uint64_t microseconds)
{
	return sysreg_read(cntfrq_el0) * microseconds / 1000000;
}

/* The caller waits for `condition`, but not for ever; its value. */
#define wait_until(condition, microseconds)                        \
	({                                                         \
		uint64_t end_ = now() + ticks_of_us(microseconds); \
		while (!(condition) && now() < end_)               \
			cpu_relax();                               \
		(bool)(condition);                                 \
	})

#endif
