/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What vectors.S calls: an exception inside a guarded call ends that call; others end the guest.
 */
#include <tests/guest/runtime/exception.h>

#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/timer.h>

struct frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
};
static_assert(offsetof(struct frame, elr) == FRAME_ELR, "vectors.S");
static_assert(offsetof(struct frame, far) == FRAME_FAR, "vectors.S");
static_assert(sizeof(struct frame) <= FRAME_SIZE, "vectors.S");

/* called from vectors.S */
void exception_handle(const struct frame *frame);
void exception_handle_lower(const struct frame *frame);
_Noreturn void exception_unexpected(const struct frame *frame);
void interrupt_handle(struct frame *frame);
_Noreturn void guarded_recover(uint64_t sp, uint64_t daif);

uint64_t pattern_of(unsigned number)
{
	return (uint64_t)PATTERN_HIGH << 48 | number;
}

void exception_unexpected(const struct frame *frame)
{
	guest_fail("exception: esr %llx elr %llx far %llx spsr %llx",
		   (unsigned long long)frame->esr, (unsigned long long)frame->elr,
		   (unsigned long long)frame->far, (unsigned long long)frame->spsr);
}

void exception_handle(const struct frame *frame)
{
	struct core *core = core_this();
	uint64_t sp = core->recovery;
	struct trap *trap;

	if (!sp)
		exception_unexpected(frame);
	trap = *(struct trap **)(sp + GUARD_TRAP);
	*trap = (struct trap){1, frame->esr, frame->elr, frame->far};
	guarded_recover(sp, frame->spsr & 0x3C0);
}

void exception_handle_lower(const struct frame *frame)
{
	if (frame->spsr & 0xF)
		exception_unexpected(frame); /* it came from EL1 */
	exception_handle(frame);
}

void interrupt_handle(struct frame *frame)
{
	struct core *core = core_this();
	uint32_t raw = gic_acknowledge(), id = raw & 0x3FF;

	(void)frame;
	if (id >= INTERRUPTS_MAX) {
		core->spurious++;
		return;
	}
	core->taken_at[id] = now();
	__atomic_fetch_add(&core->taken[id], 1, __ATOMIC_RELEASE);
	if (id == INTID_VTIMER)
		vtimer_stop();
	if (id == INTID_PTIMER)
		ptimer_stop();
	if (core->on_interrupt)
		core->on_interrupt(core, id);
	gic_end(raw);
}
