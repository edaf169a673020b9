/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running VMs: a kernel thread for each vCPU, which calls FFA_RUN and does what the answer says (the scheduling contract of
 * bulkhead/hypercall.h). The thread is scheduled like any other; while the vCPU computes, it is inside FFA_RUN.
 */
#include <role/primary/vm.h>

#include <lib/arch/arm64/sysreg.h>
#include <lwk/clock.h>
#include <lib/fmt.h>
#include <lwk/core.h>
#include <lwk/sched.h>
#include <lwk/log.h>
#include <role/primary/vm_calls.h>

/* ns on the scale of time_now_ns, rounded up, lest the vCPU be run just before its timer fires */
static uint64_t deadline_ns(uint64_t ticks)
{
	uint64_t hz = sysreg_read(cntfrq_el0);

	if (ticks == BH_NO_DEADLINE || ticks / hz >= UINT64_MAX / NS_PER_SECOND)
		return WAIT_FOREVER;
	return ticks / hz * NS_PER_SECOND + (ticks % hz * NS_PER_SECOND + hz - 1) / hz;
}

static void vcpu_unpark(struct vcpu *vcpu)
{
	spin_lock(&vcpu->vm->threads_lock);
	if (vcpu->thread)
		thread_unpark(vcpu->thread);
	spin_unlock(&vcpu->vm->threads_lock);
}

void vm_unpark_all(struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++)
		vcpu_unpark(&vm->vcpus[i]);
}

static void vcpu_wake(struct vm *vm, uint64_t id)
{
	uint16_t index = FFA_VCPU_OF(id);

	if (FFA_VM_OF(id) == vm->id && index < vm->vcpu_count)
		vcpu_unpark(&vm->vcpus[index]);
}

/* The first thread that learns of the end says so. */
static void vm_ended(struct vm *vm, uint32_t cause)
{
	spin_lock(&vm->threads_lock);
	if (!vm_has_ended(vm)) {
		vm->cause = cause;
		vm->ended = sysreg_read(cntvct_el0);
		__atomic_store_n(&vm->state, VMDEV_ENDED, __ATOMIC_RELEASE);
	}
	spin_unlock(&vm->threads_lock);
	vm_unpark_all(vm); /* vCPUs that wait learn of it by running once more */
	wait_queue_wake_all(&vm->changed);
}

/* One turn; false when the VM has ended. */
static bool vcpu_run(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct smccc result = hypercall(FFA_RUN, FFA_VM_VCPU(vm->id, vcpu->index),
					sched_is_alone() ? BH_RUN_KEEP : 0);

	switch ((uint32_t)result.x[0]) {
	case FFA_INTERRUPT:
		sched_preempt_point(); /* our interrupt has been taken by now */
		break;
	case FFA_YIELD:
		wait_queue_wake_all(&vm->changed);
		thread_yield();
		break;
	case FFA_MSG_WAIT:
		wait_queue_wake_all(&vm->changed);
		if (!result.x[2])
			thread_park_always(WAIT_FOREVER);
		break;
	case BH_RUN_WAIT_FOR_INTERRUPT:
		wait_queue_wake_all(&vm->changed);
		thread_park_always(deadline_ns(result.x[2]));
		break;
	case BH_RUN_WAKE_UP:
		vcpu_wake(vm, result.x[2]);
		sched_preempt_point();
		break;
	case BH_RUN_VCPU_OFF:
		thread_park_always(WAIT_FOREVER);
		break;
	case BH_RUN_ABORTED:
		vm_ended(vm, (uint32_t)result.x[2]);
		return false;
	case FFA_ERROR:
		/* DENIED: the vCPU is off, until a WAKE_UP; BUSY: it is just leaving another core */
		if ((int32_t)result.x[2] == FFA_DENIED)
			thread_park_always(WAIT_FOREVER);
		else
			thread_yield();
		break;
	default:
		/* nothing is known of the VM any more: its end will be told by the next FFA_RUN */
		log_error("FFA_RUN answers %x", (unsigned)result.x[0]);
		hypercall(BH_VM_STOP, vm->id, 0);
	}
	return true;
}

static void vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;

	struct vm *vm = vcpu->vm;

	while (vcpu_run(vcpu))
		sched_move(__atomic_load_n(&vcpu->core, __ATOMIC_RELAXED));
	spin_lock(&vm->threads_lock);
	vcpu->thread = NULL;
	spin_unlock(&vm->threads_lock);
	wait_queue_wake_all(&vm->changed);
}

/* The thread may run, and even end, before we know it: under the lock it waits for us with that. */
static int vcpu_start(struct vcpu *vcpu, unsigned core)
{
	char name[THREAD_NAME_MAX];
	int error;

	vcpu->core = (uint16_t)core;
	fmt_print(name, sizeof(name), "vm%u.%u", vcpu->vm->id, vcpu->index);
	spin_lock(&vcpu->vm->threads_lock);
	vcpu->thread = thread_create_kernel(name, core, vcpu_thread, vcpu);
	error = vcpu->thread ? 0 : -ENOMEM;
	spin_unlock(&vcpu->vm->threads_lock);
	return error;
}

int vm_start(struct vm *vm, const uint16_t *core)
{
	uint32_t ready = VMDEV_READY;
	int error = 0;

	if (vm->is_self)
		return -EPERM;
	for (unsigned i = 0; i < vm->vcpu_count; i++)
		if (core[i] >= core_count)
			return -EINVAL;
	if (!__atomic_compare_exchange_n(&vm->state, &ready, VMDEV_RUNNING, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return -EBUSY;
	vm->started = sysreg_read(cntvct_el0);
	/* vCPU 0 last: it may wake all the others */
	for (unsigned i = vm->vcpu_count; i-- > 0 && !error;)
		error = vcpu_start(&vm->vcpus[i], core[i]);
	if (error) {
		hypercall(BH_VM_STOP, vm->id, 0);
		vm_ended(vm, BH_FAULT_STOPPED);
	}
	return error;
}

static bool has_threads(struct vm *vm)
{
	bool found = false;

	spin_lock(&vm->threads_lock);
	for (unsigned i = 0; i < vm->vcpu_count; i++)
		found = found || vm->vcpus[i].thread;
	spin_unlock(&vm->threads_lock);
	return found;
}

int vm_wait_threads(struct vm *vm)
{
	return wait_queue_sleep(&vm->changed, !has_threads(vm), WAIT_FOREVER);
}

int vm_place(struct vm *vm, unsigned vcpu, unsigned core)
{
	int error = -ENODEV;

	if (vcpu >= vm->vcpu_count || core >= core_count)
		return -EINVAL;
	spin_lock(&vm->threads_lock);
	if (vm->vcpus[vcpu].thread) {
		__atomic_store_n(&vm->vcpus[vcpu].core, (uint16_t)core, __ATOMIC_RELAXED);
		thread_notify(vm->vcpus[vcpu].thread); /* comes out of FFA_RUN */
		error = 0;
	}
	spin_unlock(&vm->threads_lock);
	return error;
}

void vm_ring_doorbell(struct vm *vm)
{
	uint64_t id = FFA_VM_VCPU(vm->id, 0);
	struct smccc result;

	if (vm_is_login(vm)) {
		vm_notify(vm);
		return;
	}
	result = hypercall(BH_INTR_INJECT, id, STREAM_DOORBELL_SGI);
	if ((uint32_t)result.x[0] == FFA_SUCCESS_32 && result.x[2])
		vcpu_wake(vm, id);
}
