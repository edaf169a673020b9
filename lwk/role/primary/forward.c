/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device interrupts of the login VM, when the manifest has them come to the primary: each is passed on at once, on the core that took it.
 */
#include <role/primary/vm.h>

#include <bulkhead/dt.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <role/primary/vm_calls.h>

static uint64_t login;

static void forward(void *arg)
{
	hypercall(BH_INTR_INJECT, FFA_VM_VCPU(login, 0), (uint64_t)arg);
}

void vm_forward_init(void)
{
	int node = dt_find_compatible(-1, DT_VM_COMPATIBLE);
	uint32_t id;

	if (!dt_number(node, "forward-vm", &login))
		return;
	for (unsigned i = 0; dt_cell(node, DT_FORWARD, i, &id) && id < INTERRUPT_MAX; i++) {
		interrupt_register(id, forward, (void *)(uint64_t)id);
		irqchip->enable(id);
	}
}
