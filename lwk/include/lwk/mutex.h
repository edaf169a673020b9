/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A lock whose holder may sleep and may be waited for by sleeping. For threads only, never in
 * interrupt handlers. A waiter is overtaken by those that come while it wakes up, then no more.
 */
#ifndef LWK_MUTEX_H
#define LWK_MUTEX_H

#include <lwk/wait.h>

struct mutex {
	bool is_held;
	bool hand_off; /* the first waiter gets it next; under the lock of `waiters` */
	struct wait_queue waiters;
};

#define MUTEX_INIT(name)                                   \
	{                                                  \
		.waiters = WAIT_QUEUE_INIT((name).waiters) \
	}

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex); /* even while the process is being ended */
void mutex_unlock(struct mutex *mutex);

#endif
