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

#define SGIS_EDGE 0x0000FFFFu

size_t vdist_size(void)
{
	return sizeof(struct vdist);
}

static void state_reset(struct vdist *dist, struct vm *vm)
{
	memset(&dist->vm, 0, sizeof(*dist) - offsetof(struct vdist, vm)); /* not the lock */
	dist->vm = vm;
	/* all SPIs to the first vCPU, as either version says it */
	for (uint32_t id = INTID_SPI_FIRST; platform.gic_version == 2 && id < DIST_IDS; id++)
		dist->target[id] = 1;
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

uint32_t dist_backed(const struct vdist *dist, uint32_t n)
{
	return n ? (uint32_t)(dist->vm->devices[n / 2] >> n % 2 * 32) : 0;
}

uint32_t dist_owned(const struct vdist *dist, uint32_t n)
{
	uint32_t software = n == VDIST_SOFTWARE_SPI / 32 ? 1u << VDIST_SOFTWARE_SPI % 32 : 0;

	return n ? dist_backed(dist, n) | software : ~0u;
}

struct dist_word *dist_word(struct vdist *dist, uint32_t v, uint32_t n)
{
	return n ? &dist->words[n] : &dist->vcpus[v].word;
}

void dist_notify(struct vcpu *vcpu, bool fresh)
{
	struct cpu *cpu = cpu_this();

	if (vcpu != cpu->current && run_notify(vcpu, fresh))
		vgic_set_pending(cpu->primary, BH_WAKE_SGI);
}

void dist_ask(struct vdist *dist, uint32_t v)
{
	struct vcpu *vcpu = dist_vcpu(dist, v);

	if (dist->vcpus[v].resync == RESYNC_ASKED)
		return;
	dist->vcpus[v].resync = RESYNC_ASKED;
	__atomic_fetch_or(&vcpu->irq.summary, IRQ_RESYNC, __ATOMIC_SEQ_CST);
	if (vcpu != cpu_this()->current && vcpu_is_running(vcpu))
		gic->kick(__atomic_load_n(&vcpu->core, __ATOMIC_SEQ_CST));
}

bool dist_is_busy(struct vdist *dist, uint32_t v)
{
	return dist->vcpus[v].resync != RESYNC_NONE && vcpu_is_running(dist_vcpu(dist, v));
}

/* --- what may reach whom --- */

static uint32_t core_of(const struct vdist *dist, uint32_t v)
{
	/* the primary keeps core 0 for itself */
	if (dist->vm->forward)
		return 0;
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
	struct vcpu *vcpu = dist_vcpu(dist, v);
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
		dist_notify(vcpu, true);
}

void dist_refresh(struct vdist *dist, uint32_t v, uint32_t n)
{
	struct dist_word *w = dist_word(dist, v, n);
	uint32_t on = word_on(dist, v, n), physical = on & dist_backed(dist, n);
	uint32_t changed = physical ^ w->physical;

	if (n == 0) {
		vcpu_refresh(dist, v, 0, on);
		return;
	}
	for (uint32_t i = 0; i < dist->vm->vcpu_count; i++)
		vcpu_refresh(dist, i, n, on);
	w->physical = physical;
	for (; changed; changed &= changed - 1) {
		uint32_t id = n * 32 + LOWEST(changed);

		gic->spi_enable(id, physical >> id % 32 & 1, core_of(dist, dist->route[id]));
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
	struct vcpu *vcpu = dist_vcpu(dist, id < INTID_SPI_FIRST ? v : dist->route[id]);

	if (vm_has_interrupt(dist->vm, id)) {
		gic_spi_set_pending(id, true);
		return;
	}
	__atomic_fetch_add(&vcpu->counters.injected, 1, __ATOMIC_RELAXED);
	dist_notify(vcpu, vgic_set_pending(vcpu, id));
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
	dist_strays_move(dist, from);
}

bool dist_all_told(struct vdist *dist, uint32_t me, uint32_t first, uint32_t end, uint32_t *told)
{
	uint64_t pc = dist_vcpu(dist, me)->pc;
	bool asked = dist->vcpus[me].asked == pc, wait = false;

	*told = 1u << me;
	for (uint32_t v = first; v < end; v++) {
		if (v == me || !vcpu_is_running(dist_vcpu(dist, v)))
			continue;
		if (!asked)
			dist_ask(dist, v);
		wait |= dist->vcpus[v].resync != RESYNC_NONE;
		*told |= 1u << v;
	}
	dist->vcpus[me].asked = wait ? pc : 0;
	return !wait;
}

/* --- the world outside --- */

void vdist_entered(struct vcpu *vcpu)
{
	struct vdist *dist = vcpu->vm->dist;
	struct dist_vcpu *dv = &dist->vcpus[vcpu->index];
	uint32_t core = cpu_this()->index;

	if (dv->core == core + 1 || vcpu->vm->forward)
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

/* Of a physical interrupt that is active. */
static void device_deliver(struct vdist *dist, uint32_t id)
{
	struct vcpu *target = dist_vcpu(dist, dist->route[id]);

	if (vm_has_ended(dist->vm)) {
		gic->spi_enable(id, false, 0);
		dist->words[id / 32].physical &= ~(1u << id % 32);
		gic->deactivate(id);
		return;
	}
	__atomic_fetch_add(&target->counters.injected, 1, __ATOMIC_RELAXED);
	vgic_set_pending_hardware(target, id);
	dist_notify(target, true);
}

bool vdist_interrupt(struct cpu *cpu, uint32_t id)
{
	struct vm *vm = login_vm;
	struct vdist *dist;

	if (!vm || !vm_has_interrupt(vm, id))
		return false;
	dist = vm->dist;
	cpu->current->counters.exits[BH_EXIT_DEVICE]++;
	spin_lock(&dist->lock);
	if (vm->forward) {
		dist->words[id / 32].waiting |= 1u << id % 32;
		vgic_set_pending(cpu->primary, id);
	} else {
		device_deliver(dist, id);
	}
	spin_unlock(&dist->lock);
	return true;
}

bool vdist_forward(struct vm *vm, uint32_t id)
{
	struct vdist *dist = vm->dist;
	uint32_t bit = 1u << id % 32;
	bool waits;

	spin_lock(&dist->lock);
	waits = dist->words[id / 32].waiting & bit;
	dist->words[id / 32].waiting &= ~bit;
	if (waits)
		device_deliver(dist, id);
	spin_unlock(&dist->lock);
	return waits;
}

struct vcpu *vdist_raise(struct vm *vm, bool *fresh)
{
	struct vdist *dist = vm->dist;
	struct vcpu *target;

	spin_lock(&dist->lock);
	target = dist_vcpu(dist, dist->route[VDIST_SOFTWARE_SPI]);
	*fresh = vgic_set_pending(target, VDIST_SOFTWARE_SPI);
	spin_unlock(&dist->lock);
	return target;
}

void vdist_reset(struct vm *vm)
{
	struct vdist *dist = vm->dist;

	spin_lock(&dist->lock);
	for (uint32_t n = 1; n < DIST_WORDS; n++) {
		for (uint32_t bits = dist->words[n].physical; bits; bits &= bits - 1)
			gic->spi_enable(n * 32 + LOWEST(bits), false, 0);
		for (uint32_t bits = dist->words[n].waiting; bits; bits &= bits - 1)
			gic->deactivate(n * 32 + LOWEST(bits));
	}
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
