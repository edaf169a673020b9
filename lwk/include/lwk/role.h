/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The role of this kernel on its machine: alone (native), scheduler of the node (primary), in a VM that another LWK schedules
 * (secondary), all three found at boot in the device tree; or on cores beside Linux (co-kernel). A role says
 * where the log goes, how the wire reaches the operator, and how power is turned off; everything
 * else is the same in all of them.
 */
#ifndef LWK_ROLE_H
#define LWK_ROLE_H

#include <bulkhead/types.h>

struct process;

struct role {
	const char *name;
	bool uses_physical_timer;
	const char *init_files[3]; /* what descriptors 0 to 2 of pid 1 are open on */
	/*
	 * Boot core; memory and device tree are there, interrupts are not. From its return on
	 * log_write works. 0 or -errno, which ends the boot.
	 */
	int (*init)(void);
	/*
	 * interrupts, cores and the file tree are there: wire (wire_init), devices, threads. 0 or
	 * -errno.
	 */
	int (*start)(void);
	/* whole lines, sanitized; any context, any core, one call at a time */
	void (*log_write)(const char *text, size_t size);
	void (*power_off)(void); /* returns only when it cannot */
	/* the calling core has come, or is about to stop for good; NULL where nobody wants to know */
	void (*core_up)(void);
	void (*core_down)(void);
	/* its last thread is about to end: what the role's devices keep for it goes; NULL: nothing */
	void (*process_ends)(const struct process *process);
};

extern const struct role role_native;
extern const struct role role_primary;
extern const struct role role_secondary;
extern const struct role role_cokernel;
extern const struct role *role; /* NULL until role_find */

void role_find(void);
/* of VMs without a console: lines for the hypervisor's log */
void vm_log_write(const char *text, size_t size);

#endif
