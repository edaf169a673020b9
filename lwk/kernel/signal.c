/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending signals, and the state that they meet: actions, masks, queues. A thread with is_due looks
 * at its signals before it goes to user mode; it is set by whoever changes something that could
 * make a signal deliverable, under the lock, and cleared by the thread, under the lock.
 */
#include <arch/context.h>
#include <lwk/core.h>
#include <lwk/heap.h>
#include <lwk/interval_timer.h>
#include <lwk/process.h>
#include <lwk/signal_queue.h>
#include <lwk/thread.h>

#define UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))
/* what an action's flags may be; others are not kept, so that programs can find out */
#define FLAGS_KNOWN                                                                         \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART | \
	 SA_NODEFER | SA_RESETHAND)

static struct thread *thread_of(struct list *sibling)
{
	return list_entry(sibling, struct thread, siblings);
}

void signal_process_init(struct process *process, const struct process *parent)
{
	struct signal_process *signals = &process->signals;

	signal_queue_init(&signals->pending);
	list_init(&signals->child.link);
	signals->is_protected = !parent;
	for (int i = 1; parent && i < SIGNAL_COUNT; i++) {
		if (parent->signals.actions[i].handler == SIG_IGN)
			signals->actions[i].handler = SIG_IGN;
	}
}

static void entry_done(struct signal_process *signals, struct signal_entry *entry)
{
	if (!entry || !entry->is_counted)
		return;
	signals->counted--;
	kfree(entry);
}

static void queue_flush(struct signal_process *signals, struct signal_queue *queue, uint64_t set)
{
	while (queue->set & set)
		entry_done(signals, signal_queue_take(queue, signal_first(queue->set & set)));
}

void signal_process_free(struct process *process)
{
	queue_flush(&process->signals, &process->signals.pending, UINT64_MAX);
}

/* the thread has to look at its signals, soon */
static void signal_set_due(struct thread *thread)
{
	__atomic_store_n(&thread->signals.is_due, true, __ATOMIC_RELAXED);
	if (thread != thread_current())
		thread_notify(thread);
}

static uint64_t wanted(const struct signal_thread *signals)
{
	return ~signals->blocked | signals->awaited;
}

/* Those of the shared signals in `set` are offered to threads other than `except`. */
static void offer_shared(struct process *process, const struct thread *except, uint64_t set)
{
	set &= process->signals.pending.set;
	list_for_each (link, &process->threads) {
		struct thread *thread = thread_of(link);

		if (!set)
			break;
		if (thread == except || !(set & wanted(&thread->signals)))
			continue;
		set &= ~wanted(&thread->signals);
		signal_set_due(thread);
	}
}

void signal_thread_join(struct process *process, struct thread *thread)
{
	struct signal_thread *signals = &thread->signals;
	uint64_t flags;

	signal_queue_init(&signals->pending);
	list_init(&signals->fault.link);
	signals->stack.flags = SS_DISABLE;
	if (process_current())
		signals->blocked = thread_current()->signals.blocked;
	flags = spin_lock_irq(&process->signals.lock);
	list_add_tail(&process->threads, &thread->siblings);
	spin_unlock_irq(&process->signals.lock, flags);
}

void signal_thread_leave(struct thread *thread)
{
	struct process *process = thread->process;
	uint64_t flags = spin_lock_irq(&process->signals.lock);

	list_remove(&thread->siblings);
	queue_flush(&process->signals, &thread->signals.pending, UINT64_MAX);
	offer_shared(process, NULL, wanted(&thread->signals));
	spin_unlock_irq(&process->signals.lock, flags);
}

static bool is_ignored(const struct signal_process *process, const struct signal_thread *thread,
		       int signal)
{
	uint64_t handler = process->actions[signal].handler;

	if (thread->blocked & SIGNAL_BIT(signal))
		return false; /* it may find a handler when it is unblocked */
	return handler == SIG_IGN ||
	       (handler == SIG_DFL &&
		(process->is_protected || SIGNAL_BIT(signal) & SIGNALS_HARMLESS));
}

/* An entry from the heap, or NULL: it has to do without. */
static struct signal_entry *entry_create(struct signal_process *signals,
					 const struct signal_info *info)
{
	struct signal_entry *entry = NULL;

	if (signals->counted < SIGNAL_ENTRIES_MAX)
		entry = kmalloc(sizeof(*entry));
	if (!entry)
		return NULL;
	signals->counted++;
	*entry = (struct signal_entry){.info = *info, .is_counted = true};
	return entry;
}

/* entry NULL: one is made */
static enum signal_sent send_locked(struct process *process, struct thread *thread,
				    const struct signal_info *info, struct signal_entry *entry)
{
	struct signal_process *signals = &process->signals;
	struct signal_queue *queue = thread ? &thread->signals.pending : &signals->pending;
	const struct thread *first = thread;
	uint64_t bit = SIGNAL_BIT(info->signo);

	if (!thread && !list_is_empty(&process->threads))
		first = thread_of(process->threads.next);
	if (!first || is_ignored(signals, &first->signals, info->signo))
		return SIGNAL_IGNORED;
	if (info->signo < SIGRTMIN && queue->set & bit)
		return SIGNAL_MERGED;
	entry = entry ? entry : entry_create(signals, info);
	if (!entry && info->signo >= SIGRTMIN && info->code != SI_USER)
		return SIGNAL_FULL;
	queue->set |= bit;
	if (entry)
		signal_queue_put(queue, entry);
	if (!thread)
		offer_shared(process, NULL, bit);
	else if (wanted(&thread->signals) & bit)
		signal_set_due(thread);
	return SIGNAL_QUEUED;
}

enum signal_sent signal_send(struct process *process, struct thread *thread,
			     const struct signal_info *info)
{
	uint64_t flags = spin_lock_irq(&process->signals.lock);
	enum signal_sent sent = send_locked(process, thread, info, NULL);

	spin_unlock_irq(&process->signals.lock, flags);
	return sent;
}

enum signal_sent signal_send_entry(struct process *process, int tid, struct signal_entry *entry)
{
	uint64_t flags = spin_lock_irq(&process->signals.lock);
	struct thread *thread = tid ? process_thread_find(process, tid) : NULL;
	enum signal_sent sent = SIGNAL_MERGED;

	if (tid && !thread)
		sent = SIGNAL_IGNORED;
	else if (list_is_empty(&entry->link))
		sent = send_locked(process, thread, &entry->info, entry);
	spin_unlock_irq(&process->signals.lock, flags);
	return sent;
}

void signal_entry_cancel(struct process *process, struct signal_entry *entry)
{
	uint64_t flags = spin_lock_irq(&process->signals.lock);

	signal_queue_remove(entry);
	spin_unlock_irq(&process->signals.lock, flags);
}

bool signal_child_ended(struct process *parent, const struct signal_info *info)
{
	struct signal_process *signals = &parent->signals;
	const struct signal_action *action = &signals->actions[SIGCHLD];
	uint64_t flags = spin_lock_irq(&signals->lock);
	bool is_awaited = action->handler != SIG_IGN && !(action->flags & SA_NOCLDWAIT);

	if (list_is_empty(&signals->child.link)) {
		signals->child.info = *info;
		send_locked(parent, NULL, info, &signals->child);
	}
	spin_unlock_irq(&signals->lock, flags);
	return is_awaited;
}

void signal_raise(int signal)
{
	struct process *process = process_current();
	const struct signal_info info = {
		.signo = signal, .code = SI_USER, .sent.pid = process->pid};

	signal_send(process, thread_current(), &info);
}

void signal_force(const struct signal_info *info)
{
	struct signal_process *process = &process_current()->signals;
	struct signal_thread *thread = &thread_current()->signals;
	struct signal_action *action = &process->actions[info->signo];
	uint64_t bit = SIGNAL_BIT(info->signo);
	uint64_t flags = spin_lock_irq(&process->lock);

	if (action->handler == SIG_IGN || thread->blocked & bit)
		action->handler = SIG_DFL;
	if (action->handler == SIG_DFL)
		process->is_protected = false;
	thread->blocked &= ~bit;
	signal_queue_remove(&thread->fault);
	thread->fault.info = *info;
	signal_queue_put_first(&thread->pending, &thread->fault);
	thread->is_due = true;
	spin_unlock_irq(&process->lock, flags);
}

/* caller holds the lock of the current process's signals */
static void set_blocked(uint64_t blocked)
{
	struct process *process = process_current();
	struct thread *thread = thread_current();
	struct signal_thread *signals = &thread->signals;
	uint64_t more = blocked & ~signals->blocked;

	signals->blocked = blocked & ~UNBLOCKABLE;
	offer_shared(process, thread, more);
	if ((signals->pending.set | process->signals.pending.set) & ~signals->blocked)
		signals->is_due = true;
}

void signal_set_blocked(uint64_t blocked)
{
	struct spinlock *lock = &process_current()->signals.lock;
	uint64_t flags = spin_lock_irq(lock);

	set_blocked(blocked);
	spin_unlock_irq(lock, flags);
}

void signal_set_blocked_for_call(uint64_t blocked)
{
	struct signal_thread *thread = &thread_current()->signals;

	thread->saved = thread->blocked;
	thread->has_saved = true;
	signal_set_blocked(blocked);
}

void signal_restore_blocked(void)
{
	struct signal_thread *thread = &thread_current()->signals;

	if (!thread->has_saved)
		return;
	thread->has_saved = false;
	signal_set_blocked(thread->saved);
}

void signal_await(uint64_t set)
{
	struct signal_process *process = &process_current()->signals;
	struct signal_thread *thread = &thread_current()->signals;
	uint64_t flags = spin_lock_irq(&process->lock);
	uint64_t no_more = thread->awaited & ~set & thread->blocked;

	thread->awaited = set;
	offer_shared(process_current(), thread_current(),
		     no_more); /* those it was offered and did not take */
	if ((thread->pending.set | process->pending.set) & (set | ~thread->blocked))
		thread->is_due = true;
	spin_unlock_irq(&process->lock, flags);
}

uint64_t signal_pending(void)
{
	struct process *process = process_current();
	uint64_t flags = spin_lock_irq(&process->signals.lock);
	uint64_t set = process->signals.pending.set | thread_current()->signals.pending.set;

	spin_unlock_irq(&process->signals.lock, flags);
	return set;
}

static bool is_flushed_by(const struct signal_action *action, int signal)
{
	return action->handler == SIG_IGN ||
	       (action->handler == SIG_DFL && SIGNAL_BIT(signal) & SIGNALS_HARMLESS);
}

void signal_set_action(int signal, const struct signal_action *new, struct signal_action *old)
{
	struct process *process = process_current();
	struct signal_process *signals = &process->signals;
	uint64_t flags = spin_lock_irq(&signals->lock);

	if (old)
		*old = signals->actions[signal];
	if (new) {
		signals->actions[signal] = *new;
		signals->actions[signal].flags &= FLAGS_KNOWN;
		signals->actions[signal].mask &= ~UNBLOCKABLE;
	}
	if (new &&is_flushed_by(new, signal)) {
		queue_flush(signals, &signals->pending, SIGNAL_BIT(signal));
		list_for_each (link, &process->threads)
			queue_flush(signals, &thread_of(link)->signals.pending, SIGNAL_BIT(signal));
	}
	spin_unlock_irq(&signals->lock, flags);
}

/*
 * The first signal of `set` in a queue; 0: none. *kept: its entry, if that is its sender's and may
 * be gone as soon as the lock is.
 */
static int take_from(struct signal_process *signals, struct signal_queue *queue, uint64_t set,
		     struct signal_info *info, const struct signal_entry **kept)
{
	int signal = signal_first(queue->set & set);
	struct signal_entry *entry;

	if (!signal)
		return 0;
	entry = signal_queue_take(queue, signal);
	*info = entry ? entry->info : (struct signal_info){.signo = signal};
	*kept = entry && !entry->is_counted ? entry : NULL;
	entry_done(signals, entry);
	return signal;
}

int signal_take(uint64_t set, struct signal_info *info, struct signal_action *action)
{
	struct signal_process *process = &process_current()->signals;
	struct signal_thread *thread = &thread_current()->signals;
	uint64_t flags = spin_lock_irq(&process->lock);
	const struct signal_entry *kept = NULL;
	int signal = take_from(process, &thread->pending, set, info, &kept);

	if (!signal)
		signal = take_from(process, &process->pending, set, info, &kept);
	if (action) {
		*action = process->actions[signal];
		if (action->flags & SA_RESETHAND && action->handler > SIG_IGN)
			process->actions[signal].handler = SIG_DFL;
	}
	thread->is_due = (thread->pending.set | process->pending.set) & ~thread->blocked;
	spin_unlock_irq(&process->lock, flags);
	if (kept)
		timer_signal_taken(kept, info);
	return signal;
}
