/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flushing other cores' TLBs. Who asks adds one to the core's flush_asked and sends an interrupt; the core flushes all it has and then says
 * in flush_done up to which question that was an answer. Waiting with interrupts on answers the questions of others, so nobody waits in a
 * circle.
 */
#include <arch/context.h>
#include <arch/tlb.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

void tlb_flush_all(void)
{
	uint64_t cr4 = cr4_read();

	cr4_write(cr4 & ~CR4_PGE); /* global ones, too: Intel SDM 3A 4.10.4.1 */
	cr4_write(cr4);
}

static void answer(void *unused)
{
	struct arch_core *self = &core_self()->arch;
	uint32_t asked = __atomic_load_n(&self->flush_asked, __ATOMIC_ACQUIRE);

	(void)unused;
	tlb_flush_all();
	__atomic_store_n(&self->flush_done, asked, __ATOMIC_RELEASE);
}

static void ask(struct core *core, uint32_t *ticket)
{
	*ticket = __atomic_add_fetch(&core->arch.flush_asked, 1, __ATOMIC_SEQ_CST);
	arch_send_ipi(core, IPI_FLUSH);
}

static bool has_answered(const struct core *core, uint32_t ticket)
{
	uint32_t done = __atomic_load_n(&core->arch.flush_done, __ATOMIC_ACQUIRE);

	return (int32_t)(done - ticket) >= 0;
}

/* a core that goes away has forgotten everything */
static bool is_online(const struct core *core)
{
	return __atomic_load_n(&core->is_online, __ATOMIC_ACQUIRE);
}

static bool is_other(uint64_t mask, unsigned index)
{
	return mask >> index & 1 && index != core_self()->index && is_online(&cores[index]);
}

void tlb_flush_cores(uint64_t mask)
{
	uint32_t tickets[CORES_MAX];
	uint64_t others = 0;

	for (unsigned i = 0; i < core_count; i++) {
		if (!is_other(mask, i))
			continue;
		others |= UINT64_C(1) << i;
		ask(&cores[i], &tickets[i]);
	}
	if (mask >> core_self()->index & 1)
		tlb_flush_all();
	for (unsigned i = 0; i < core_count; i++) {
		while (others >> i & 1 && is_online(&cores[i]) &&
		       !has_answered(&cores[i], tickets[i]))
			cpu_relax();
	}
}

void tlb_init(void)
{
	interrupt_register(IPI_FLUSH, answer, NULL);
}
