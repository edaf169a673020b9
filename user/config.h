/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /control.conf: what the control task starts. A line for each VM, started in this order; vCPU i runs on core Ci of the primary:
 *   vm ID cores C0,C1,...                                             one of the boot manifest
 *   login ID cores C0,C1,... [watchdog S]                             the same, whose Linux may give commands; ended when it does not
 *                                                                     answer for so many seconds (0: never)
 *   make FILE memory BYTES nodes N cores C0,C1,... [args BOOTARGS]    one made now, of the kernel /lwk.img and the ramdisk FILE
 */
#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#include <bulkhead/vmdev.h>
#include <stdbool.h>
#include <stddef.h>

#define CONFIG_PATH     "/control.conf"
#define CONFIG_VMS_MAX  32
#define CONFIG_WATCHDOG 60 /* seconds, when the line does not tell */

/* Strings lie in the text that was parsed. */
struct config_vm {
	uint16_t vm; /* of the boot manifest */
	bool is_login;
	uint16_t watchdog;   /* seconds */
	const char *ramdisk; /* of one to be made; NULL: it is there */
	uint64_t memory;     /* bytes */
	uint32_t nodes;
	const char *bootargs;
	uint16_t vcpus;
	struct vmdev_start start;
};

struct config {
	struct config_vm vms[CONFIG_VMS_MAX];
	size_t count;
};

/* Changes `text`, which has to stay. 0, or the number of the line that is wrong. */
unsigned config_parse(char *text, struct config *config);

#endif
