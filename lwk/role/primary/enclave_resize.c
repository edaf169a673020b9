/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gives a VM memory while it runs, or takes some back (bulkhead/exchange.h). What the VM says is a hint; what is whose the hypervisor says:
 * a unit is ours again when BH_MEMORY_TAKE has succeeded, and never before. resize_lock of the VM serializes.
 */
#include <role/primary/vm.h>

#include <arch/memory.h>
#include <bulkhead/exchange.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <role/primary/vm_calls.h>

#define UNIT_ORDER  9u  /* 2 MiB */
#define WINDOW      16u /* offers that are not answered */
#define ANSWER_TIME (2 * NS_PER_SECOND)

/* Messages that may be left over from resizes that were given up */
#define LATE_ANSWERS 256u

static void doorbell_ring(struct vm *vm)
{
	uint64_t id = FFA_VM_VCPU(vm->id, 0);
	struct smccc result = hypercall(BH_INTR_INJECT, id, EXCHANGE_SGI);

	if ((uint32_t)result.x[0] == FFA_SUCCESS_32 && result.x[2])
		vm_unpark_all(vm);
}

static int tell(struct vm *vm, uint32_t kind, uint32_t value, uint64_t address)
{
	struct exchange_message message = {kind, value, address};

	if (ring_space(&vm->exchange_down) < (int64_t)sizeof(message) ||
	    ring_write(&vm->exchange_down, &message, sizeof(message)) != sizeof(message))
		return -EIO;
	doorbell_ring(vm);
	return 0;
}

/*
 * The VM's next message, of *due that may come. 0; -ETIMEDOUT; -ESRCH: it has ended; -EIO: nonsense, or more than there can be;
 * -ERESTARTSYS. A VM that never stops sending must not keep the core: others run in between.
 */
static int hear(struct vm *vm, struct exchange_message *message, uint64_t *due)
{
	uint64_t deadline = time_now_ns() + ANSWER_TIME;
	int error;

	thread_yield();
	error = wait_queue_sleep(&vm->changed, ring_fill(&vm->exchange_up) != 0 || vm_has_ended(vm),
				 deadline);
	if (error)
		return error;
	if (*due == 0)
		return -EIO;
	--*due;
	if (ring_fill(&vm->exchange_up) == 0)
		return -ESRCH;
	return ring_read(&vm->exchange_up, message, sizeof(*message)) == sizeof(*message) ? 0
											  : -EIO;
}

/* True when the unit is ours again; it is free then. */
static bool unit_take(struct vm *vm, uint64_t address)
{
	struct smccc result = hypercall(BH_MEMORY_TAKE, vm->id, address);

	if (call_errno(&result))
		return false;
	page_free_range(PA(address), SIZE_2M);
	return true;
}

static int unit_offer(struct vm *vm, uint32_t node)
{
	struct numa_place place = {.node = node, .allowed = 1u << node};
	void *unit = page_is_available(UNIT_ORDER) ? page_alloc_at(UNIT_ORDER, place) : NULL;
	struct smccc result;
	int error;

	if (!unit)
		return -ENOMEM;
	result = hypercall(BH_MEMORY_ADD, vm->id, virt_to_phys(unit).v);
	error = call_errno(&result);
	if (error) {
		page_free(unit, UNIT_ORDER);
		return error;
	}
	vm->memory += SIZE_2M; /* until it is taken back */
	error = tell(vm, EXCHANGE_OFFER, node, virt_to_phys(unit).v);
	if (error && unit_take(vm, virt_to_phys(unit).v))
		vm->memory -= SIZE_2M;
	return error;
}

static int answer_take(struct vm *vm, unsigned *waiting, uint64_t *due)
{
	struct exchange_message message;
	int error = hear(vm, &message, due);

	if (error)
		return error;
	if (message.kind != EXCHANGE_ACCEPTED && message.kind != EXCHANGE_REFUSED)
		return 0;
	--*waiting;
	if (message.kind == EXCHANGE_ACCEPTED)
		return 0;
	if (unit_take(vm, message.address))
		vm->memory -= SIZE_2M;
	return -ENOMEM;
}

/* An offer that is never answered stays offered: the VM may take it later, and it comes back with the VM. */
static int grow(struct vm *vm, uint64_t units, uint32_t node)
{
	uint64_t due = units + LATE_ANSWERS;
	unsigned waiting = 0;
	int error = 0;

	while ((units || waiting) && (!error || waiting)) {
		int failed = 0;

		if (units && !error && waiting < WINDOW) {
			error = unit_offer(vm, node);
			waiting += !error;
			units--;
			continue;
		}
		failed = answer_take(vm, &waiting, &due);
		error = failed ? failed : error;
		if (failed && failed != -ENOMEM)
			return failed;
	}
	return error == -ENOMEM ? 0 : error;
}

static int shrink(struct vm *vm, uint64_t units)
{
	uint64_t due = units + LATE_ANSWERS;
	int error = tell(vm, EXCHANGE_WANT, (uint32_t)units, 0);

	while (!error && units) {
		struct exchange_message message;

		error = hear(vm, &message, &due);
		if (error || message.kind == EXCHANGE_NO_MORE)
			return error;
		if (message.kind == EXCHANGE_RELEASED && unit_take(vm, message.address)) {
			vm->memory -= SIZE_2M;
			units--;
		}
	}
	return error;
}

int enclave_resize(struct vm *vm, uint64_t memory, uint32_t node)
{
	if (!vm->is_made || !vm->stream)
		return -EPERM;
	if (!IS_ALIGNED(memory, SIZE_2M) || memory == 0 || node >= numa_count)
		return -EINVAL;
	if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) != VMDEV_RUNNING)
		return -ESRCH;
	if (memory > vm->memory)
		return grow(vm, (memory - vm->memory) / SIZE_2M, node);
	return memory < vm->memory ? shrink(vm, (vm->memory - memory) / SIZE_2M) : 0;
}
