/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of the module's files, as tables: each is copied in whole, checked for who may, done, copied out whole. What a call is given is
 * the kernel's own copy.
 */
#ifndef COKERNEL_DEVICE_H
#define COKERNEL_DEVICE_H

#include <linux/fs.h>
#include <linux/types.h>

#define CALL_IN    1u
#define CALL_OUT   2u
#define CALL_ADMIN 4u  /* of whoever opened the manager */
#define CALL_LOOK  8u  /* changes nothing that others do, so it need not wait for them */
#define CALL_END   16u /* whoever waits for an answer of the co-kernel gives up */
#define CALL_OWN   32u /* takes its locks itself */

struct device_call {
	u32 number;
	u16 size;
	u16 flags;
	/* >= 0: what the call answers */
	int (*act)(void *subject, void *payload);
};

/* NULL with *error: -ENOTTY, none of them; -EPERM. */
const struct device_call *device_call_find(const struct device_call *calls, size_t count,
					   bool is_admin, unsigned int number, long *error);
/* How a file has a call done, with the locks that it wants: none of them is held while memory of the caller's is touched, which may take for ever. */
typedef long (*device_run)(void *subject, const struct device_call *call, void *payload);
long device_call(const struct device_call *call, void *subject, unsigned long argument,
		 device_run run);

/* manager.c */
int manager_init(void);
void manager_exit(void);
/* enclave_file.c: a file descriptor; takes over the reference. */
struct enclave;
int enclave_file_make(struct enclave *enclave, bool is_admin);

#endif
