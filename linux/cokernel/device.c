// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See device.h. */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <inject.h>
#include "device.h"

const struct device_call *device_call_find(const struct device_call *calls, size_t count,
					   bool is_admin, unsigned int number, long *error)
{
	for (size_t i = 0; i < count; i++) {
		if (calls[i].number != number)
			continue;
		*error = (calls[i].flags & CALL_ADMIN) && !is_admin ? -EPERM : 0;
		return *error ? NULL : &calls[i];
	}
	*error = -ENOTTY;
	return NULL;
}

static long do_call(const struct device_call *call, void *subject, void __user *argument,
		    void *payload, device_run run)
{
	long status;

	if ((call->flags & CALL_IN) && copy_from_user(payload, argument, call->size))
		return -EFAULT;
	/* before it is done: whoever cannot be told what was made would have made it for nobody */
	if ((call->flags & CALL_IN) && (call->flags & CALL_OUT) &&
	    copy_to_user(argument, payload, call->size))
		return -EFAULT;
	status = run(subject, call, payload);
	if (status >= 0 && (call->flags & CALL_OUT) && copy_to_user(argument, payload, call->size))
		return -EFAULT;
	return status;
}

long device_call(const struct device_call *call, void *subject, unsigned long argument,
		 device_run run)
{
	void *payload = inject_fails() ? NULL : kzalloc(call->size ? call->size : 1, GFP_KERNEL);
	long status;

	if (!payload)
		return -ENOMEM;
	status = do_call(call, subject, (void __user *)argument, payload, run);
	kfree(payload);
	return status;
}
