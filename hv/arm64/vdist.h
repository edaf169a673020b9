/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The standard distributor of the login VM, emulated: GICv3 (GICD, a GICR frame pair for each vCPU, SGIs by system register) or GICv2 (GICD),
 * at the addresses of the machine's own. The CPU interface is the ordinary virtual one (GICv2: the GICV page).
 *
 * It decides what is enabled, where and with what priority; pending interrupts are in struct vcpu_irq as for all VMs (vgic.h). SPIs that the
 * VM was given (vm->devices) are backed by the physical ones, one is the hypervisor's to raise; all others read as zero and ignore writes.
 * struct vdist's lock is taken in calls of this file only, inside of no other but vm->lock.
 */
#ifndef HV_ARM64_VDIST_H
#define HV_ARM64_VDIST_H

#include <bulkhead/ffa.h>
#include <bulkhead/types.h>

struct cpu;
struct vcpu;
struct vdist;
struct vm;

/* Bytes of struct vdist, for who builds the VM: zeroed, aligned to 16, for the VM's life. */
size_t vdist_size(void);
/*
 * At boot, when the vCPUs are set up and vm->devices is complete: the VM gets a distributor of the machine's version. ENOMEM: no entry left in
 * its table of emulated regions, or the machine has fewer redistributor frames than the VM has vCPUs.
 */
int vdist_init(struct vm *vm, struct vdist *dist);
/* As after reset, for a VM that has ended and has no vCPU on a core: no physical interrupt of its is enabled or active any more. */
void vdist_reset(struct vm *vm);

/* A physical interrupt that this core has acknowledged and dropped: true when it is the login VM's, which gets it,
 * or with vm->forward the primary. */
bool vdist_interrupt(struct cpu *cpu, uint32_t id);
/* With vm->forward: one that the primary got, and nobody has forwarded since, goes to the vCPU that it is routed to. False: there is none. */
bool vdist_forward(struct vm *vm, uint32_t id);
/* An SPI that has no device behind it: makes it pending. Where it is routed, for run_notify. */
#define VDIST_SOFTWARE_SPI BH_INTID_NPI_LOGIN
struct vcpu *vdist_raise(struct vm *vm, bool *fresh);
/* A write of ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1 (op2 5, 6, 7) by the current vCPU. */
void vdist_sgi_write(struct vcpu *vcpu, unsigned op2, uint64_t value);

/*
 * For vgic.c, of a vCPU with a distributor, which is current or about to be.
 * Priority, group and sender of an interrupt that is put into a list register, in its layout.
 */
uint64_t vdist_lr(struct vcpu *vcpu, uint32_t id);
/* The same interrupt came again: what the list register `held` that has it becomes. */
uint64_t vdist_lr_again(struct vcpu *vcpu, uint64_t held);
/* What is pending in `lr` goes back to the bitmap. */
void vdist_lr_back(struct vcpu *vcpu, uint64_t lr);
/* Order of interrupts: the lower comes first. Priority, then the id in the lowest 16 bits; LR_RANK tells that of a list register. */
uint32_t vdist_rank(const struct vcpu *vcpu, uint32_t id);
#define LR_RANK(lr) ((uint32_t)((lr) >> 48 & 0xFF) << 16 | LR_VINTID(lr))
/* After a maintenance interrupt: list registers whose end was to be told are free. */
void vdist_maintain(struct vcpu *vcpu);
/* It comes to this core: its SPIs follow. */
void vdist_entered(struct vcpu *vcpu);
/* On its core, after IRQ_RESYNC: takes back what is pending in list registers; and when it has been placed anew, tells. */
void vdist_resync(struct vcpu *vcpu);
void vdist_tell(struct vcpu *vcpu);

#endif
