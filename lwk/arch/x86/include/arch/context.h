/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Switching between threads, and signals between cores.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <arch/irq.h>
#include <bulkhead/types.h>

struct core;
struct thread;

/*
 * What the thread does first: sched_finish_switch, then run(arg), then thread_exit. 0 or -ENOMEM.
 */
int arch_thread_init(struct thread *thread, void (*run)(void *arg), void *arg);
void arch_thread_free(struct thread *thread);
/* Interrupts masked; returns when `previous` is switched to again. */
void arch_switch(struct thread *previous, struct thread *next);
/* The current thread will go on on another core: nothing of it stays in this one's registers. */
void arch_thread_unload(struct thread *thread);
/* Leaves the current process's address space; needed before it is destroyed. */
void arch_space_leave(void);
/* To user mode for the first time, on the current thread's stack. */
_Noreturn void arch_user_enter(uint64_t pc, uint64_t sp);

/*
 * A thread that has never run is to return from the current thread's system call, with 0: on `stack` unless that is 0,
 * with the thread pointer *tls, or the same one when that is NULL.
 */
void arch_thread_clone(struct thread *thread, uint64_t stack, const uint64_t *tls);
/* To user mode as arch_thread_clone has prepared it. */
_Noreturn void arch_user_resume(void);

/* What the interrupt that this core handles has interrupted. */
uint64_t arch_interrupted_pc(void);
/* Where a thread of a process that is in the kernel was in user mode. */
uint64_t arch_user_pc(const struct thread *thread);

/* Takes interrupts while it waits, masked before and after. */
static inline void arch_wait_interrupt(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

/* This core does nothing any more. */
static inline _Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt" ::: "memory");
}

enum ipi { IPI_RESCHEDULE = 0, IPI_STOP = 1, IPI_FLUSH = 2 };
void arch_send_ipi(struct core *core, enum ipi ipi);

#endif
