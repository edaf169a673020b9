/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of the machine that take long, made while the loop of the control task goes on: a VM is made, resized, destroyed, the login VM
 * loaded again. One at a time for each; whoever began it owns the structure again, and may change what it points to, when it is done.
 */
#ifndef USER_VM_TASK_H
#define USER_VM_TASK_H

#include <bulkhead/command.h>
#include <bulkhead/enclave.h>
#include <stdbool.h>

struct vm_layer;

#define VM_TASK_PATH 128

enum vm_task_kind {
	VM_TASK_NONE,
	VM_TASK_MAKE,
	VM_TASK_DESTROY,
	VM_TASK_RESIZE,
	VM_TASK_RELOAD,
	VM_TASK_SHARE
};

/* What is to be done with memory that enclaves share. */
struct vm_share {
	enum share_action action;
	uint32_t id;      /* CREATE: out */
	uint32_t node;    /* CREATE */
	uint64_t size;    /* CREATE */
	const char *name; /* CREATE */
	int vm;           /* ATTACH, DETACH */
	uint32_t flags;   /* ATTACH: COMMAND_READ_ONLY */
};

struct vm_task {
	enum vm_task_kind kind;              /* NONE: nothing is under way */
	bool is_done;                        /* by atomic operations */
	int status;                          /* what the call returned */
	int vm;                              /* DESTROY; MAKE: out */
	int file;                            /* RESIZE, RELOAD: stays open meanwhile */
	uint64_t memory;                     /* RESIZE: wanted, then what it has */
	const struct enclave_config *config; /* MAKE, RESIZE */
	char ramdisk[VM_TASK_PATH];          /* MAKE */
	struct vm_share share;               /* SHARE */
};

static inline bool vm_task_is_busy(const struct vm_task *task)
{
	return task->kind != VM_TASK_NONE;
}

/* Makes the call, wherever that is. */
void vm_task_run(const struct vm_layer *layer, struct vm_task *task);
/* What has been done; NONE when nothing has. It is under way no more then. */
enum vm_task_kind vm_task_take(struct vm_task *task);

#endif
