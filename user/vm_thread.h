/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks (vm_task.h) on a node: each in a thread of its own, on the control task's core, so that none of them holds up another, nor a
 * core that jobs compute on.
 */
#ifndef USER_VM_THREAD_H
#define USER_VM_THREAD_H

#include <user/vm_task.h>

/* Once, before the first task: keeps this process on its core. A file that is readable when a task is done, or -1. */
int vm_thread_start(unsigned core);
/* Without memory for a thread it is done before this returns. */
void vm_thread_begin(struct vm_task *task);

#endif
