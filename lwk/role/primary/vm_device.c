/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/vm/N: a VM as a file (bulkhead/vmdev.h).
 */
#include <role/primary/vm.h>

#include <lib/arch/arm64/sysreg.h>
#include <bulkhead/channel.h>
#include <lib/fmt.h>
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/sched.h>
#include <role/primary/vm_calls.h>
#include <string.h>

#define BOUNCE_SIZE 1024

/* Moves what the ring has, or has room for, up to the buffer's size, through a copy that the VM cannot change. */
static long bytes_move(struct ring *ring, const struct io_buffer *buffer, bool up)
{
	uint8_t bounce[BOUNCE_SIZE];
	size_t done = 0;

	while (done < buffer->size) {
		size_t want = buffer->size - done < BOUNCE_SIZE ? buffer->size - done : BOUNCE_SIZE;
		int64_t n = up ? ring_fill(ring) : ring_space(ring);

		if (n < 0)
			return done ? (long)done : -EIO;
		want = (size_t)n < want ? (size_t)n : want;
		if (want == 0)
			break;
		if (up) {
			n = ring_read(ring, bounce, want);
			if (n > 0 && io_buffer_put(buffer, done, bounce, (size_t)n))
				return -EFAULT;
		} else {
			if (io_buffer_get(buffer, done, bounce, want))
				return done ? (long)done : -EFAULT;
			n = ring_write(ring, bounce, want);
		}
		if (n < 0)
			return done ? (long)done : -EIO;
		done += (size_t)n;
	}
	return (long)done;
}

/* What waits in the ring `up`, or fits into `down`; the rings go with a VM that is destroyed. */
static int64_t stream_count(struct vm *vm, bool up)
{
	int64_t count = 0;

	mutex_lock(&vm->lock);
	if (vm->stream)
		count = up ? ring_fill(&vm->up) : ring_space(&vm->down);
	mutex_unlock(&vm->lock);
	return count;
}

static long stream_move(struct vm *vm, const struct io_buffer *buffer, bool up)
{
	long done = 0;

	mutex_lock(&vm->lock);
	if (vm->stream)
		done = bytes_move(up ? &vm->up : &vm->down, buffer, up);
	mutex_unlock(&vm->lock);
	return done;
}

/* Whether the login VM may wait for room that was just made: it puts whole frames in (bulkhead/channel.h). */
static bool was_short(struct vm *vm, size_t bytes)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return stream_count(vm, true) + (int64_t)bytes >
	       (int64_t)(STREAM_UP_SIZE - CHANNEL_FRAME_MAX);
}

static long vm_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	struct vm *vm = device;

	(void)offset;
	if (!vm->stream)
		return 0;
	for (;;) {
		bool ended = vm_has_ended(vm); /* before the ring: what it sent last is not lost */
		long done;
		int error;

		done = stream_move(vm, to, true);
		if (done > 0 && vm_is_login(vm) && was_short(vm, (size_t)done))
			vm_ring_doorbell(vm);
		if (done || ended || to->size == 0)
			return done;
		if (flags & DEVICE_NONBLOCK)
			return -EAGAIN;
		error = wait_queue_sleep(&vm->changed, stream_count(vm, true) || vm_has_ended(vm),
					 WAIT_FOREVER);
		if (error)
			return error;
	}
}

static long vm_write(void *device, const struct io_buffer *from, uint64_t offset, unsigned flags)
{
	struct vm *vm = device;

	(void)offset;
	if (!vm->stream)
		return -ENODEV;
	for (;;) {
		long done;
		int error;

		if (vm_has_ended(vm))
			return -EPIPE;
		done = stream_move(vm, from, false);
		if (done > 0)
			vm_ring_doorbell(vm);
		if (done || from->size == 0)
			return done;
		if (flags & DEVICE_NONBLOCK)
			return -EAGAIN;
		error = wait_queue_sleep(&vm->changed, stream_count(vm, false) || vm_has_ended(vm),
					 WAIT_FOREVER);
		if (error)
			return error;
	}
}

static unsigned vm_poll(void *device, struct poll_table *table)
{
	struct vm *vm = device;
	unsigned events = 0;

	poll_wait(table, &vm->changed);
	if (vm_has_ended(vm))
		events |= POLL_HUP;
	if (stream_count(vm, true))
		events |= POLL_IN;
	if (stream_count(vm, false))
		events |= POLL_OUT;
	return events;
}

static long info_get(struct vm *vm, uaddr_t argument)
{
	struct vmdev_info info = {
		.vm = vm->id,
		.vcpus = vm->vcpu_count,
		.state = __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE),
		.counter_hz = sysreg_read(cntfrq_el0),
	};

	if (info.state == VMDEV_ENDED) {
		info.cause = vm->cause;
		info.runtime_ticks = vm->ended - vm->started;
	} else if (info.state == VMDEV_RUNNING) {
		info.runtime_ticks = sysreg_read(cntvct_el0) - vm->started;
	}
	return copy_to_user(argument, &info, sizeof(info));
}

static long start(struct vm *vm, uaddr_t argument)
{
	struct vmdev_start request;
	int error = copy_from_user(&request, argument, sizeof(request));

	if (error)
		return error;
	mutex_lock(&vm->lock);
	error = vm_start(vm, request.core);
	mutex_unlock(&vm->lock);
	return error;
}

static long fault_get(struct vm *vm, uaddr_t argument)
{
	struct bh_fault fault;
	struct smccc result;
	int error = mailbox_call((struct smccc){{BH_VM_FAULT, vm->id}}, &fault, sizeof(fault),
				 &result);

	return error ? error : copy_to_user(argument, &fault, sizeof(fault));
}

static long counters_get(struct vm *vm, uaddr_t argument)
{
	struct vmdev_counters request;
	struct smccc result;
	int error = copy_from_user(&request, argument, sizeof(request));

	if (error)
		return error;
	error = mailbox_call((struct smccc){{BH_VM_COUNTERS, FFA_VM_VCPU(vm->id, request.vcpu)}},
			     &request.counters, sizeof(request.counters), &result);
	return error ? error : copy_to_user(argument, &request, sizeof(request));
}

static long stop(struct vm *vm)
{
	struct smccc result;

	if (vm_has_ended(vm) || vm->is_self)
		return -ESRCH;
	result = hypercall(BH_VM_STOP, vm->id, 0);
	vm_unpark_all(vm);
	return call_errno(&result);
}

static long signal_send_to(struct vm *vm, uaddr_t argument)
{
	uint32_t signal;
	int error = copy_from_user(&signal, argument, sizeof(signal));

	if (error)
		return error;
	if (signal < 1 || signal > 31)
		return -EINVAL;
	mutex_lock(&vm->lock);
	if (vm->stream)
		__atomic_fetch_or(&vm->stream->signals, 1u << signal, __ATOMIC_RELEASE);
	else
		error = -ENODEV;
	mutex_unlock(&vm->lock);
	vm_ring_doorbell(vm);
	return error;
}

static long place(struct vm *vm, uaddr_t argument)
{
	struct vmdev_place request;
	int error = copy_from_user(&request, argument, sizeof(request));

	return error ? error : vm_place(vm, request.vcpu, request.core);
}

static long resize(struct vm *vm, uaddr_t argument)
{
	struct vmdev_resize request;
	int error = copy_from_user(&request, argument, sizeof(request));

	if (error)
		return error;
	if (request.zero)
		return -EINVAL;
	mutex_lock(&vm->resize_lock);
	error = enclave_resize(vm, request.memory, request.node);
	request.memory = vm->memory;
	mutex_unlock(&vm->resize_lock);
	/* what it has is told also when that is not what was wanted */
	return copy_to_user(argument, &request, sizeof(request)) ? -EFAULT : error;
}

/* Its file is gone first: no new one finds it. */
static long destroy(struct vm *vm)
{
	int error;

	if (!vm->is_made)
		return -EPERM;
	stop(vm);
	if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VMDEV_RUNNING ||
	    __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VMDEV_ENDED) {
		error = vm_wait_threads(vm);
		if (error)
			return error;
	}
	mutex_lock(&vm->resize_lock);
	mutex_lock(&vm->lock);
	error = vm->is_made ? enclave_destroy(vm) : -ENODEV;
	mutex_unlock(&vm->lock);
	mutex_unlock(&vm->resize_lock);
	wait_queue_wake_all(&vm->changed);
	return error;
}

static int reload_steps(uint16_t id)
{
	struct smccc result;
	int error;

	do {
		result = hypercall(BH_VM_RELOAD, id, 0);
		error = call_errno(&result);
		thread_yield(); /* others may run in between */
	} while (error == -EBUSY || (!error && result.x[2]));
	return error == -EAGAIN ? -EBUSY : error;
}

/* What the last kernel left in the rings is gone: the next one finds them as at boot. */
static long reload(struct vm *vm)
{
	int error;

	if (!vm_is_login(vm))
		return -EPERM;
	if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) != VMDEV_ENDED)
		return -EBUSY;
	error = vm_wait_threads(vm);
	if (error)
		return error;
	mutex_lock(&vm->lock);
	error = vm_has_ended(vm) ? reload_steps(vm->id) : -EBUSY;
	if (!error) {
		if (vm->stream) {
			memset(vm->stream, 0, STREAM_REGION_SIZE);
			vm_set_stream(vm, vm->stream);
		}
		vm_reset(vm, vm->id, vm->vcpu_count);
		__atomic_store_n(&vm->state, VMDEV_READY, __ATOMIC_RELEASE);
	}
	mutex_unlock(&vm->lock);
	return error;
}

static long vm_ioctl(void *device, unsigned command, uaddr_t argument)
{
	struct vm *vm = device;

	if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) == VMDEV_NONE)
		return -ENODEV;
	switch (command) {
	case VMDEV_INFO:
		return info_get(vm, argument);
	case VMDEV_PLACE:
		return place(vm, argument);
	case VMDEV_RESIZE:
		return resize(vm, argument);
	case VMDEV_DIGEST:
		return copy_to_user(argument, vm->digest, sizeof(vm->digest));
	case VMDEV_DESTROY:
		return destroy(vm);
	case VMDEV_START:
		return start(vm, argument);
	case VMDEV_FAULT:
		return fault_get(vm, argument);
	case VMDEV_COUNTERS:
		return counters_get(vm, argument);
	case VMDEV_STOP:
		return stop(vm);
	case VMDEV_RELOAD:
		return reload(vm);
	case VMDEV_BELL:
		return vm_is_login(vm) ? vm_notify(vm) : -EPERM;
	case VMDEV_SIGNAL:
		return signal_send_to(vm, argument);
	default:
		return -ENOTTY;
	}
}

static const struct device_ops vm_ops = {
	.read = vm_read,
	.write = vm_write,
	.poll = vm_poll,
	.ioctl = vm_ioctl,
};

static void path_print(const struct vm *vm, char path[24])
{
	fmt_print(path, 24, "/dev/vm/%u", vm->id);
}

int vm_device_register(struct vm *vm)
{
	char path[24];

	path_print(vm, path);
	return device_register(path, &vm_ops, vm);
}

int vm_device_remove(const struct vm *vm)
{
	char path[24];

	path_print(vm, path);
	return device_remove(path);
}

int vm_devices_register(void)
{
	int error = 0;

	for (unsigned i = 0; i < VMS_MAX && !error; i++)
		if (vms[i].state != VMDEV_NONE)
			error = vm_device_register(&vms[i]);
	return error;
}
