/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs of this node, through the device files of the LWK: /dev/vm/new and /dev/vm/N (bulkhead/vmdev.h).
 */
#ifndef USER_VM_NODE_H
#define USER_VM_NODE_H

#include <user/vm_layer.h>

#define CONTROL_CORE  0          /* where the control task runs */
#define VM_NODE_IMAGE "/lwk.img" /* the kernel of every VM that is made */

/* Constant once it was asked for. */
const struct vm_layer *vm_node_layer(void);

/*
 * A description of a VM with `memory` bytes split evenly between the first `nodes` NUMA nodes, vCPUs anywhere. Whoever has more to say
 * changes it. Too long texts are cut.
 */
void vm_node_describe(struct enclave_config *config, const char *name, uint32_t vcpus,
		      uint64_t memory, uint32_t nodes, const char *bootargs);

#endif
