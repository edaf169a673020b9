/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Futex operations on two words.
 */
#include <arch/barrier.h>
#include <lwk/errno.h>
#include <lwk/futex_bucket.h>

/* how often a contended word is tried before the locks are let go */
#define TRIES 16

uint64_t futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	uint64_t flags = spin_lock_irq(a < b ? &a->lock : &b->lock);

	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
	return flags;
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b, uint64_t flags)
{
	if (a != b)
		spin_unlock(a < b ? &b->lock : &a->lock);
	spin_unlock_irq(a < b ? &a->lock : &b->lock, flags);
}

static void waiter_move(struct futex_waiter *waiter, struct futex_bucket *to,
			const struct futex_key *key)
{
	list_remove(&waiter->link);
	__atomic_sub_fetch(&waiter->bucket->waiters, 1, __ATOMIC_RELAXED);
	if (!to->queue.next)
		list_init(&to->queue);
	list_add_tail(&to->queue, &waiter->link);
	__atomic_add_fetch(&to->waiters, 1, __ATOMIC_RELAXED);
	waiter->key = *key;
	__atomic_store_n(&waiter->bucket, to, __ATOMIC_RELAXED);
}

static int move_locked(struct futex_bucket *from, const struct futex_key *from_key,
		       struct futex_bucket *to, const struct futex_key *to_key, int count)
{
	struct list *last = from->queue.next ? from->queue.prev : NULL;
	int moved = 0;

	/* what is moved within one bucket comes behind `last` */
	for (struct list *link = last ? from->queue.next : NULL, *next; link && moved < count;
	     link = next) {
		struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);

		next = link == last ? NULL : link->next;
		if (link == &from->queue || !futex_key_equal(&waiter->key, from_key))
			continue;
		waiter_move(waiter, to, to_key);
		moved++;
	}
	return moved;
}

/* whether the word is as expected: 0, -EAGAIN, -EFAULT */
static int word_compare(uaddr_t word, const uint32_t *expected)
{
	uint32_t found;

	if (!expected)
		return 0;
	if (user_word_read(word, &found) != 0)
		return -EFAULT;
	return found == *expected ? 0 : -EAGAIN;
}

int futex_requeue(uaddr_t word, uaddr_t to, int wake, int move, const uint32_t *expected)
{
	struct futex_key from_key = futex_key_of(word), to_key = futex_key_of(to);
	struct futex_bucket *from = futex_bucket_of(&from_key), *target = futex_bucket_of(&to_key);
	int status, count = 0;

	do {
		uint64_t flags = futex_lock_two(from, target);

		status = word_compare(word, expected);
		if (status == 0) {
			if (wake > 0)
				count = futex_wake_locked(from, &from_key, wake, FUTEX_ANY);
			count += move_locked(from, &from_key, target, &to_key, move);
		}
		futex_unlock_two(from, target, flags);
		if (status == -EFAULT && futex_fault_in(word, false) != 0)
			return -EFAULT;
	} while (status == -EFAULT);
	return status ? status : count;
}

/* bits of the operand of FUTEX_WAKE_OP, futex(2) */
#define OP(word)            ((word) >> 28 & 7)
#define OP_SHIFT            (UINT32_C(1) << 31)
#define OP_COMPARISON(word) ((word) >> 24 & 15)
#define OP_ARGUMENT(word)   ((int32_t)((word) << 8) >> 20)
#define OP_COMPARED(word)   ((int32_t)((word) << 20) >> 20)

enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_COUNT };
enum { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE, COMPARE_COUNT };

static uint32_t op_apply(uint32_t operation, uint32_t old)
{
	uint32_t argument = (uint32_t)OP_ARGUMENT(operation);

	if (operation & OP_SHIFT)
		argument = UINT32_C(1) << (argument & 31);
	switch (OP(operation)) {
	case OP_SET:
		return argument;
	case OP_ADD:
		return old + argument;
	case OP_OR:
		return old | argument;
	case OP_ANDN:
		return old & ~argument;
	default:
		return old ^ argument;
	}
}

static bool op_compare(uint32_t operation, uint32_t old)
{
	int32_t value = (int32_t)old, compared = OP_COMPARED(operation);

	switch (OP_COMPARISON(operation)) {
	case COMPARE_EQ:
		return value == compared;
	case COMPARE_NE:
		return value != compared;
	case COMPARE_LT:
		return value < compared;
	case COMPARE_LE:
		return value <= compared;
	case COMPARE_GT:
		return value > compared;
	default:
		return value >= compared;
	}
}

/* 0; -EFAULT; -EAGAIN: others change the word all the time */
static int op_perform(uaddr_t word, uint32_t operation, uint32_t *old)
{
	uint32_t found;

	if (user_word_read(word, &found) != 0)
		return -EFAULT;
	for (unsigned i = 0; i < TRIES; i++) {
		*old = found;
		if (user_word_exchange(word, *old, op_apply(operation, *old), &found) != 0)
			return -EFAULT;
		if (found == *old)
			return 0;
	}
	return -EAGAIN;
}

int futex_wake_op(uaddr_t first, uaddr_t second, int wake, int wake_second, uint32_t operation)
{
	struct futex_key key = futex_key_of(first), second_key = futex_key_of(second);
	struct futex_bucket *bucket = futex_bucket_of(&key);
	struct futex_bucket *second_bucket = futex_bucket_of(&second_key);
	int status, woken = 0;

	if (OP(operation) >= OP_COUNT || OP_COMPARISON(operation) >= COMPARE_COUNT)
		return -ENOSYS;
	do {
		uint64_t flags = futex_lock_two(bucket, second_bucket);
		uint32_t old;

		status = op_perform(second, operation, &old);
		if (status == 0) {
			woken = futex_wake_locked(bucket, &key, wake, FUTEX_ANY);
			if (op_compare(operation, old))
				woken += futex_wake_locked(second_bucket, &second_key, wake_second,
							   FUTEX_ANY);
		}
		futex_unlock_two(bucket, second_bucket, flags);
		if (status == -EFAULT && futex_fault_in(second, true) != 0)
			return -EFAULT;
	} while (status);
	return woken;
}
