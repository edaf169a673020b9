/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Doorbells between the login VM and the control task, which has the login VM's file open: FF-A notifications, bit CHANNEL_NOTIFICATION both
 * ways (bulkhead/channel.h). The login VM's wakes whoever waits for its file; they say no more than "look".
 */
#include <role/primary/vm.h>

#include <bulkhead/channel.h>
#include <bulkhead/dt.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <role/primary/vm_calls.h>

#define BELL (1u << CHANNEL_NOTIFICATION)

static struct vm *login; /* NULL: there is none */
static uint16_t self;

static void bell_interrupt(void *arg)
{
	(void)arg;
	/* taken first: one that is set after this interrupts again */
	hypercall(FFA_NOTIFICATION_GET, FFA_NOTIFICATION_GET_IDS(0, self),
		  FFA_NOTIFICATION_FROM_VMS);
	wait_queue_wake_all(&login->changed);
}

bool vm_is_login(const struct vm *vm)
{
	return vm == login;
}

int vm_notify(struct vm *vm)
{
	struct smccc call = {{FFA_NOTIFICATION_SET, FFA_NOTIFICATION_IDS(self, vm->id), 0, BELL}};

	/* refused until its kernel is ready for it; then it looks by itself */
	smccc_hvc(&call);
	vm_unpark_all(vm); /* to be run once more does no harm to a vCPU that waits */
	return call_errno(&call);
}

int vm_notify_init(void)
{
	int node = dt_find_compatible(-1, DT_VM_COMPATIBLE);
	struct smccc call;
	uint64_t id;

	if (node < 0 || !dt_number(node, DT_LOGIN_VM, &id))
		return 0;
	for (unsigned i = 0; i < VMS_MAX; i++)
		if (vms[i].id == id && vms[i].state != VMDEV_NONE)
			login = &vms[i];
	if (!login)
		return -ENODEV;
	self = (uint16_t)hypercall(FFA_ID_GET, 0, 0).x[2];
	call = (struct smccc){{FFA_NOTIFICATION_BIND, FFA_NOTIFICATION_IDS(id, self), 0, BELL}};
	smccc_hvc(&call);
	interrupt_register(BH_INTID_NPI, bell_interrupt, NULL);
	return call_errno(&call);
}
