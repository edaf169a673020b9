/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals: what each process and each thread keeps, sending, masks, and what a thread does with a
 * signal on its way to user mode. The lock in struct signal_process guards all of it, the threads'
 * part included: taken with interrupts masked, inside process_lock, outside of the locks of wait
 * queues, run queues and heap; timers send from interrupt handlers.
 */
#ifndef LWK_SIGNAL_H
#define LWK_SIGNAL_H

#include <bulkhead/types.h>
#include <lwk/list.h>
#include <lwk/signal_abi.h>
#include <lwk/spinlock.h>

/* default action: ignore, or stop, which nobody here could undo */
#define SIGNALS_HARMLESS                                                                         \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | SIGNAL_BIT(SIGCONT) | \
	 SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))

struct process;
struct signal_queue;
struct thread;
struct trap_frame; /* the architecture's: a program's registers */

/* A signal that waits, with what is told about it. */
struct signal_entry {
	struct list link; /* to itself: in no queue */
	struct signal_queue *queue;
	struct signal_info info;
	bool is_counted; /* from the heap, counted in signal_process.counted */
};

struct signal_queue {
	uint64_t set;        /* SIGNAL_BIT of those that wait; one of them need not have an entry */
	struct list entries; /* as they came */
};

/* of the entries that a process and its threads have from the heap */
#define SIGNAL_ENTRIES_MAX 1024u

/* How restart_syscall(2) goes on with a wait that had a time limit. */
struct signal_restart {
	long (*again)(const struct signal_restart *restart);
	uint64_t deadline; /* time_now_ns() scale */
	uint64_t arguments[3];
};

struct signal_process {
	struct spinlock lock;
	struct signal_queue pending; /* for any thread */
	unsigned counted;
	bool is_protected;         /* pid 1: default actions do not end it */
	struct signal_entry child; /* SIGCHLD from the kernel */
	struct signal_action actions[SIGNAL_COUNT];
};

struct signal_thread {
	bool is_due; /* something to do before user mode; others set it, the thread clears it */
	bool has_saved;
	int call;         /* -ERESTART... of the call that was interrupted, or 0 */
	uint64_t blocked; /* written by the thread itself */
	uint64_t saved;   /* the mask to go back to, with has_saved */
	uint64_t awaited; /* by rt_sigtimedwait: wakes it though it is blocked */
	struct signal_queue pending;
	struct signal_entry fault; /* a fault of its own: needs no memory */
	struct signal_stack stack; /* sigaltstack */
	struct signal_restart restart;
};

/* A process that is made: ignores what its parent (or NULL) ignores. */
void signal_process_init(struct process *process, const struct process *parent);
/* After its last thread has gone. */
void signal_process_free(struct process *process);
/*
 * A thread enters the process's list of threads and leaves it; its mask is that of the calling
 * thread, if that belongs to a process. Caller holds process_lock.
 */
void signal_thread_join(struct process *process, struct thread *thread);
void signal_thread_leave(struct thread *thread);

enum signal_sent {
	SIGNAL_QUEUED,
	SIGNAL_MERGED,  /* one of the same number waits already */
	SIGNAL_IGNORED, /* nobody wants it */
	SIGNAL_FULL     /* too many wait: not sent */
};
/*
 * Sends info->signo to one thread of the process, or with NULL to any; wakes who is to take it. The
 * caller makes sure that both exist: they are its own, or it holds process_lock.
 */
enum signal_sent signal_send(struct process *process, struct thread *thread,
			     const struct signal_info *info);
/*
 * The same with an entry of the sender's, to the thread with this id or with 0 to any. MERGED when
 * the entry itself waits already.
 */
enum signal_sent signal_send_entry(struct process *process, int tid, struct signal_entry *entry);
/* Before an entry of the sender's is freed: it waits no more. */
void signal_entry_cancel(struct process *process, struct signal_entry *entry);
/*
 * SIGCHLD to a parent. Whether it wants to collect the child by wait4: it does not when it ignores
 * the signal or has SA_NOCLDWAIT. Caller holds process_lock.
 */
bool signal_child_ended(struct process *parent, const struct signal_info *info);
/* From the kernel to the current thread: SIGPIPE. */
void signal_raise(int signal);
/*
 * A fault of the current thread: its handler runs, or the process ends, even when it blocks or
 * ignores the signal.
 */
void signal_force(const struct signal_info *info);

/* The current thread's mask; UNBLOCKABLE signals are left out. */
void signal_set_blocked(uint64_t blocked);
/* The same until the call's end: the mask from before comes back with a handler's return. */
void signal_set_blocked_for_call(uint64_t blocked);
/* The call ends without a signal: back to the mask from before, if there was one. */
void signal_restore_blocked(void);
/* Signals that shall interrupt the current thread's waits though it blocks them; until the next. */
void signal_await(uint64_t set);
/* Signals that wait for the current thread. */
uint64_t signal_pending(void);
/* rt_sigaction: either may be NULL. */
void signal_set_action(int signal, const struct signal_action *new, struct signal_action *old);
/*
 * Takes the first signal of `set` that waits for the current thread; its number, or 0. `action`:
 * what is to be done, or NULL when the caller does not act on it.
 */
int signal_take(uint64_t set, struct signal_info *info, struct signal_action *action);

static inline bool signal_is_due(const struct signal_thread *signals)
{
	return __atomic_load_n(&signals->is_due, __ATOMIC_RELAXED);
}

/* The current thread is about to go to user mode: the architecture calls it when a signal is due. */
void signal_deliver(struct trap_frame *frame);
/*
 * A system call was interrupted, its arguments are still in the frame: `result` is -ERESTART...; it
 * is done again or fails with EINTR.
 */
void signal_call_interrupted(long result);
/* What a call returns that was interrupted and goes on like this when no handler runs. */
long signal_call_restart(const struct signal_restart *restart);
/* Stack for a handler: sigaltstack as the program sees it when its stack pointer is `sp`. */
struct signal_stack signal_stack_get(uint64_t sp);
/* 0, -EINVAL, -ENOMEM, -EPERM */
int signal_stack_set(const struct signal_stack *stack, uint64_t sp);

#endif
