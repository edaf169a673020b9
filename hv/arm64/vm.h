/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A virtual machine. All of its state and tables lie in memory taken for it when it is created; the table of VMs holds
 * pointers only.
 *
 * Lock order: vms_lock, memory.lock (memory.c), vm->lock, log lock. Holding a VM's lock is shown by struct vm_locked.
 *
 * How long a pointer from vm_find is good (life.c, which takes VMs out of the table and then reuses their memory):
 * - in a handler that began while the primary's vCPU was current: until the handler ends, or enters a vCPU of that VM;
 * - in any other: while vms_lock is held. A VM's own vCPUs may use their own VM as long as they run.
 */
#ifndef HV_ARM64_VM_H
#define HV_ARM64_VM_H

#include <bulkhead/fault.h>
#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/mmio.h>
#include <hv/arm64/notify.h>
#include <hv/arm64/vcpu.h>
#include <lib/arch/arm64/spinlock.h>
#include <lib/pt.h>

enum vm_role { VM_PRIMARY, VM_LOGIN, VM_SECONDARY };

/* free 4 KiB pages for the VM's stage-2 tables, linked through their first word */
struct page_pool {
	void *free;
};

struct vm {
	struct spinlock lock;
	uint16_t id;
	enum vm_role role;
	uint32_t vcpu_count;
	uint32_t uuid[4];
	uint32_t ffa_version; /* negotiated; decides the layout of descriptors */

	struct pt stage2;
	struct page_pool tables;
	uint64_t vttbr;

	pa_t memory[MAX_NODES]; /* where its own memory starts, on each NUMA node that it spans */
	uint64_t memory_size;   /* bytes on each of them, at boot */
	pa_t rx, tx;            /* mailbox pages, zero when not mapped */
	bool rx_full;           /* the VM has not released what lies in rx */

	struct notify notify;
	uint32_t ended;        /* atomic: no vCPU of it runs again */
	struct bh_fault fault; /* why, valid once ended */

	struct vm_life *life; /* of a VM made at run time */

	uint64_t devices[IRQ_WORDS]; /* interrupt ids beyond 31 that the VM was given */
	bool forward; /* of the login VM: the primary gets them, and forwards them */
	struct vdist *dist; /* its emulated distributor; NULL: it has the para-virtual one */
	struct mmio_region mmio[MAX_MMIO];
	uint32_t mmio_count;
	uint8_t last_vcpu
		[MAX_CPUS]; /* index + 1 of the vCPU that last ran on each core: whose TLB entries are there */
	struct vcpu vcpus[];
};

struct vm_locked {
	struct vm *vm;
};

extern struct vm *vms[MAX_VMS]; /* by id - 1; NULL where there is none */
extern struct vm *login_vm;     /* NULL: none */
extern struct spinlock vms_lock;

static inline struct vm *vm_find(uint64_t id)
{
	/* in order with the store of the vCPU's state by which a core came back to the primary: see life.c */
	return id >= 1 && id <= MAX_VMS ? __atomic_load_n(&vms[id - 1], __ATOMIC_SEQ_CST) : NULL;
}

static inline struct vm *vm_primary(void)
{
	return vms[0];
}

static inline struct vm_locked vm_lock(struct vm *vm)
{
	spin_lock(&vm->lock);
	return (struct vm_locked){vm};
}

static inline void vm_unlock(struct vm_locked locked)
{
	spin_unlock(&locked.vm->lock);
}

/* Nobody knows others than the primary; nor may their cores look at each other (above). */
static inline bool vm_may_reach(const struct vm *a, const struct vm *b)
{
	return a == vm_primary() || b == vm_primary();
}

/* A device interrupt that the manifest gave it; any id */
static inline bool vm_has_interrupt(const struct vm *vm, uint32_t id)
{
	return id < IRQ_WORDS * 64 && vm->devices[id / 64] >> id % 64 & 1;
}

static inline void vm_give_interrupt(struct vm *vm, uint32_t id)
{
	vm->devices[id / 64] |= UINT64_C(1) << id % 64;
}

static inline bool vm_has_ended(const struct vm *vm)
{
	return __atomic_load_n(&vm->ended, __ATOMIC_ACQUIRE) != 0;
}

/*
 * Ends a VM: the first record wins. Its vCPUs on other cores are kicked and leave at their next exit. The caller must take the
 * current core away from it.
 */
void vm_end(struct vm *vm, const struct bh_fault *record);
/* A core is in one of its vCPUs, or about to enter it. */
bool vm_is_running(const struct vm *vm);
/* By MPIDR's affinity fields; NULL: there is none. */
struct vcpu *vm_vcpu_at(struct vm *vm, uint64_t affinity);

#endif
