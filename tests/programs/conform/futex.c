/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * futex and its relatives. How many threads sleep on a word is known without waiting for time to pass: requeueing them to
 * another word counts them.
 */
#include "conform.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

CONFORM(futex, "futex set_robust_list get_robust_list set_tid_address");

#define WAITERS 4

static uint32_t word, other;
static const struct timespec soon = {0, 1000000}, past = {1, 0};

static void check_arguments(void)
{
	const struct timespec negative = {-1, 0}, large = {0, 1000000000}, below = {0, -1};
	char *odd = (char *)&word + 2;

	word = 0;
	VALUE(SYS(futex, &word, FUTEX_WAIT, 1, NULL));
	VALUE(SYS(futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL));
	VALUE(SYS(futex, &word, FUTEX_WAIT, 1, &soon));
	VALUE(SYS(futex, &word, FUTEX_WAIT, 0, &soon));
	VALUE(SYS(futex, &word, FUTEX_WAIT_PRIVATE, 0, &soon));
	VALUE(SYS(futex, &word, FUTEX_WAIT, 0, &negative));
	VALUE(SYS(futex, &word, FUTEX_WAIT, 0, &large));
	VALUE(SYS(futex, &word, FUTEX_WAIT, 1, &below));
	VALUE(SYS(futex, odd, FUTEX_WAIT, 0, &soon));
	VALUE(SYS(futex, odd, FUTEX_WAKE, 1));
	VALUE(SYS(futex, &word, FUTEX_WAIT_BITSET, 0, &past, NULL, 1));
	VALUE(SYS(futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &past, NULL, 1));
	VALUE(SYS(futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, -1));
	VALUE(SYS(futex, &word, FUTEX_WAIT_BITSET, 0, &past, NULL, 0));
	VALUE(SYS(futex, &word, FUTEX_WAIT_BITSET, 1, &past, NULL, 1));
	VALUE(SYS(futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	VALUE(SYS(futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1));
	VALUE(SYS(futex, &word, FUTEX_WAKE, 1));
	VALUE(SYS(futex, &word, FUTEX_WAKE, INT_MAX));
	VALUE(SYS(futex, &word, FUTEX_WAKE_PRIVATE, 1));
	VALUE(SYS(futex, &word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1));
	VALUE(SYS(futex, &word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1, NULL));
	VALUE(SYS(futex, &word, FUTEX_FD, 0));
	VALUE(SYS(futex, &word, 99, 0));
	VALUE(SYS(futex, &word, 0x1000, 0));
}

static void check_pointers(void)
{
	BAD_READ(p, SYS(futex, p, FUTEX_WAIT_PRIVATE, 0, &soon));
	BAD_READ(p, SYS(futex, p, FUTEX_WAIT, 0, &soon));
	BAD_READ(p, SYS(futex, &word, FUTEX_WAIT, 1, p));
	BAD_READ(p, SYS(futex, p, FUTEX_WAKE, 1));
	BAD_READ(p, SYS(futex, p, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1L, &other, 0));
	BAD_WRITE(p, SYS(futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1L, p, 0));
}

static void check_requeue_arguments(void)
{
	char *odd = (char *)&other + 1;

	word = 5;
	VALUE(SYS(futex, &word, FUTEX_REQUEUE, 1, 1L, &other));
	VALUE(SYS(futex, &word, FUTEX_CMP_REQUEUE, 1, 1L, &other, 5));
	VALUE(SYS(futex, &word, FUTEX_CMP_REQUEUE, 1, 1L, &other, 4));
	VALUE(SYS(futex, &word, FUTEX_REQUEUE, -1, 1L, &other));
	VALUE(SYS(futex, &word, FUTEX_REQUEUE, 1, -1L, &other));
	VALUE(SYS(futex, &word, FUTEX_REQUEUE, 1, 1L, odd));
	VALUE(SYS(futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0L, &word, 5));
	VALUE(SYS(futex, odd, FUTEX_CMP_REQUEUE, 1, 1L, &word, 0));
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP, 1, 1L, odd, 0));
	VALUE(SYS(futex, odd, FUTEX_WAKE_OP, 1, 1L, &word, 0));
}

/* the operation and what it does to the second word */
#define WAKE_OP(op, oparg, cmp, cmparg)                                                 \
	do {                                                                            \
		VALUE(SYS(futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1L, &other,           \
			  FUTEX_OP(FUTEX_OP_##op, oparg, FUTEX_OP_CMP_##cmp, cmparg))); \
		printf(#op "(" #oparg ") if " #cmp "(" #cmparg "): %u\n", other);       \
	} while (0)

static void check_wake_op(void)
{
	other = 10;
	WAKE_OP(SET, 7, EQ, 0);
	WAKE_OP(ADD, 3, NE, 0);
	WAKE_OP(ADD, -4, LT, 0);
	WAKE_OP(OR, 0x30, LE, 0);
	WAKE_OP(ANDN, 0x12, GT, 0);
	WAKE_OP(XOR, 0xff, GE, 0);
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP, 1, 1L, &other,
		  FUTEX_OP((FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT), 9, FUTEX_OP_CMP_EQ, 0)));
	HOLDS(other & 1 << 9);
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP, 1, 1L, &other, FUTEX_OP(5, 1, FUTEX_OP_CMP_EQ, 0)));
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP, 1, 1L, &other, FUTEX_OP(FUTEX_OP_SET, 1, 6, 0)));
}

struct waiter {
	pthread_t thread;
	uint32_t bits;
	int result;
};

static void *wait_run(void *argument)
{
	struct waiter *waiter = argument;

	errno = 0;
	waiter->result = (int)SYS(futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
				  waiter->bits);
	if (waiter->result < 0)
		waiter->result = -errno;
	return NULL;
}

/* `count` threads that sleep on `other`, for certain */
static void waiters_start(struct waiter *waiters, int count)
{
	int asleep = 0;

	word = 0;
	for (int i = 0; i < count; i++) {
		waiters[i].bits = UINT32_C(1) << i;
		need(pthread_create(&waiters[i].thread, NULL, wait_run, &waiters[i]) == 0,
		     "a thread");
	}
	while (asleep < count) {
		long moved = SYS(futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 0, (long)INT_MAX, &other,
				 0);

		need(moved >= 0, "requeue");
		asleep += (int)moved;
		sched_yield();
	}
}

static void waiters_end(struct waiter *waiters, int count)
{
	for (int i = 0; i < count; i++) {
		pthread_join(waiters[i].thread, NULL);
		VALUE(waiters[i].result);
	}
}

static void check_wake_counts(void)
{
	struct waiter waiters[WAITERS];

	waiters_start(waiters, WAITERS);
	VALUE(SYS(futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, 1));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, 2));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, INT_MAX));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, INT_MAX));
	waiters_end(waiters, WAITERS);
}

static void check_wake_bitset(void)
{
	struct waiter waiters[WAITERS];

	waiters_start(waiters, WAITERS);
	VALUE(SYS(futex, &other, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 0x10));
	VALUE(SYS(futex, &other, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 0x5));
	VALUE(SYS(futex, &other, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, 0x5));
	VALUE(SYS(futex, &other, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, FUTEX_BITSET_MATCH_ANY));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, INT_MAX));
	waiters_end(waiters, WAITERS);
}

static void check_requeue_counts(void)
{
	struct waiter waiters[WAITERS];

	waiters_start(waiters, WAITERS);
	other = 3;
	VALUE(SYS(futex, &other, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2L, &word, 4));
	VALUE(SYS(futex, &other, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2L, &word, 3));
	VALUE(SYS(futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, INT_MAX));
	waiters_end(waiters, WAITERS);
	/* both words have sleepers: the second ones are woken if the comparison holds */
	waiters_start(waiters, WAITERS);
	VALUE(SYS(futex, &other, FUTEX_REQUEUE_PRIVATE, 0, 1L, &word));
	other = 0;
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP_PRIVATE, INT_MAX, 2L, &other,
		  FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 1)));
	VALUE(SYS(futex, &word, FUTEX_WAKE_OP_PRIVATE, INT_MAX, 2L, &other,
		  FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 1)));
	VALUE(SYS(futex, &other, FUTEX_WAKE_PRIVATE, INT_MAX));
	waiters_end(waiters, WAITERS);
}

/* priority inheritance: errors that need no second thread */
static void check_priority_inheritance(void)
{
	word = 0;
	VALUE(SYS(futex, &word, FUTEX_TRYLOCK_PI, 0));
	VALUE(SYS(futex, &word, FUTEX_UNLOCK_PI, 0));
	VALUE(SYS(futex, &word, FUTEX_LOCK_PI, 0, NULL));
	VALUE(SYS(futex, &word, FUTEX_LOCK_PI, 0, NULL));
	VALUE(SYS(futex, &word, FUTEX_UNLOCK_PI, 0));
	VALUE(SYS(futex, &word, FUTEX_UNLOCK_PI, 0));
}

static void check_robust_list(void)
{
	struct robust_list_head head = {{&head.list}, 0, NULL}, *got, *saved;
	size_t size = 0;

	VALUE(SYS(get_robust_list, 0, &saved, &size));
	VALUE(size);
	VALUE(SYS(set_robust_list, &head, 0L));
	VALUE(SYS(set_robust_list, &head, 23L));
	VALUE(SYS(set_robust_list, &head, 25L));
	VALUE(SYS(set_robust_list, &head, sizeof(head)));
	VALUE(SYS(get_robust_list, 0, &got, &size));
	HOLDS(got == &head);
	VALUE(SYS(get_robust_list, getpid(), &got, &size));
	HOLDS(got == &head);
	VALUE(SYS(get_robust_list, 999999, &got, &size));
	BAD_WRITE(p, SYS(get_robust_list, 0, p, &size));
	BAD_WRITE(p, SYS(get_robust_list, 0, &got, p));
	/* the pointer is looked at when the thread ends */
	VALUE(SYS(set_robust_list, (void *)-8L, sizeof(head)));
	VALUE(SYS(set_robust_list, NULL, sizeof(head)));
	VALUE(SYS(set_robust_list, saved, sizeof(head)));
	HOLDS(SYS(set_tid_address, NULL) == getpid());
	HOLDS(SYS(set_tid_address, 1L) == getpid());
	HOLDS(SYS(set_tid_address, &word) == getpid());
}

struct owned {
	struct robust_list_head head;
	struct robust_list lock;
	uint32_t word;
};

static void *leave_owned(void *argument)
{
	struct owned *owned = argument;

	owned->head.list.next = &owned->lock;
	owned->head.futex_offset = (char *)&owned->word - (char *)&owned->lock;
	owned->head.list_op_pending = NULL;
	owned->lock.next = &owned->head.list;
	owned->word = (uint32_t)SYS(gettid) | FUTEX_WAITERS;
	SYS(set_robust_list, &owned->head, sizeof(owned->head));
	return NULL;
}

/* a thread that ends with a lock: it is marked, whoever waits is woken */
static void check_owner_died(void)
{
	static struct owned owned;
	pthread_t thread;

	need(pthread_create(&thread, NULL, leave_owned, &owned) == 0, "a thread");
	pthread_join(thread, NULL);
	printf("word of a dead owner: %x\n", owned.word);
}

static void conform_futex(void)
{
	check_arguments();
	check_pointers();
	check_requeue_arguments();
	check_wake_op();
	check_wake_counts();
	check_wake_bitset();
	check_requeue_counts();
	check_priority_inheritance();
	check_robust_list();
	check_owner_died();
}
