/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the thread code tells the process code.
 */
#ifndef LWK_PROCESS_LIFE_H
#define LWK_PROCESS_LIFE_H

struct process;
struct thread;

/* A process that is in no list yet. NULL: no memory. */
struct process *process_create(const char *path);
/* Frees a process that was never added, or is collected. */
void process_destroy(struct process *process);
/*
 * Gives it a pid and its first thread, as a child of the current process; the thread gets a core. 0, or -EAGAIN:
 * no id is left.
 */
int process_add(struct process *process, struct thread *thread);
/* One more thread, which has a tid, for the current process; it gets a core. -EAGAIN: the process is being ended. */
int process_add_thread(struct thread *thread);

/* The current thread of a process that is being ended goes. */
_Noreturn void process_leave(void);
/*
 * A thread of the process has been freed; after the last one the parent is told. Any stack,
 * interrupts masked.
 */
void process_thread_gone(struct process *process);

#endif
