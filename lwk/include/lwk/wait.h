/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting. A wait queue says "something may have changed"; whoever waits looks at its condition
 * again after every wake-up, which may be spurious. A wake-up between the look and the sleep is not
 * lost (thread_park in thread.h). Each queue has its own lock, innermost but for the run queues':
 * wake-ups may come from interrupt handlers and under any other lock.
 */
#ifndef LWK_WAIT_H
#define LWK_WAIT_H

#include <lwk/errno.h>
#include <lwk/list.h>
#include <lwk/spinlock.h>
#include <lwk/thread.h>

#define WAIT_FOREVER UINT64_MAX

struct wait_queue {
	struct spinlock lock;
	struct list waiters;
};

struct wait_entry {
	struct list link;
	struct thread *thread;
};

#define WAIT_QUEUE_INIT(name)                        \
	{                                            \
		.waiters = LIST_INIT((name).waiters) \
	}

void wait_queue_init(struct wait_queue *queue);
void wait_queue_add(struct wait_queue *queue, struct wait_entry *entry); /* the current thread */
void wait_queue_remove(struct wait_queue *queue, struct wait_entry *entry);
void wait_queue_wake_all(struct wait_queue *queue);

/*
 * Waits until `condition` holds. `deadline`: time_now_ns() scale, or WAIT_FOREVER. 0, -ETIMEDOUT,
 * or -ERESTARTSYS as thread_park; the condition is looked at once more before either, and
 * not again once it held: it may take what it found.
 */
#define wait_queue_sleep(queue, condition, deadline)     \
	({                                               \
		struct wait_entry entry_;                \
		int result_ = 0;                         \
		wait_queue_add((queue), &entry_);        \
		for (;;) {                               \
			if (condition) {                 \
				result_ = 0;             \
				break;                   \
			}                                \
			if (result_)                     \
				break;                   \
			result_ = thread_park(deadline); \
		}                                        \
		wait_queue_remove((queue), &entry_);     \
		result_;                                 \
	})

/*
 * Waiting for one of several files (ppoll). A file's poll operation calls poll_wait for each queue
 * that announces its changes, then returns what is ready now. poll_wait does nothing when `table`
 * is NULL (a mere query).
 */
#define POLL_IN   0x0001u
#define POLL_PRI  0x0002u
#define POLL_OUT  0x0004u
#define POLL_ERR  0x0008u
#define POLL_HUP  0x0010u
#define POLL_NVAL 0x0020u

struct poll_slot {
	struct wait_queue *queue;
	struct wait_entry entry;
};

struct poll_table {
	struct poll_slot *slots; /* the caller's array */
	size_t capacity;
	size_t count;
};

void poll_wait(struct poll_table *table, struct wait_queue *queue);
void poll_end(struct poll_table *table); /* leaves every queue */

#endif
