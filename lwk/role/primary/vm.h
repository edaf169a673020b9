/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VMs that this kernel schedules as primary. A VM is made known at boot and never forgotten; its threads come with
 * vm_start and end when it ends.
 */
#ifndef LWK_ROLE_PRIMARY_VM_H
#define LWK_ROLE_PRIMARY_VM_H

#include <bulkhead/vmdev.h>
#include <lib/ring.h>
#include <lwk/mutex.h>
#include <lwk/spinlock.h>
#include <lwk/wait.h>

struct vm;

struct vcpu {
	struct vm *vm;
	uint16_t index;
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
	uint32_t cause;               /* enum bh_fault_cause, valid once ended */
	uint64_t started, ended;      /* virtual counter */
	struct stream_region *stream; /* NULL: the VM has none */
	struct ring up, down;
	struct wait_queue changed; /* something to read, room to write, or the end */
	struct spinlock
		threads_lock; /* a thread leaves only after it took itself out of its vCPU */
	struct vcpu vcpus[VMDEV_VCPUS_MAX];
};

extern struct vm *vms;
extern unsigned vm_count;

/* Finds the VMs, by FFA_PARTITION_INFO_GET and the device tree. 0 or -errno. */
int vm_discover(void);
/* Starts a thread for each vCPU, on core[i]. 0, -EINVAL, -EBUSY, -ENOMEM. */
int vm_start(struct vm *vm, const uint16_t *core);
/* Lets all threads of the VM look at it again. */
void vm_unpark_all(struct vm *vm);
static inline bool vm_has_ended(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VMDEV_ENDED;
}
/* Takes wake-ups of the login VM from the hypervisor. 0 or -errno; once. */
int vm_wake_init(void);
/* Finds the login VM and takes its notifications: they wake `changed`. 0 or -errno; once. */
int vm_notify_init(void);
bool vm_is_login(const struct vm *vm);
/* Notifies the login VM. */
void vm_notify(struct vm *vm);
/* After something was put into the VM's ring, or room was made. */
void vm_ring_doorbell(struct vm *vm);

/* /dev/vm/N of each VM, /dev/hvlog. 0 or -errno. */
int vm_devices_register(void);
int hvlog_register(void);

#endif
