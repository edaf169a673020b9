/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Advisory locks, all in one list: there are few, and hardly ever two owners. An owner's record locks on a file do not overlap. Owns
 * locks_lock, innermost but for wait queues'.
 */
#include <lwk/errno.h>
#include <lwk/fs_lock.h>
#include <lwk/heap.h>
#include <lwk/list.h>
#include <lwk/spinlock.h>
#include <lwk/wait.h>

struct lock {
	struct list link;
	struct lock_request held;
};

static struct spinlock locks_lock;
static struct list locks = LIST_INIT(locks);
static unsigned lock_count; /* read without the lock by lock_release */
static struct wait_queue changed = WAIT_QUEUE_INIT(changed);

static struct lock *lock_of(struct list *link)
{
	return list_entry(link, struct lock, link);
}

static void lock_add(struct lock *lock)
{
	list_add_tail(&locks, &lock->link);
	__atomic_add_fetch(&lock_count, 1, __ATOMIC_RELAXED);
}

static void lock_drop(struct lock *lock)
{
	list_remove(&lock->link);
	__atomic_sub_fetch(&lock_count, 1, __ATOMIC_RELAXED);
	kfree(lock);
}

static bool is_same_kind(const struct lock_request *a, const struct lock_request *b)
{
	return a->node == b->node && a->is_whole == b->is_whole;
}

static bool overlaps(const struct lock_request *a, const struct lock_request *b)
{
	return a->start <= b->last && b->start <= a->last;
}

static const struct lock_request *find_conflict(const struct lock_request *wanted)
{
	list_for_each (link, &locks) {
		const struct lock_request *held = &lock_of(link)->held;

		if (is_same_kind(held, wanted) && held->owner != wanted->owner &&
		    overlaps(held, wanted) &&
		    (held->type == LOCK_WRITE || wanted->type == LOCK_WRITE))
			return held;
	}
	return NULL;
}

/* side by side or overlapping */
static bool touches(const struct lock_request *a, const struct lock_request *b)
{
	bool apart = (a->last != UINT64_MAX && a->last + 1 < b->start) ||
		     (b->last != UINT64_MAX && b->last + 1 < a->start);

	return !apart;
}

/* Makes room for `wanted` in an own lock, which grows or is cut. *spare is used when it becomes two. */
static void make_way(struct lock *lock, struct lock_request *wanted, struct lock **spare)
{
	struct lock_request *held = &lock->held;

	if (held->type == wanted->type) {
		wanted->start = held->start < wanted->start ? held->start : wanted->start;
		wanted->last = held->last > wanted->last ? held->last : wanted->last;
		lock_drop(lock);
	} else if (!overlaps(held, wanted)) {
		return;
	} else if (held->start < wanted->start && held->last > wanted->last) {
		(*spare)->held = *held;
		(*spare)->held.start = wanted->last + 1;
		lock_add(*spare);
		*spare = NULL;
		held->last = wanted->start - 1;
	} else if (held->start < wanted->start) {
		held->last = wanted->start - 1;
	} else if (held->last > wanted->last) {
		held->start = wanted->last + 1;
	} else {
		lock_drop(lock);
	}
}

/* caller holds locks_lock; takes over what it uses of new[0] (the lock) and new[1] (a second piece) */
static int set_locked(struct lock_request wanted, struct lock *new[2])
{
	if (wanted.type != LOCK_NONE && find_conflict(&wanted))
		return -EAGAIN;
	list_for_each_safe(link, next, &locks)
	{
		struct lock *lock = lock_of(link);

		if (is_same_kind(&lock->held, &wanted) && lock->held.owner == wanted.owner &&
		    touches(&lock->held, &wanted))
			make_way(lock, &wanted, &new[1]);
	}
	if (wanted.type != LOCK_NONE) {
		new[0]->held = wanted;
		lock_add(new[0]);
		new[0] = NULL;
	}
	return 0;
}

static int try_set(const struct lock_request *request, struct lock *new[2])
{
	int status;

	spin_lock(&locks_lock);
	status = set_locked(*request, new);
	spin_unlock(&locks_lock);
	return status;
}

int lock_set(const struct lock_request *request, bool wait)
{
	struct lock *new[2] = {kmalloc(sizeof(struct lock)), kmalloc(sizeof(struct lock))};
	int status = new[0] && new[1] ? try_set(request, new) : -ENOMEM;
	int waited = 0;

	if (status == -EAGAIN && wait)
		waited = wait_queue_sleep(&changed, (status = try_set(request, new)) != -EAGAIN,
					  WAIT_FOREVER);
	kfree(new[0]);
	kfree(new[1]);
	if (status == 0) /* others may fit now */
		wait_queue_wake_all(&changed);
	return waited ? waited : status;
}

void lock_find(struct lock_request *request)
{
	const struct lock_request *found;

	spin_lock(&locks_lock);
	found = find_conflict(request);
	if (found)
		*request = *found;
	else
		request->type = LOCK_NONE;
	spin_unlock(&locks_lock);
}

void lock_release(const void *owner, const struct node *node)
{
	if (__atomic_load_n(&lock_count, __ATOMIC_RELAXED) == 0)
		return;
	spin_lock(&locks_lock);
	list_for_each_safe(link, next, &locks)
	{
		struct lock *lock = lock_of(link);

		if (lock->held.owner == owner && (!node || lock->held.node == node))
			lock_drop(lock);
	}
	spin_unlock(&locks_lock);
	wait_queue_wake_all(&changed);
}
