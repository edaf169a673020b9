/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs that could not be destroyed, as a core of theirs does not answer: it and their memory are nobody's until an operator has that tried again.
 */
#ifndef USER_LOST_H
#define USER_LOST_H

#include <errno.h>
#include <user/enclave.h>

/* What destroy() returned: whether there still is such a VM. */
static inline bool vm_is_lost(int status)
{
	return status != 0 && status != -ENOENT && status != -ENODEV;
}
/* The enclave's VM is lost to it. */
void lost_add(struct enclaves *enclaves, const struct enclave *enclave);
/* Begins another attempt with all of them; lost_follow() takes what comes of it. */
void lost_retry(struct enclaves *enclaves);
void lost_follow(struct enclaves *enclaves);

#endif
