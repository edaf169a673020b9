/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The emulated distributor (see vdist.h): states of interrupts, which are in bitmaps of a vCPU or in its list registers.
 *
 * Whoever clears a bit of irq.pending has the interrupt. What list registers hold can be looked at and changed on their core only: there a
 * vCPU that was asked to takes all that is pending back, ends and begins active states, and tells what is left.
 */
#include <hv/arm64/vdist.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/vdist_state.h>
#include <hv/arm64/vgic.h>
#include <string.h>

/* Takes a pending interrupt from the bitmap; its physical one, if it has any, is then the caller's to end. */
static bool pending_take(struct vcpu *vcpu, uint32_t id, bool *hardware)
{
	uint64_t bit = UINT64_C(1) << id % 64;

	if (!(__atomic_fetch_and(&vcpu->irq.pending[id / 64], ~bit, __ATOMIC_SEQ_CST) & bit))
		return false;
	*hardware = __atomic_fetch_and(&vcpu->irq.hardware[id / 64], ~bit, __ATOMIC_SEQ_CST) & bit;
	return true;
}

/* To the vCPU that `id` belongs to now. */
static void pending_give(struct vdist *dist, uint32_t v, uint32_t id, bool hardware)
{
	struct vcpu *to = dist_vcpu(dist, id < INTID_SPI_FIRST ? v : dist->route[id]);

	if (hardware)
		vgic_set_pending_hardware(to, id);
	else
		vgic_set_pending(to, id);
	if (to != dist_vcpu(dist, v))
		dist_notify(to, true);
}

/* SPIs that wait at a vCPU and are routed to another. */
void dist_strays_move(struct vdist *dist, uint32_t v)
{
	struct vcpu *vcpu = dist_vcpu(dist, v);
	bool hardware;

	for (uint32_t n = 1; n < DIST_WORDS; n++) {
		uint32_t bits = (uint32_t)(__atomic_load_n(&vcpu->irq.pending[n / 2],
							   __ATOMIC_SEQ_CST) >>
					   n % 2 * 32);

		for (; bits; bits &= bits - 1) {
			uint32_t id = n * 32 + LOWEST(bits);

			if (dist->route[id] != v && pending_take(vcpu, id, &hardware))
				pending_give(dist, v, id, hardware);
		}
	}
}

static void physical_end(uint32_t id)
{
	if (id < INTID_SPI_FIRST)
		gic->ppi_set_active(id, false);
	else
		gic->deactivate(id);
}

void dist_unpend(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits)
{
	struct vcpu *vcpu = dist_vcpu(dist, v);
	bool hardware;

	dist->vcpus[v].unpend[n] |= bits;
	dist_ask(dist, v);
	/* a timer's line stays up, whatever is written */
	if (n == 0 && __atomic_load_n(&vcpu->irq.hardware[0], __ATOMIC_SEQ_CST) >> INTID_VTIMER & 1)
		bits &= ~(1u << INTID_VTIMER);
	for (; bits; bits &= bits - 1) {
		uint32_t id = n * 32 + LOWEST(bits);

		if (pending_take(vcpu, id, &hardware) && hardware)
			physical_end(id);
	}
}

void dist_unactivate(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits)
{
	dist->vcpus[v].unactivate[n] |= bits;
	dist->vcpus[v].activate[n] &= ~bits;
	dist_ask(dist, v);
}

void dist_activate(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits)
{
	dist->vcpus[v].activate[n] |= bits;
	dist->vcpus[v].unactivate[n] &= ~bits;
	dist_ask(dist, v);
}

static uint8_t priority_of(const struct vcpu *vcpu, uint32_t id)
{
	return __atomic_load_n(dist_priority(vcpu->vm->dist, vcpu->index, id), __ATOMIC_RELAXED);
}

/* Priority and group in a list register. */
static uint64_t attributes(const struct vcpu *vcpu, uint32_t id)
{
	const struct dist_word *w = dist_word(vcpu->vm->dist, vcpu->index, id / 32);
	uint32_t group = __atomic_load_n(&w->group, __ATOMIC_RELAXED);

	return (uint64_t)priority_of(vcpu, id) << 48 | (group >> id % 32 & 1 ? LR_GROUP1 : 0);
}

uint32_t vdist_rank(const struct vcpu *vcpu, uint32_t id)
{
	return (uint32_t)priority_of(vcpu, id) << 16 | id;
}

/* --- list registers --- */

static bool bit_take(uint32_t *words, uint32_t id)
{
	uint32_t bit = 1u << id % 32, was = words[id / 32];

	words[id / 32] &= ~bit;
	return was & bit;
}

static bool is_edge(const struct vdist *dist, uint32_t id)
{
	return id >= INTID_SPI_FIRST && dist->words[id / 32].edge >> id % 32 & 1;
}

static void physical_begin(uint32_t id)
{
	if (id < INTID_SPI_FIRST)
		gic->ppi_set_active(id, true);
	else
		gic_spi_set_active(id);
}

/* Begins the active state of what is in no list register. With more active interrupts than there are list registers, it is lost. */
static void active_place(struct vdist *dist, struct vcpu *vcpu, uint32_t id)
{
	uint32_t free = ~vcpu->irq.lr_used & ((1u << gic->lr_count) - 1);
	uint64_t lr = LR_ACTIVE | attributes(vcpu, id) | id;
	bool hardware = false;

	if (!free)
		return;
	/* its physical interrupt is active as well: what was pending comes again when this ends */
	if (id == INTID_VTIMER || vm_has_interrupt(dist->vm, id)) {
		if (pending_take(vcpu, id, &hardware) && is_edge(dist, id))
			gic_spi_set_pending(id, true);
		if (!hardware)
			physical_begin(id);
		lr |= LR_HW | LR_PINTID(id);
	}
	gic->lr_write(LOWEST(free), lr);
	__atomic_store_n(&vcpu->irq.lr_used, vcpu->irq.lr_used | 1u << LOWEST(free),
			 __ATOMIC_RELAXED);
}

/* One list register of this core, which holds something; what is pending goes back, to be placed anew as things are now. */
static void lr_resync(struct vdist *dist, struct vcpu *vcpu, unsigned i)
{
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];
	uint64_t lr = gic->lr_read(i);
	uint32_t id = LR_VINTID(lr) & (DIST_IDS - 1);
	bool hardware = lr & LR_HW;

	if (lr & LR_ACTIVE && bit_take(dv->unactivate, id)) {
		lr &= ~LR_ACTIVE;
		if (hardware)
			physical_end(id);
	}
	if (lr & LR_PENDING && !bit_take(dv->unpend, id)) {
		pending_give(dist, vcpu->index, id, hardware);
		vdist_lr_back(vcpu, lr);
	} else if (lr & LR_PENDING && hardware) {
		physical_end(id);
	}
	if (lr & LR_ACTIVE) {
		bit_take(dv->activate, id);
		gic->lr_write(i, lr & ~LR_PENDING);
	} else {
		gic->lr_write(i, 0);
		__atomic_store_n(&vcpu->irq.lr_used, vcpu->irq.lr_used & ~(1u << i),
				 __ATOMIC_RELAXED);
	}
}

/* What the vCPU of this core has, for those who cannot look. */
static void state_publish(struct dist_vcpu *dv, const struct vcpu *vcpu)
{
	for (unsigned i = 0; i < gic->lr_count; i++)
		dv->lr[i] = gic->lr_read(i);
	for (unsigned w = 0; w < IRQ_WORDS; w++)
		dv->pending[w] = __atomic_load_n(&vcpu->irq.pending[w], __ATOMIC_SEQ_CST);
}

/* With the lock held, on the vCPU's core. */
static void vcpu_resync(struct vdist *dist, struct vcpu *vcpu)
{
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];

	dv->resync = RESYNC_BEGUN;
	for (unsigned i = 0; i < gic->lr_count; i++)
		if (vcpu->irq.lr_used >> i & 1)
			lr_resync(dist, vcpu, i);
	for (uint32_t n = 0; n < DIST_WORDS; n++)
		for (uint32_t bits = dv->activate[n]; bits; bits &= bits - 1)
			active_place(dist, vcpu, n * 32 + LOWEST(bits));
	memset(dv->unpend, 0, sizeof(dv->unpend));
	memset(dv->unactivate, 0, sizeof(dv->unactivate));
	memset(dv->activate, 0, sizeof(dv->activate));
	dist_strays_move(dist, vcpu->index);
}

void vdist_resync(struct vcpu *vcpu)
{
	struct vdist *dist = vcpu->vm->dist;

	spin_lock(&dist->lock);
	vcpu_resync(dist, vcpu);
	spin_unlock(&dist->lock);
}

void vdist_tell(struct vcpu *vcpu)
{
	struct vdist *dist = vcpu->vm->dist;
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];

	spin_lock(&dist->lock);
	state_publish(dv, vcpu);
	if (dv->resync == RESYNC_BEGUN)
		dv->resync = RESYNC_NONE;
	spin_unlock(&dist->lock);
}

/* 1 << n where a list register of `v` holds interrupt n of the word in `state`, by what it told or held when it left its core */
static uint32_t lrs_state(struct vdist *dist, uint32_t v, uint32_t n, uint64_t state, bool told)
{
	struct vcpu *vcpu = dist_vcpu(dist, v);
	uint32_t used = __atomic_load_n(&vcpu->irq.lr_used, __ATOMIC_RELAXED), bits = 0;

	if (vcpu == cpu_this()->current)
		state_publish(&dist->vcpus[v], vcpu);
	for (unsigned i = 0; i < gic->lr_count; i++) {
		uint64_t lr = told ? dist->vcpus[v].lr[i]
				   : __atomic_load_n(&vcpu->irq.lr[i], __ATOMIC_RELAXED);

		if ((told || used >> i & 1) && lr & state && LR_VINTID(lr) / 32 == n)
			bits |= 1u << LR_VINTID(lr) % 32;
	}
	return bits;
}

uint32_t dist_pending(struct vdist *dist, uint32_t v, uint32_t n, bool told)
{
	uint32_t held = lrs_state(dist, v, n, LR_PENDING, told) & ~dist->vcpus[v].unpend[n];
	uint64_t waiting = told ? dist->vcpus[v].pending[n / 2]
				: __atomic_load_n(&dist_vcpu(dist, v)->irq.pending[n / 2],
						  __ATOMIC_SEQ_CST);

	return (uint32_t)(waiting >> n % 2 * 32) | held;
}

uint32_t dist_active(struct vdist *dist, uint32_t v, uint32_t n, bool told)
{
	return (lrs_state(dist, v, n, LR_ACTIVE, told) & ~dist->vcpus[v].unactivate[n]) |
	       dist->vcpus[v].activate[n];
}

/* --- GICv2: SGIs are pending for each sender --- */

static bool has_senders(uint32_t id)
{
	return gic->version == 2 && id < 16;
}

void dist_sgi_send(struct vdist *dist, uint32_t v, uint32_t id, uint8_t senders)
{
	struct vcpu *vcpu = dist_vcpu(dist, v);
	uint8_t before = __atomic_fetch_or(&dist->vcpus[v].senders[id], senders, __ATOMIC_SEQ_CST);

	__atomic_fetch_add(&vcpu->counters.injected, 1, __ATOMIC_RELAXED);
	vgic_set_pending(vcpu, id);
	dist_notify(vcpu, senders & ~before);
}

void dist_sgi_take_back(struct vdist *dist, uint32_t me, uint32_t id, uint8_t senders)
{
	struct vcpu *vcpu = dist_vcpu(dist, me);
	bool hardware;

	vcpu_resync(dist, vcpu);
	dist_ask(dist, me);
	if (!(__atomic_and_fetch(&dist->vcpus[me].senders[id], (uint8_t)~senders,
				 __ATOMIC_SEQ_CST)))
		pending_take(vcpu, id, &hardware);
}

uint8_t dist_senders(struct vdist *dist, uint32_t me, uint32_t id)
{
	uint8_t senders = __atomic_load_n(&dist->vcpus[me].senders[id], __ATOMIC_SEQ_CST);

	state_publish(&dist->vcpus[me], dist_vcpu(dist, me));
	for (unsigned i = 0; i < gic->lr_count; i++) {
		uint64_t lr = dist->vcpus[me].lr[i];

		if (lr & LR_PENDING && LR_VINTID(lr) == id)
			senders |= (uint8_t)(1u << LR_SOURCE(lr));
	}
	return senders;
}

/* Takes one sender for a list register; when others are left, the SGI stays pending and its end is told. */
static uint64_t sender_take(struct vcpu *vcpu, uint32_t id, uint32_t sender)
{
	struct dist_vcpu *dv = &vcpu->vm->dist->vcpus[vcpu->index];

	if (!__atomic_and_fetch(&dv->senders[id], (uint8_t) ~(1u << sender), __ATOMIC_SEQ_CST))
		return 0;
	vgic_set_pending(vcpu, id);
	return LR_EOI;
}

uint64_t vdist_lr(struct vcpu *vcpu, uint32_t id)
{
	uint64_t lr = attributes(vcpu, id);
	uint32_t senders, sender;

	if (!has_senders(id))
		return lr;
	senders = __atomic_load_n(&vcpu->vm->dist->vcpus[vcpu->index].senders[id],
				  __ATOMIC_SEQ_CST);
	sender = senders ? LOWEST(senders) : 0;
	return lr | LR_PINTID(sender) | sender_take(vcpu, id, sender);
}

uint64_t vdist_lr_again(struct vcpu *vcpu, uint64_t held)
{
	uint32_t id = LR_VINTID(held), sender = LR_SOURCE(held);
	uint8_t *senders;

	if (!has_senders(id))
		return held | LR_PENDING;
	senders = &vcpu->vm->dist->vcpus[vcpu->index].senders[id];
	if (__atomic_load_n(senders, __ATOMIC_SEQ_CST) >> sender & 1)
		held |= LR_PENDING;
	return held | sender_take(vcpu, id, sender);
}

void vdist_lr_back(struct vcpu *vcpu, uint64_t lr)
{
	if (has_senders(LR_VINTID(lr)))
		__atomic_fetch_or(&vcpu->vm->dist->vcpus[vcpu->index].senders[LR_VINTID(lr)],
				  (uint8_t)(1u << LR_SOURCE(lr)), __ATOMIC_SEQ_CST);
}

void vdist_maintain(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < gic->lr_count; i++)
		if (vcpu->irq.lr_used >> i & 1 && !(gic->lr_read(i) & (LR_PENDING | LR_ACTIVE)))
			gic->lr_write(i, 0);
}
