/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /control.conf: what the control task starts. A line for each VM, started in this order:
 *   vm ID cores C0,C1,...    vCPU i runs on core Ci of the primary
 */
#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#include <bulkhead/vmdev.h>
#include <stddef.h>

#define CONFIG_PATH    "/control.conf"
#define CONFIG_VMS_MAX 32

struct config_vm {
	uint16_t vm;
	uint16_t vcpus;
	struct vmdev_start start;
};

struct config {
	struct config_vm vms[CONFIG_VMS_MAX];
	size_t count;
};

/* Changes `text`. 0, or the number of the line that is wrong. */
unsigned config_parse(char *text, struct config *config);

#endif
