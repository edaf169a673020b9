/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The emulated distributor (see vdist.h): what it does to the vCPUs' interrupts and to the physical controller.
 *
 * A bit of irq.enabled says that an interrupt may reach that vCPU now: enabled, its group on, and an SPI routed there. Whoever clears a bit
 * of irq.pending has the interrupt. What list registers hold can be changed on their core only: a vCPU whose bits were taken away is
 * asked to look (IRQ_RESYNC, a kick if it runs), until when RWP reads as one.
 */
#include <hv/arm64/vdist.h>

#include <bulkhead/hypercall.h>
#include <bulkhead/status.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/run.h>
#include <hv/arm64/vdist_state.h>
#include <hv/arm64/vgic.h>
#include <string.h>

#define LOWEST(bits) ((uint32_t)__builtin_ctz(bits))
#define SGIS_EDGE    0x0000FFFFu

size_t vdist_size(void)
{
	return sizeof(struct vdist);
}

static void state_reset(struct vdist *dist, struct vm *vm)
{
	memset(&dist->vm, 0, sizeof(*dist) - offsetof(struct vdist, vm)); /* not the lock */
	dist->vm = vm;
	for (uint32_t v = 0; v < vm->vcpu_count; v++) {
		dist->vcpus[v].word.edge = SGIS_EDGE;
		dist->vcpus[v].asleep = true;
		vm->vcpus[v].irq.always = IRQ_DIST;
		__atomic_store_n(&vm->vcpus[v].irq.summary, IRQ_DIST, __ATOMIC_SEQ_CST);
	}
}

int vdist_init(struct vm *vm, struct vdist *dist)
{
	const struct range *d = &platform.gic_dist, *r = &platform.gic_redist[0];
	uint64_t frames = vm->vcpu_count * (uint64_t)GICR_STRIDE;
	int status;

	state_reset(dist, vm);
	vm->dist = dist;
	if (platform.gic_version != 3)
		return mmio_add(vm, d->start, PAGE_SIZE, vdist_v2_gicd);
	status = frames > r->end - r->start ? BH_ENOMEM
					    : mmio_add(vm, r->start, frames, vdist_v3_gicr);
	return status ? status : mmio_add(vm, d->start, d->end - d->start, vdist_v3_gicd);
}

static struct vcpu *vcpu_of(struct vdist *dist, uint32_t v)
{
	return &dist->vm->vcpus[v];
}

static bool is_running(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->state, __ATOMIC_SEQ_CST) == VCPU_RUNNING;
}

uint32_t dist_owned(const struct vdist *dist, uint32_t n)
{
	return n ? (uint32_t)(dist->vm->devices[n / 2] >> n % 2 * 32) : ~0u;
}

struct dist_word *dist_word(struct vdist *dist, uint32_t v, uint32_t n)
{
	return n ? &dist->words[n] : &dist->vcpus[v].word;
}

/* After an interrupt became pending, or deliverable: a vCPU on another core takes it now, one that waits is the primary's to run. */
static void vcpu_notify(struct vcpu *vcpu, bool fresh)
{
	struct cpu *cpu = cpu_this();

	if (vcpu != cpu->current && run_notify(vcpu, fresh))
		vgic_set_pending(cpu->primary, BH_WAKE_SGI);
}

void dist_ask(struct vdist *dist, uint32_t v)
{
	struct vcpu *vcpu = vcpu_of(dist, v);

	if (dist->vcpus[v].resync)
		return;
	dist->vcpus[v].resync = true;
	__atomic_fetch_or(&vcpu->irq.summary, IRQ_RESYNC, __ATOMIC_SEQ_CST);
	if (vcpu != cpu_this()->current && is_running(vcpu))
		gic->kick(__atomic_load_n(&vcpu->core, __ATOMIC_SEQ_CST));
}

bool dist_is_busy(struct vdist *dist, uint32_t v)
{
	return dist->vcpus[v].resync && is_running(vcpu_of(dist, v));
}

/* --- what may reach whom --- */

static uint32_t core_of(const struct vdist *dist, uint32_t v)
{
	return dist->vcpus[v].core ? dist->vcpus[v].core - 1 : cpu_this()->index;
}

/* Of word n, what is enabled and of a group that is. */
static uint32_t word_on(struct vdist *dist, uint32_t v, uint32_t n)
{
	const struct dist_word *w = dist_word(dist, v, n);

	return w->enabled & ~w->lost & dist_owned(dist, n) &
	       ((dist->ctlr & CTLR_GROUP1 ? w->group : 0) |
		(dist->ctlr & CTLR_GROUP0 ? ~w->group : 0));
}

static void vcpu_refresh(struct vdist *dist, uint32_t v, uint32_t n, uint32_t on)
{
	struct vcpu *vcpu = vcpu_of(dist, v);
	unsigned shift = n % 2 * 32;
	uint32_t was = (uint32_t)(__atomic_load_n(&vcpu->irq.enabled[n / 2], __ATOMIC_RELAXED) >>
				  shift);
	uint32_t pending;

	for (uint32_t bits = n ? on : 0; bits; bits &= bits - 1)
		if (dist->route[n * 32 + LOWEST(bits)] != v)
			on &= ~(bits & -bits);
	if (on == was)
		return;
	/* changed under the lock only */
	__atomic_fetch_xor(&vcpu->irq.enabled[n / 2], (uint64_t)(on ^ was) << shift,
			   __ATOMIC_SEQ_CST);
	if (was & ~on)
		dist_ask(dist, v);
	pending = (uint32_t)(__atomic_load_n(&vcpu->irq.pending[n / 2], __ATOMIC_SEQ_CST) >> shift);
	if (on & ~was & pending)
		vcpu_notify(vcpu, true);
}

void dist_refresh(struct vdist *dist, uint32_t v, uint32_t n)
{
	struct dist_word *w = dist_word(dist, v, n);
	uint32_t on = word_on(dist, v, n), changed = on ^ w->physical;

	if (n == 0) {
		vcpu_refresh(dist, v, 0, on);
		return;
	}
	for (uint32_t i = 0; i < dist->vm->vcpu_count; i++)
		vcpu_refresh(dist, i, n, on);
	w->physical = on;
	for (; changed; changed &= changed - 1) {
		uint32_t id = n * 32 + LOWEST(changed);

		gic->spi_enable(id, on >> id % 32 & 1, core_of(dist, dist->route[id]));
	}
}

void dist_ctlr_write(struct vdist *dist, uint32_t value)
{
	if (dist->ctlr == value)
		return;
	dist->ctlr = value;
	for (uint32_t v = 0; v < dist->vm->vcpu_count; v++)
		dist_refresh(dist, v, 0);
	for (uint32_t n = 1; n < DIST_WORDS; n++)
		if (dist_owned(dist, n))
			dist_refresh(dist, 0, n);
}

/* --- pending interrupts --- */

void dist_pend(struct vdist *dist, uint32_t v, uint32_t id)
{
	struct vcpu *vcpu = vcpu_of(dist, v);

	if (id >= INTID_SPI_FIRST) {
		gic->spi_set_pending(id, true);
		return;
	}
	__atomic_fetch_add(&vcpu->counters.injected, 1, __ATOMIC_RELAXED);
	vcpu_notify(vcpu, vgic_set_pending(vcpu, id));
}

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
	struct vcpu *to = vcpu_of(dist, id < INTID_SPI_FIRST ? v : dist->route[id]);

	if (hardware)
		vgic_set_pending_hardware(to, id);
	else
		vgic_set_pending(to, id);
	if (to != vcpu_of(dist, v))
		vcpu_notify(to, true);
}

/* SPIs that wait at a vCPU and are routed to another. */
static void strays_move(struct vdist *dist, uint32_t v)
{
	struct vcpu *vcpu = vcpu_of(dist, v);
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

void dist_route(struct vdist *dist, uint32_t id, uint32_t v, bool reachable)
{
	struct dist_word *w = &dist->words[id / 32];
	uint32_t bit = 1u << id % 32, from = dist->route[id];

	w->lost = reachable ? w->lost & ~bit : w->lost | bit;
	if (reachable)
		dist->route[id] = (uint8_t)v;
	if (reachable && from != v && w->physical & bit)
		gic->spi_enable(id, true, core_of(dist, v));
	dist_refresh(dist, 0, id / 32);
	strays_move(dist, from);
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
	struct vcpu *vcpu = vcpu_of(dist, v);
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

/* --- list registers --- */

static bool bit_take(uint32_t *words, uint32_t id)
{
	uint32_t bit = 1u << id % 32, was = words[id / 32];

	words[id / 32] &= ~bit;
	return was & bit;
}

/* One list register of this core, which holds something; what is pending goes back, to be placed anew as things are now. */
static void lr_resync(struct vdist *dist, uint32_t v, unsigned i)
{
	struct dist_vcpu *dv = &dist->vcpus[v];
	uint64_t lr = gic->lr_read(i);
	uint32_t id = LR_VINTID(lr) & (DIST_IDS - 1);
	bool hardware = lr & LR_HW;

	if (lr & LR_ACTIVE && bit_take(dv->unactivate, id)) {
		lr &= ~LR_ACTIVE;
		if (hardware)
			physical_end(id);
	}
	if (lr & LR_PENDING && !bit_take(dv->unpend, id))
		pending_give(dist, v, id, hardware);
	else if (lr & LR_PENDING && hardware)
		physical_end(id);
	gic->lr_write(i, lr & LR_ACTIVE ? lr & ~LR_PENDING : 0);
}

/* What the list registers of this core hold, for those who cannot look. */
static void lrs_publish(struct dist_vcpu *dv)
{
	for (unsigned i = 0; i < gic->lr_count; i++)
		dv->lr[i] = gic->lr_read(i);
}

void vdist_resync(struct vcpu *vcpu)
{
	struct vdist *dist = vcpu->vm->dist;
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];

	spin_lock(&dist->lock);
	dv->resync = false;
	for (unsigned i = 0; i < gic->lr_count; i++)
		if (vcpu->irq.lr_used >> i & 1)
			lr_resync(dist, vcpu->index, i);
	memset(dv->unpend, 0, sizeof(dv->unpend));
	memset(dv->unactivate, 0, sizeof(dv->unactivate));
	strays_move(dist, vcpu->index);
	lrs_publish(dv);
	spin_unlock(&dist->lock);
}

/* 1 << n where a list register of `v` holds interrupt n of the word in `state`, as far as it is known */
static uint32_t lrs_state(struct vdist *dist, uint32_t v, uint32_t n, uint64_t state)
{
	struct vcpu *vcpu = vcpu_of(dist, v);
	bool current = vcpu == cpu_this()->current, known = current || is_running(vcpu);
	uint32_t used = __atomic_load_n(&vcpu->irq.lr_used, __ATOMIC_RELAXED), bits = 0;

	if (current)
		lrs_publish(&dist->vcpus[v]);
	for (unsigned i = 0; i < gic->lr_count; i++) {
		uint64_t lr = known ? dist->vcpus[v].lr[i]
				    : __atomic_load_n(&vcpu->irq.lr[i], __ATOMIC_RELAXED);

		if ((known || used >> i & 1) && lr & state && LR_VINTID(lr) / 32 == n)
			bits |= 1u << LR_VINTID(lr) % 32;
	}
	return bits;
}

uint32_t dist_pending(struct vdist *dist, uint32_t v, uint32_t n)
{
	struct vcpu *vcpu = vcpu_of(dist, v);
	uint64_t waiting = __atomic_load_n(&vcpu->irq.pending[n / 2], __ATOMIC_SEQ_CST);

	return (uint32_t)(waiting >> n % 2 * 32) |
	       (lrs_state(dist, v, n, LR_PENDING) & ~dist->vcpus[v].unpend[n]);
}

uint32_t dist_active(struct vdist *dist, uint32_t v, uint32_t n)
{
	return lrs_state(dist, v, n, LR_ACTIVE) & ~dist->vcpus[v].unactivate[n];
}

bool dist_all_told(struct vdist *dist, uint32_t me, uint32_t first, uint32_t end)
{
	uint64_t pc = vcpu_of(dist, me)->pc;
	bool asked = dist->vcpus[me].asked == pc, wait = false;

	for (uint32_t v = first; v < end; v++) {
		if (v == me || !is_running(vcpu_of(dist, v)))
			continue;
		if (!asked)
			dist_ask(dist, v);
		wait |= dist->vcpus[v].resync;
	}
	dist->vcpus[me].asked = wait ? pc : 0;
	return !wait;
}

/* --- the world outside --- */

uint64_t vdist_lr(const struct vcpu *vcpu, uint32_t id)
{
	const struct vdist *dist = vcpu->vm->dist;
	const struct dist_vcpu *dv = &dist->vcpus[vcpu->index];
	uint32_t group = __atomic_load_n(id < INTID_SPI_FIRST ? &dv->word.group
							      : &dist->words[id / 32].group,
					 __ATOMIC_RELAXED);
	uint8_t priority = __atomic_load_n(
		id < INTID_SPI_FIRST ? &dv->priority[id] : &dist->priority[id], __ATOMIC_RELAXED);

	return (uint64_t)priority << 48 | (group >> id % 32 & 1 ? LR_GROUP1 : 0);
}

void vdist_entered(struct vcpu *vcpu)
{
	struct vdist *dist = vcpu->vm->dist;
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];
	uint32_t core = cpu_this()->index;

	if (dv->core == core + 1)
		return;
	spin_lock(&dist->lock);
	dv->core = core + 1;
	for (uint32_t n = 1; n < DIST_WORDS; n++) {
		for (uint32_t bits = dist->words[n].physical; bits; bits &= bits - 1) {
			uint32_t id = n * 32 + LOWEST(bits);

			if (dist->route[id] == vcpu->index)
				gic->spi_enable(id, true, core);
		}
	}
	spin_unlock(&dist->lock);
}

bool vdist_interrupt(struct cpu *cpu, uint32_t id)
{
	struct vm *vm = login_vm;
	struct vdist *dist;
	struct vcpu *target;

	if (!vm || id < INTID_SPI_FIRST || !(dist_owned(vm->dist, id / 32) >> id % 32 & 1))
		return false;
	dist = vm->dist;
	cpu->current->counters.exits[BH_EXIT_DEVICE]++;
	spin_lock(&dist->lock);
	if (vm_has_ended(vm)) {
		gic->spi_enable(id, false, 0);
		dist->words[id / 32].physical &= ~(1u << id % 32);
		gic->deactivate(id);
	} else {
		target = vcpu_of(dist, dist->route[id]);
		__atomic_fetch_add(&target->counters.injected, 1, __ATOMIC_RELAXED);
		vgic_set_pending_hardware(target, id);
		vcpu_notify(target, true);
	}
	spin_unlock(&dist->lock);
	return true;
}

void vdist_reset(struct vm *vm)
{
	struct vdist *dist = vm->dist;

	spin_lock(&dist->lock);
	for (uint32_t n = 1; n < DIST_WORDS; n++)
		for (uint32_t bits = dist->words[n].physical; bits; bits &= bits - 1)
			gic->spi_enable(n * 32 + LOWEST(bits), false, 0);
	for (uint32_t v = 0; v < vm->vcpu_count; v++) {
		struct vcpu_irq *irq = &vm->vcpus[v].irq;

		vgic_drop(&vm->vcpus[v]);
		for (unsigned w = 0; w < IRQ_WORDS; w++) {
			__atomic_store_n(&irq->pending[w], 0, __ATOMIC_SEQ_CST);
			__atomic_store_n(&irq->enabled[w], 0, __ATOMIC_SEQ_CST);
		}
	}
	state_reset(dist, vm);
	spin_unlock(&dist->lock);
}
