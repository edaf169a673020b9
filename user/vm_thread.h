/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks (vm_task.h), each in a thread of its own, so that none of them holds up another.
 */
#ifndef USER_VM_THREAD_H
#define USER_VM_THREAD_H

#include <user/vm_task.h>

/* Once, before the first task, whose calls are `layer`'s. A file that is readable when a task is done, or -1. */
int vm_thread_start(const struct vm_layer *layer);
/* Keeps this process on its core. */
void vm_thread_stay(unsigned core);
/* Without memory for a thread it is done before this returns. */
void vm_thread_begin(struct vm_task *task);
/* Until all that were begun are done. */
void vm_thread_wait(void);

#endif
