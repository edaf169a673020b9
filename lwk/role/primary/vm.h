/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VMs that this kernel schedules as primary. Each id has a slot, which is never freed; VMs come at boot or are made and destroyed by
 * the control task. A VM's threads come with vm_start and end when it ends.
 */
#ifndef LWK_ROLE_PRIMARY_VM_H
#define LWK_ROLE_PRIMARY_VM_H

#include <bulkhead/exchange.h>
#include <bulkhead/vmdev.h>
#include <lib/ring.h>
#include <lwk/mutex.h>
#include <lwk/spinlock.h>
#include <lwk/wait.h>

struct vm;

struct vcpu {
	struct vm *vm;
	uint16_t index;
	uint16_t core; /* where its thread is to run */
	struct thread *
		thread; /* under threads_lock; NULL before the VM is started and after it has ended */
};

struct vm {
	uint16_t id;
	uint16_t vcpu_count;
	bool is_self;      /* this kernel's own VM: counters only */
	struct mutex lock; /* of everything below but `changed` and the threads */
	uint32_t
		state; /* enum vmdev_state; to VMDEV_ENDED without the lock, by the first thread that learns */
	uint32_t cause;          /* enum bh_fault_cause, valid once ended */
	uint64_t started, ended; /* virtual counter */
	bool is_made;            /* at run time: can be destroyed */
	uint8_t digest[ENCLAVE_DIGEST_SIZE];
	uint64_t memory;              /* bytes, of one made at run time */
	struct stream_region *stream; /* NULL: the VM has none */
	struct ring up, down;
	struct mutex resize_lock; /* of its memory and of these; taken before `lock` */
	struct ring exchange_up, exchange_down;
	struct wait_queue changed; /* something to read, room to write, or the end */
	struct spinlock
		threads_lock; /* a thread leaves only after it took itself out of its vCPU */
	struct vcpu vcpus[VMDEV_VCPUS_MAX];
};

#define VMS_MAX 64u

extern struct vm *vms; /* by id - 1 */

/* Finds the VMs, by FFA_PARTITION_INFO_GET and the device tree. 0 or -errno. */
int vm_discover(void);
/* Prepares the slot of a VM; state stays as it is. */
void vm_reset(struct vm *vm, uint16_t id, uint16_t vcpus);
/* The VM's streams pass through `region` from now on. */
void vm_set_stream(struct vm *vm, void *region);
/* Starts a thread for each vCPU, on core[i]. 0, -EINVAL, -EBUSY, -ENOMEM. */
int vm_start(struct vm *vm, const uint16_t *core);
/* Lets all threads of the VM look at it again. */
void vm_unpark_all(struct vm *vm);
/* Waits until the VM, which has ended, has no thread any more. 0 or -ERESTARTSYS. */
int vm_wait_threads(struct vm *vm);
/* Moves a vCPU to another core. 0, -EINVAL, -ENODEV. */
int vm_place(struct vm *vm, unsigned vcpu, unsigned core);
/* True also when there is none. */
static inline bool vm_has_ended(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) >= VMDEV_ENDED;
}
/* Takes wake-ups of the login VM from the hypervisor. 0 or -errno; once. */
int vm_wake_init(void);
/* Takes the login VM's device interrupts for it, if the manifest has it so. */
void vm_forward_init(void);
/* Finds the login VM and takes its notifications: they wake `changed`. 0 or -errno; once. */
int vm_notify_init(void);
bool vm_is_login(const struct vm *vm);
/* Notifies the login VM. 0, or -EAGAIN when its kernel does not listen. */
int vm_notify(struct vm *vm);
/* After something was put into the VM's ring, or room was made. */
void vm_ring_doorbell(struct vm *vm);

/* enclave.c: a VM as it is described, with memory of ours; *vm is its slot, ready. 0 or -errno (bulkhead/vmdev.h). */
struct vmdev_create;
int enclave_create(struct vmdev_create *request, struct vm **vm);
/* Destroys a VM whose threads have ended and takes its memory back. 0, -EBUSY, -ENOMEM. Caller holds vm->lock. */
int enclave_destroy(struct vm *vm);

/* Changes its memory as far as both sides can; vm->memory says what it has. Caller holds resize_lock. 0 or -errno (vmdev.h). */
int enclave_resize(struct vm *vm, uint64_t memory, uint32_t node);

/* /dev/vm/N, /dev/vm/new, /dev/hvlog. 0 or -errno. */
int vm_device_register(struct vm *vm);
int vm_device_remove(const struct vm *vm);
int vm_devices_register(void);
int vm_manager_register(void);
int hvlog_register(void);

#endif
