/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device interrupts for a vCPU of the login VM that waits: the hypervisor tells us by an SGI, a thread runs its vCPUs. The handler
 * itself cannot: vCPU threads are found under a lock that is taken with interrupts enabled.
 */
#include <role/primary/vm.h>

#include <bulkhead/hypercall.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>

static struct wait_queue wakes = WAIT_QUEUE_INIT(wakes);
static uint32_t pending;

static void wake_interrupt(void *arg)
{
	(void)arg;
	__atomic_store_n(&pending, 1, __ATOMIC_RELEASE);
	wait_queue_wake_all(&wakes);
}

/* For which vCPU is not told: to be run once more does no harm to one that waits. */
static void wake_thread(void *arg)
{
	(void)arg;
	for (;;) {
		wait_queue_sleep(&wakes, __atomic_exchange_n(&pending, 0, __ATOMIC_ACQUIRE),
				 WAIT_FOREVER);
		for (unsigned i = 0; i < VMS_MAX; i++)
			if (vm_is_login(&vms[i]))
				vm_unpark_all(&vms[i]);
	}
}

int vm_wake_init(void)
{
	interrupt_register(BH_WAKE_SGI, wake_interrupt, NULL);
	return thread_create_kernel("wake", core_self()->index, wake_thread, NULL) ? 0 : -ENOMEM;
}
