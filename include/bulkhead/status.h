/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Status codes that the parts' internal interfaces return: zero or a negative value of this list.
 * What crosses a privilege boundary has its own standard codes instead: FF-A, PSCI and SMCCC for
 * hypercalls, Linux errno for system calls.
 */
#ifndef BULKHEAD_STATUS_H
#define BULKHEAD_STATUS_H

enum bh_status {
	BH_OK = 0,
	BH_EINVAL = -1,  /* an argument is malformed or out of range */
	BH_ENOMEM = -2,  /* no memory, no table page, no free record */
	BH_ENOENT = -3,  /* the thing named does not exist */
	BH_EEXIST = -4,  /* something is there already */
	BH_EBUSY = -5,   /* in use; the same call may succeed later */
	BH_EPERM = -6,   /* the caller may not do this */
	BH_ERANGE = -7,  /* beyond what the format or the machine can express */
	BH_ENOTSUP = -8, /* valid, but not supported here */
	BH_ECORRUPT = -9 /* data from outside contradicts itself */
};

#endif
