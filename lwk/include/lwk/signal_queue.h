/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Queues of signals that wait. The callers hold the lock of the process's signals.
 */
#ifndef LWK_SIGNAL_QUEUE_H
#define LWK_SIGNAL_QUEUE_H

#include <lwk/signal.h>

/* the number that is taken first of a set; 0 for an empty one */
int signal_first(uint64_t set);

void signal_queue_init(struct signal_queue *queue);
/* Behind the others; an entry of its own number that a sender keeps may be in the queue only once. */
void signal_queue_put(struct signal_queue *queue, struct signal_entry *entry);
/* Before the others of its number. */
void signal_queue_put_first(struct signal_queue *queue, struct signal_entry *entry);
/*
 * Takes the oldest of this number, which waits. Its entry, or NULL when it came without one.
 */
struct signal_entry *signal_queue_take(struct signal_queue *queue, int signal);
/* Takes one certain entry out, if it is in a queue. */
void signal_queue_remove(struct signal_entry *entry);

#endif
