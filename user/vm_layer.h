/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the control task's policy asks of the machine: VMs made at run time. On a node it is the LWK's device files, in tests
 * a fake. Errors are negative numbers of Linux.
 */
#ifndef USER_VM_LAYER_H
#define USER_VM_LAYER_H

#include <bulkhead/enclave.h>
#include <bulkhead/vcpu.h>
#include <bulkhead/vmdev.h>
#include <stddef.h>
#include <user/vm_task.h>

struct vm_layer {
	unsigned cores;
	bool shares_cores;     /* vCPUs of several enclaves may run on one */
	const uint8_t *places; /* the NUMA node of each core; NULL: they do not matter */
	/* the first of those that are threads of one core with it: they change hands together; NULL: each is for itself */
	const uint8_t *siblings;
	/*
	 * Why something cannot be granted, in words; NULL: it can (lib/vcpu_policy.h). No such function: the node's hypervisor isolates all
	 * enclaves, and nothing is chosen.
	 */
	const char *(*grant_refusal)(const struct enclave_grant *grant);
	bool can_isolate;      /* otherwise: the processor has what it takes to isolate enclaves */
	const char *directory; /* where files for new VMs are, base.cpio among them */
	uint64_t counter_hz;
	/* What the node has, and how many files we have open. */
	int (*node)(struct vmdev_node *node, uint32_t *files);
	/* Bytes that VMs can be made of now. */
	uint64_t (*free_memory)(void);
	/* The same by NUMA node; with `places`. */
	void (*node_memory)(uint64_t nodes[ENCLAVE_NODES_MAX]);
	/* Makes the VM that `config` describes, with the file `ramdisk`; its id. */
	int (*make)(const struct enclave_config *config, const char *ramdisk);
	/* Its file, non-blocking: bytes of its stream rings (vmdev.h). The caller closes it before destroy(). */
	int (*open)(int vm);
	int (*start)(int file, const uint16_t *cores);
	int (*stop)(int file);
	/* The login VM, which has ended: as at boot, to be started. */
	int (*reload)(int file);
	/* The login VM's doorbell: its kernel, if it lives, makes a hypercall. -EAGAIN: it does not listen. */
	int (*bell)(int file);
	/* Ends it if need be, and takes everything back. */
	int (*destroy)(int vm);
	int (*info)(int file, struct vmdev_info *info);
	int (*counters)(int file, uint16_t vcpu, struct bh_counters *counters);
	int (*fault)(int file, struct bh_fault *fault);
	/* What the hypervisor under a core has written down. NULL: there is none under each. */
	int (*report)(int file, uint32_t core, struct vcpu_report *report);
	int (*digest)(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE]);
	int (*signal)(int file, unsigned signal);
	/* While it runs: the memory it shall have, more of it on the configuration's nodes, then what it has. */
	int (*resize)(int file, const struct enclave_config *config, uint64_t *memory);
	/* Where its vCPUs run: `count` cores; without shares_cores its vCPUs become as many. */
	int (*move)(int file, const uint16_t *cores, unsigned count);
	/*
	 * What its kernel has logged from *position on, and that moved on; how many bytes. NULL: logs come otherwise (server_log).
	 */
	int (*log)(int file, uint64_t *position, char *text, size_t size);
	/* Memory of Linux's that enclaves share; waits for the VM if it runs. NULL: there is none. */
	int (*share)(struct vm_share *share);
	/*
	 * Has an eye, until the VM is destroyed, on whether its cores take interrupts, and stops it when one has not for so many seconds: as
	 * `watched` tells then, in words. Both NULL: its kernel alone does that.
	 */
	void (*watch)(int vm, unsigned seconds);
	/* Ends that. False: it had nothing to tell. */
	bool (*watched)(int vm, char *text, size_t size);
	uint64_t (*now)(void); /* virtual counter */
	/* make(), destroy(), resize() or share() elsewhere; never waits for it, but may find it done at once. */
	void (*begin)(struct vm_task *task);
	int wake; /* a file that is readable when one is done; -1: none */
};

#endif
