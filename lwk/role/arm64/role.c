/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which role this kernel has.
 */
#include <bulkhead/dt.h>
#include <lwk/dt.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <string.h>

const struct role *role;

static const struct role *const vm_roles[] = {&role_primary, &role_secondary};

void role_find(void)
{
	int node = dt_find_compatible(-1, DT_VM_COMPATIBLE);
	const char *name = node < 0 ? NULL : dt_string(node, "role");

	if (node < 0) {
		role = &role_native;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(vm_roles); i++) {
		if (name && strcmp(name, vm_roles[i]->name) == 0) {
			role = vm_roles[i];
			return;
		}
	}
	panic("device tree: unknown role in /hypervisor");
}
