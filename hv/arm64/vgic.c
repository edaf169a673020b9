/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Virtual interrupts (see vgic.h). Bits of pending, hardware and summary change atomically; lr, lr_used, vmcr and apr belong to the core that
 * runs the vCPU.
 *
 * The virtual timer's PPI is shared by all vCPUs of a core, so its physical active state travels with the vCPU: while one is out, its
 * PPI is not active, and an interrupt that was only pending is dropped, since the level raises it again.
 */
#include <hv/arm64/vgic.h>

#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vdist.h>
#include <string.h>

#define BIT(id)      (UINT64_C(1) << ((id) % 64))
#define WORD(id)     ((id) / 64)
#define LOWEST(bits) ((unsigned)__builtin_ctz(bits))

bool vgic_set_pending(struct vcpu *vcpu, uint32_t id)
{
	uint64_t before = __atomic_fetch_or(&vcpu->irq.pending[WORD(id)], BIT(id),
					    __ATOMIC_RELAXED);

	__atomic_fetch_or(&vcpu->irq.summary, 1u << WORD(id), __ATOMIC_SEQ_CST);
	return !(before & BIT(id));
}

void vgic_set_pending_hardware(struct vcpu *vcpu, uint32_t id)
{
	__atomic_fetch_or(&vcpu->irq.hardware[WORD(id)], BIT(id), __ATOMIC_RELAXED);
	vgic_set_pending(vcpu, id);
}

bool vgic_find_wanted(const struct vcpu *vcpu)
{
	uint32_t summary = __atomic_load_n(&vcpu->irq.summary, __ATOMIC_SEQ_CST) & IRQ_SUMMARY;

	for (; summary; summary &= summary - 1) {
		unsigned w = LOWEST(summary);

		if (__atomic_load_n(&vcpu->irq.pending[w], __ATOMIC_RELAXED) &
		    __atomic_load_n(&vcpu->irq.enabled[w], __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

uint64_t vgic_deadline(const struct vcpu *vcpu)
{
	uint64_t ctl = sysreg_read(cntv_ctl_el0);

	if ((ctl & (CNTV_ENABLE | CNTV_IMASK)) != CNTV_ENABLE ||
	    !(__atomic_load_n(&vcpu->irq.enabled[0], __ATOMIC_RELAXED) & BIT(INTID_VTIMER)))
		return BH_NO_DEADLINE;
	return sysreg_read(cntv_cval_el0);
}

bool vgic_find_interrupt(struct vcpu *vcpu)
{
	if (vgic_wants_entry(vcpu))
		return true;
	for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1)
		if (gic->lr_read(LOWEST(used)) & LR_PENDING)
			return true;
	return false;
}

bool vgic_is_pending(struct vcpu *vcpu, uint32_t id)
{
	if (__atomic_load_n(&vcpu->irq.pending[WORD(id)], __ATOMIC_RELAXED) & BIT(id))
		return true;
	for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1) {
		uint64_t lr = gic->lr_read(LOWEST(used));

		if (LR_VINTID(lr) == id && lr & LR_PENDING)
			return true;
	}
	return false;
}

/* Others may look which are in use, and what they held when the vCPU left its core. */
static void lr_used_set(struct vcpu_irq *irq, uint32_t used)
{
	__atomic_store_n(&irq->lr_used, used, __ATOMIC_RELAXED);
}

/* Puts `id` into the list register that holds it already, or into an empty one; false when there is none. */
static bool lr_place(struct vcpu *vcpu, uint32_t id, bool hardware)
{
	struct vcpu_irq *irq = &vcpu->irq;
	uint32_t empty = gic->lr_empty() & ((1u << gic->lr_count) - 1);
	uint64_t lr = LR_PENDING | id;

	lr_used_set(irq, irq->lr_used & ~empty);
	for (uint32_t used = irq->lr_used; used; used &= used - 1) {
		uint64_t held = gic->lr_read(LOWEST(used));

		if (LR_VINTID(held) == id) {
			gic->lr_write(LOWEST(used),
				      irq->always ? vdist_lr_again(vcpu, held) : held | LR_PENDING);
			return true;
		}
	}
	if (!empty)
		return false;
	lr |= irq->always ? vdist_lr(vcpu, id) : gic->lr_default;
	if (hardware)
		lr |= LR_HW | LR_PINTID(id);
	gic->lr_write(LOWEST(empty), lr);
	lr_used_set(irq, irq->lr_used | 1u << LOWEST(empty));
	return true;
}

/* Moves one; false when the list registers are full. */
static bool bit_flush(struct vcpu *vcpu, uint32_t id)
{
	struct vcpu_irq *irq = &vcpu->irq;
	unsigned w = WORD(id);

	/* the bit goes first: an interrupt raised while it is placed stays pending; the distributor may have taken it */
	if (!(__atomic_fetch_and(&irq->pending[w], ~BIT(id), __ATOMIC_RELAXED) & BIT(id)))
		return true;
	if (!lr_place(vcpu, id, __atomic_load_n(&irq->hardware[w], __ATOMIC_RELAXED) & BIT(id))) {
		vgic_set_pending(vcpu, id);
		return false;
	}
	__atomic_fetch_and(&irq->hardware[w], ~BIT(id), __ATOMIC_RELAXED);
	return true;
}

/*
 * Moves what one word holds; false when the list registers are full. Where interrupts have priorities, what is pending in a list register
 * must not stay pending here as well.
 */
static bool word_flush(struct vcpu *vcpu, unsigned w)
{
	uint64_t bits = __atomic_load_n(&vcpu->irq.pending[w], __ATOMIC_RELAXED) &
			__atomic_load_n(&vcpu->irq.enabled[w], __ATOMIC_RELAXED);

	bool full = false;

	for (; bits && (!full || vcpu->irq.always); bits &= bits - 1)
		full |= !bit_flush(vcpu, w * 64 + (uint32_t)__builtin_ctzll(bits));
	return !full;
}

/* Takes `id` back from the list register that holds it, where it would still be delivered. */
static void lr_retract(struct vcpu *vcpu, uint32_t id)
{
	for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1) {
		unsigned i = LOWEST(used);
		uint64_t lr = gic->lr_read(i);

		if (LR_VINTID(lr) != id || !(lr & LR_PENDING))
			continue;
		gic->lr_write(i, lr & LR_ACTIVE ? lr & ~LR_PENDING : 0);
		if (vcpu->irq.always)
			vdist_lr_back(vcpu, lr);
		if (lr & LR_HW)
			vgic_set_pending_hardware(vcpu, id);
		else
			vgic_set_pending(vcpu, id);
	}
}

static bool lr_holds(const struct vcpu *vcpu, uint32_t id)
{
	for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1)
		if (LR_VINTID(gic->lr_read(LOWEST(used))) == id)
			return true;
	return false;
}

#define RANK_NONE     ~0u
#define RANK_ID(rank) ((rank)&0xFFFF)

/* The first in the order of vdist_rank of what is pending and enabled, and in no list register. */
static uint32_t urgent_find(const struct vcpu *vcpu)
{
	uint32_t best = RANK_NONE;

	for (unsigned w = 0; w < IRQ_WORDS; w++) {
		uint64_t bits = __atomic_load_n(&vcpu->irq.pending[w], __ATOMIC_RELAXED) &
				__atomic_load_n(&vcpu->irq.enabled[w], __ATOMIC_RELAXED);

		for (; bits; bits &= bits - 1) {
			uint32_t id = w * 64 + (uint32_t)__builtin_ctzll(bits);
			uint32_t rank = vdist_rank(vcpu, id);

			if (rank < best && !lr_holds(vcpu, id))
				best = rank;
		}
	}
	return best;
}

/*
 * The list registers are full: where interrupts have priorities, they must hold the most urgent. Each round makes what they hold more urgent,
 * unless another core takes what was found.
 */
static void urgent_place(struct vcpu *vcpu)
{
	for (unsigned round = 0; round < MAX_LRS; round++) {
		uint32_t best = urgent_find(vcpu), worst = 0;

		for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1) {
			uint64_t lr = gic->lr_read(LOWEST(used));

			if ((lr & (LR_PENDING | LR_ACTIVE)) == LR_PENDING && LR_RANK(lr) > worst)
				worst = LR_RANK(lr);
		}
		if (best >= worst)
			return;
		lr_retract(vcpu, RANK_ID(worst));
		bit_flush(vcpu, RANK_ID(best));
	}
}

/* While others wait: where interrupts have priorities, those that handlers have begun may keep list registers for long. */
static uint32_t refill_when(const struct vcpu *vcpu)
{
	if (vcpu->irq.always)
		for (uint32_t used = vcpu->irq.lr_used; used; used &= used - 1)
			if (gic->lr_read(LOWEST(used)) & LR_PENDING)
				return REFILL_FEW | REFILL_NONE_PENDING;
	return REFILL_FEW;
}

/* Moves what the words of `summary` hold. */
static void summary_flush(struct vcpu *vcpu, uint32_t summary)
{
	struct vcpu_irq *irq = &vcpu->irq;
	bool full = false;

	for (uint32_t s = summary; s && (!full || irq->always); s &= s - 1)
		full |= !word_flush(vcpu, LOWEST(s));
	for (uint32_t s = summary; s; s &= s - 1) {
		unsigned w = LOWEST(s);

		if (__atomic_load_n(&irq->pending[w], __ATOMIC_RELAXED))
			__atomic_fetch_or(&irq->summary, 1u << w, __ATOMIC_SEQ_CST);
	}
	if (full && irq->always)
		urgent_place(vcpu);
	gic->refill_set(full ? refill_when(vcpu) : 0);
}

/* A second request that comes meanwhile has a kick of its own. */
static void resync_flush(struct vcpu *vcpu, uint32_t summary)
{
	vdist_resync(vcpu);
	summary |= __atomic_fetch_and(&vcpu->irq.summary, ~IRQ_SUMMARY, __ATOMIC_SEQ_CST);
	summary_flush(vcpu, summary & IRQ_SUMMARY);
	vdist_tell(vcpu);
}

void vgic_flush(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;
	uint32_t summary = __atomic_exchange_n(&irq->summary, irq->always, __ATOMIC_SEQ_CST);

	if (summary & IRQ_RESYNC)
		resync_flush(vcpu, summary);
	else
		summary_flush(vcpu, summary & IRQ_SUMMARY);
}

void vgic_enable(struct vcpu *vcpu, uint32_t id, bool on)
{
	if (on) {
		vcpu->irq.enabled[WORD(id)] |= BIT(id);
	} else {
		vcpu->irq.enabled[WORD(id)] &= ~BIT(id);
		lr_retract(vcpu, id);
	}
	vgic_flush(vcpu);
}

/* Takes the virtual timer's interrupt off the core; true when its list register is to be kept. */
static bool vtimer_park(uint64_t lr)
{
	gic->ppi_set_active(INTID_VTIMER, false);
	return lr & LR_ACTIVE;
}

/* Takes the interrupts of a vCPU that has some off the core, which is left with no list register in use. */
void vgic_interrupts_save(struct vcpu_irq *irq)
{
	/* when something waits for a list register, they are in use */
	if (__atomic_load_n(&irq->summary, __ATOMIC_RELAXED))
		gic->refill_set(0);
	lr_used_set(irq, irq->lr_used & ~gic->lr_empty());
	for (uint32_t used = irq->lr_used; used; used &= used - 1) {
		unsigned i = LOWEST(used);
		uint64_t lr = gic->lr_read(i);

		__atomic_store_n(&irq->lr[i], lr, __ATOMIC_RELAXED);
		gic->lr_write(i, 0);
		if (LR_VINTID(lr) == INTID_VTIMER && lr & LR_HW && !vtimer_park(lr))
			lr_used_set(irq, irq->lr_used & ~(1u << i));
	}
	if (irq->apr)
		gic->apr_write(0);
	if (__atomic_load_n(&irq->hardware[0], __ATOMIC_RELAXED) & BIT(INTID_VTIMER)) {
		__atomic_fetch_and(&irq->hardware[0], ~BIT(INTID_VTIMER), __ATOMIC_RELAXED);
		__atomic_fetch_and(&irq->pending[0], ~BIT(INTID_VTIMER), __ATOMIC_RELAXED);
		gic->ppi_set_active(INTID_VTIMER, false);
	}
}

void vgic_interrupts_load(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;

	if (irq->apr)
		gic->apr_write(irq->apr);
	if (irq->always)
		vdist_entered(vcpu);
	for (uint32_t used = irq->lr_used; used; used &= used - 1) {
		unsigned i = LOWEST(used);

		gic->lr_write(i, irq->lr[i]);
		if (LR_VINTID(irq->lr[i]) == INTID_VTIMER && irq->lr[i] & LR_HW)
			gic->ppi_set_active(INTID_VTIMER, true);
	}
	vgic_flush(vcpu);
}

void vgic_drop(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;

	for (uint32_t used = irq->lr_used; used; used &= used - 1) {
		uint64_t lr = irq->lr[LOWEST(used)];

		if (lr & LR_HW && LR_VINTID(lr) >= INTID_SPI_FIRST)
			gic->deactivate(LR_VINTID(lr));
	}
	for (unsigned w = 0; w < IRQ_WORDS; w++) {
		uint64_t held = __atomic_exchange_n(&irq->hardware[w], 0, __ATOMIC_SEQ_CST) &
				(w ? ~UINT64_C(0) : ~UINT64_C(0) << INTID_SPI_FIRST);

		for (; held; held &= held - 1)
			gic->deactivate(w * 64 + (uint32_t)__builtin_ctzll(held));
	}
	lr_used_set(irq, 0);
	irq->apr = 0;
}

/* In the order opposite to vgic_set_pending's: an interrupt raised meanwhile is gone or is in the summary. */
void vgic_reset(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;

	irq->vmcr = 0;
	/* a standard distributor keeps what it has when a core goes off and on */
	if (irq->always) {
		irq->apr = 0;
		return;
	}
	vgic_drop(vcpu);
	__atomic_store_n(&irq->summary, 0, __ATOMIC_SEQ_CST);
	for (unsigned w = 0; w < IRQ_WORDS; w++)
		__atomic_store_n(&irq->pending[w], 0, __ATOMIC_SEQ_CST);
	memset(irq->enabled, 0, sizeof(irq->enabled));
}
