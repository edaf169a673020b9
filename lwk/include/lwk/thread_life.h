/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How threads are made and go, for the process code and the scheduler.
 */
#ifndef LWK_THREAD_LIFE_H
#define LWK_THREAD_LIFE_H

#include <lwk/thread.h>

/*
 * A thread that will run `run(arg)` on `core` once sched_add has been called. NULL: no memory. With
 * a process, it may go to user mode.
 */
struct thread *thread_create(const char *name, unsigned core, struct process *process,
			     void (*run)(void *arg), void *arg);
/* Ids of processes and threads are one kind of number. -EAGAIN: none is free. */
int thread_id_alloc(void);
void thread_id_free(int id);
/* The thread record of code that runs already: a core's idle thread, with its stack. */
void thread_adopt(struct thread *thread, const char *name, unsigned core, void *stack);
/* Frees a thread that was never added, or that was switched away from for the last time. */
void thread_destroy(struct thread *thread);
/* Called by the scheduler for a dead thread, on another stack, interrupts masked. */
void thread_reap(struct thread *thread);
/* What the end of a thread shows to its process: robust mutexes, the word of set_tid_address. Any user memory. */
void thread_release_user(struct thread *thread);
/* Switches away for the last time. */
_Noreturn void sched_exit_current(void);

#endif
