/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Virtual interrupts: one mechanism for all VMs. An interrupt becomes pending in the vCPU's bitmaps (from any core),
 * and moves to a list register when the vCPU is entered and has it enabled. Guests take and end it at the
 * ordinary CPU interface, without an exit.
 */
#ifndef HV_ARM64_VGIC_H
#define HV_ARM64_VGIC_H

#include <bulkhead/types.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/vcpu.h>

/* Makes `id` pending, from any core; true when it was not. */
bool vgic_set_pending(struct vcpu *vcpu, uint32_t id);
/* The same for a physical interrupt that this core has acknowledged and not deactivated. */
void vgic_set_pending_hardware(struct vcpu *vcpu, uint32_t id);
/* Enables or disables `id` for the current vCPU; while it is disabled, what is pending stays so. */
void vgic_enable(struct vcpu *vcpu, uint32_t id, bool on);
/* Pending for the current vCPU, in a list register or not, enabled or not. */
bool vgic_is_pending(struct vcpu *vcpu, uint32_t id);
bool vgic_find_wanted(const struct vcpu *vcpu);
/* Something is pending and enabled that no list register holds yet. */
static inline bool vgic_wants_entry(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->irq.summary, __ATOMIC_SEQ_CST) && vgic_find_wanted(vcpu);
}
/* The current vCPU has an interrupt to take, in a list register or not. */
bool vgic_find_interrupt(struct vcpu *vcpu);
/* The same, at once for the vCPU that has used none, as most have. */
static inline bool vgic_has_interrupt(struct vcpu *vcpu)
{
	if (!__atomic_load_n(&vcpu->irq.summary, __ATOMIC_SEQ_CST) && !vcpu->irq.lr_used)
		return false;
	return vgic_find_interrupt(vcpu);
}
/* Virtual counter value at which the timer of the current vCPU interrupts it; BH_NO_DEADLINE: it does not. */
uint64_t vgic_deadline(const struct vcpu *vcpu);
/* Moves what is pending and enabled into the list registers of the core; `vcpu` is current. */
void vgic_flush(struct vcpu *vcpu);
/* What is to be done only for a vCPU that has interrupts. */
void vgic_interrupts_save(struct vcpu_irq *irq);
void vgic_interrupts_load(struct vcpu *vcpu);
/* The list registers and CPU interface leave the core with their vCPU, or come with it. */
static inline void vgic_save(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;
	uint64_t apr;

	irq->vmcr = gic_state_read(&apr);
	/* a guest can set active priorities without any interrupt: they would mask those of the next VM */
	irq->apr = apr;
	if (irq->lr_used | __atomic_load_n(&irq->hardware[0], __ATOMIC_RELAXED) | apr)
		vgic_interrupts_save(irq);
}

static inline void vgic_load(struct vcpu *vcpu)
{
	struct vcpu_irq *irq = &vcpu->irq;
	/* after run_claim has stored the core: whoever does not see it there has set its interrupt before this look */
	uint32_t summary = __atomic_load_n(&irq->summary, __ATOMIC_SEQ_CST);

	gic_vmcr_write(irq->vmcr);
	if (irq->lr_used | summary | irq->apr)
		vgic_interrupts_load(vcpu);
}
/*
 * Forgets the interrupts of a vCPU that is not on any core and will not go on: ends every device interrupt that is active on its behalf.
 * Private ones end with the switch, or with the core.
 */
void vgic_drop(struct vcpu *vcpu);
/* Drops them and disables all, for a vCPU about to start; others may inject into it meanwhile. */
void vgic_reset(struct vcpu *vcpu);
/* The same for the current vCPU, whose VM has ended. */
static inline void vgic_release(struct vcpu *vcpu)
{
	vgic_save(vcpu);
	vgic_drop(vcpu);
}

#endif
