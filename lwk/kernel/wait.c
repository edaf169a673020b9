/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Wait queues and polling of several of them.
 */
#include <lwk/thread.h>
#include <lwk/wait.h>

void wait_queue_init(struct wait_queue *queue)
{
	*queue = (struct wait_queue){.waiters = LIST_INIT(queue->waiters)};
}

void wait_queue_add(struct wait_queue *queue, struct wait_entry *entry)
{
	uint64_t flags = spin_lock_irq(&queue->lock);

	entry->thread = thread_current();
	list_add_tail(&queue->waiters, &entry->link);
	spin_unlock_irq(&queue->lock, flags);
}

void wait_queue_remove(struct wait_queue *queue, struct wait_entry *entry)
{
	uint64_t flags = spin_lock_irq(&queue->lock);

	list_remove(&entry->link);
	spin_unlock_irq(&queue->lock, flags);
}

void wait_queue_wake_all(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irq(&queue->lock);

	list_for_each (link, &queue->waiters)
		thread_unpark(list_entry(link, struct wait_entry, link)->thread);
	spin_unlock_irq(&queue->lock, flags);
}

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	struct poll_slot *slot;

	if (!table || table->count == table->capacity)
		return;
	slot = &table->slots[table->count++];
	slot->queue = queue;
	wait_queue_add(queue, &slot->entry);
}

void poll_end(struct poll_table *table)
{
	while (table->count > 0) {
		struct poll_slot *slot = &table->slots[--table->count];

		wait_queue_remove(slot->queue, &slot->entry);
	}
}
