/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls with answers in the mailbox. Owns the mailbox's mutex: from the call to FFA_RX_RELEASE the RX buffer is one thread's.
 */
#include <role/primary/vm_calls.h>

#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/mutex.h>
#include <string.h>

static struct mutex mailbox_lock = MUTEX_INIT(mailbox_lock);
static void *rx;

int call_errno(const struct smccc *result)
{
	if ((uint32_t)result->x[0] != FFA_ERROR)
		return 0;
	switch ((int32_t)result->x[2]) {
	case FFA_NOT_SUPPORTED:
		return -ENOSYS;
	case FFA_NO_MEMORY:
		return -ENOMEM;
	case FFA_BUSY:
		return -EBUSY;
	case FFA_DENIED:
		return -EAGAIN;
	default:
		return -EINVAL;
	}
}

int mailbox_init(void)
{
	void *tx = page_alloc_zeroed(0);
	struct smccc call = {{FFA_RXTX_MAP_64}};

	rx = page_alloc_zeroed(0);
	if (!tx || !rx)
		return -ENOMEM;
	call.x[1] = virt_to_phys(tx).v;
	call.x[2] = virt_to_phys(rx).v;
	call.x[3] = 1;
	smccc_hvc(&call);
	return call_errno(&call);
}

int mailbox_call(struct smccc call, void *to, size_t size, struct smccc *result)
{
	int error;

	mutex_lock(&mailbox_lock);
	smccc_hvc(&call);
	error = call_errno(&call);
	if (!error) {
		memcpy(to, rx, size);
		hypercall(FFA_RX_RELEASE, 0, 0);
	}
	mutex_unlock(&mailbox_lock);
	*result = call;
	return error;
}
