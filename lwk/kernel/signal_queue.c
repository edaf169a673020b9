/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Queues of signals. Invariant: the number of every entry is in the queue's set; a number without
 * an entry is a signal about which nothing is known.
 */
#include <lwk/signal_queue.h>

/* caused by what the thread did itself: the program counter still shows where */
#define SYNCHRONOUS                                                                            \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | \
	 SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))

int signal_first(uint64_t set)
{
	if (set & SYNCHRONOUS)
		set &= SYNCHRONOUS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

void signal_queue_init(struct signal_queue *queue)
{
	queue->set = 0;
	list_init(&queue->entries);
}

void signal_queue_put(struct signal_queue *queue, struct signal_entry *entry)
{
	queue->set |= SIGNAL_BIT(entry->info.signo);
	entry->queue = queue;
	list_add_tail(&queue->entries, &entry->link);
}

void signal_queue_put_first(struct signal_queue *queue, struct signal_entry *entry)
{
	queue->set |= SIGNAL_BIT(entry->info.signo);
	entry->queue = queue;
	list_add_head(&queue->entries, &entry->link);
}

static struct signal_entry *find(const struct signal_queue *queue, int signal)
{
	list_for_each (link, &queue->entries) {
		struct signal_entry *entry = list_entry(link, struct signal_entry, link);

		if (entry->info.signo == signal)
			return entry;
	}
	return NULL;
}

struct signal_entry *signal_queue_take(struct signal_queue *queue, int signal)
{
	struct signal_entry *entry = find(queue, signal);

	if (entry)
		list_remove(&entry->link);
	if (!find(queue, signal))
		queue->set &= ~SIGNAL_BIT(signal);
	return entry;
}

void signal_queue_remove(struct signal_entry *entry)
{
	struct signal_queue *queue = entry->queue;

	if (list_is_empty(&entry->link))
		return;
	list_remove(&entry->link);
	if (!find(queue, entry->info.signo))
		queue->set &= ~SIGNAL_BIT(entry->info.signo);
}
