/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Vectors for programs (bulkhead/vectors.h). Which one is free Linux knows: it is asked, one question at a time, and answers in order. An answer
 * that nobody waits for any more is given back, and so is what a process had that ends; what was for a core that leaves Linux forgets itself. A
 * count for each vector is all that an interrupt leaves behind.
 */
#include <role/cokernel/cokernel.h>

#include <bulkhead/vectors.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/mutex.h>
#include <lwk/process.h>
#include <lwk/wait.h>

#define FIRST     (COKERNEL_VECTOR_FIRST + 1) /* the doorbell is the kernel's */
#define COUNT     (COKERNEL_VECTOR_LAST - COKERNEL_VECTOR_FIRST)
#define ANSWER_NS (10 * NS_PER_SECOND)
#define NO_ANSWER UINT32_MAX

/* Changed under vectors_lock, but for the count. A new `life` behind each change of hands: who waits sees that it is not his any more. */
struct vector {
	struct process *owner; /* NULL: nobody's here; Linux may have it signalled */
	uint32_t core;
	bool is_gone; /* Linux has forgotten it, and its owner does not know yet */
	uint32_t life;
	uint64_t count;
};

static struct mutex question_lock = MUTEX_INIT(question_lock); /* outside of the next */
static struct mutex vectors_lock = MUTEX_INIT(vectors_lock);
static struct vector vectors[COUNT];
static uint32_t departures[COKERNEL_CORES_MAX]; /* of cores; under vectors_lock */
static struct wait_queue signalled = WAIT_QUEUE_INIT(signalled);
static struct wait_queue answered = WAIT_QUEUE_INIT(answered);
static struct spinlock answer_lock; /* of the next two */
static uint32_t answer;
static unsigned abandoned; /* questions whose answers are to come */

static void vector_interrupt(void *vector)
{
	__atomic_fetch_add(&((struct vector *)vector)->count, 1, __ATOMIC_RELEASE);
	wait_queue_wake_all(&signalled);
}

void cokernel_vector_is(uint32_t vector)
{
	bool is_late;

	spin_lock(&answer_lock);
	is_late = abandoned > 0;
	abandoned -= is_late;
	if (!is_late)
		__atomic_store_n(&answer, vector, __ATOMIC_RELEASE);
	spin_unlock(&answer_lock);
	if (!is_late)
		wait_queue_wake_all(&answered);
	else if (vector - FIRST < COUNT)
		memory_exchange_tell(EXCHANGE_VECTOR_FREE, vector, 0);
}

/* What has come at last, or NO_ANSWER: it will be late. */
static uint32_t answer_abandon(void)
{
	uint32_t vector;

	spin_lock(&answer_lock);
	vector = answer;
	abandoned += vector == NO_ANSWER;
	spin_unlock(&answer_lock);
	return vector;
}

/* Told under vectors_lock, so before or behind what is told of the core's departure. */
static long ask(uint32_t core, uint32_t *departure)
{
	long status = 0;

	mutex_lock(&vectors_lock);
	__atomic_store_n(&answer, NO_ANSWER, __ATOMIC_RELAXED);
	if (core >= core_count || !cores[core].is_online)
		status = -EINVAL;
	else if (!memory_exchange_tell(EXCHANGE_VECTOR_WANT, core, 0))
		status = -EIO;
	else
		*departure = departures[core];
	mutex_unlock(&vectors_lock);
	return status;
}

/* 0: there is none */
static long answer_await(uint32_t *vector)
{
	int status;

	cokernel_ring();
	status = wait_queue_sleep(
		&answered, (*vector = __atomic_load_n(&answer, __ATOMIC_ACQUIRE)) != NO_ANSWER,
		time_now_ns() + ANSWER_NS);
	if (status)
		*vector = answer_abandon();
	if (*vector != NO_ANSWER)
		return 0;
	return status == -ERESTARTSYS ? status : -EIO;
}

/* caller holds vectors_lock */
static void vector_change(struct vector *vector, struct process *owner, bool is_gone)
{
	__atomic_store_n(&vector->owner, owner, __ATOMIC_RELAXED);
	__atomic_store_n(&vector->is_gone, is_gone, __ATOMIC_RELAXED);
	__atomic_store_n(&vector->life, vector->life + 1, __ATOMIC_RELEASE);
}

/* Linux knows which is free, whoever had it here. */
static long vector_take(uint32_t core, uint32_t departure, uint32_t number)
{
	struct vector *vector;
	long status = 0;

	mutex_lock(&vectors_lock);
	if (departures[core] != departure) {
		status = -EINVAL; /* Linux forgets it with the core */
	} else if (number - FIRST >= COUNT) {
		status = -ENOSPC;
	} else {
		vector = &vectors[number - FIRST];
		vector->core = core;
		vector->count = 0;
		vector_change(vector, process_current(), false);
		wait_queue_wake_all(&signalled);
	}
	mutex_unlock(&vectors_lock);
	return status;
}

static long vector_alloc(uint32_t *value)
{
	uint32_t vector, departure;
	long status;

	mutex_lock(&question_lock);
	status = ask(*value, &departure);
	if (status == 0)
		status = answer_await(&vector);
	if (status == 0)
		status = vector_take(*value, departure, vector);
	mutex_unlock(&question_lock);
	if (status == 0)
		*value = vector;
	return status;
}

/* caller holds vectors_lock */
static bool vector_let_go(struct vector *vector)
{
	bool is_told = vector->is_gone ||
		       memory_exchange_tell(EXCHANGE_VECTOR_FREE,
					    FIRST + (uint32_t)(vector - vectors), 0);

	vector_change(vector, NULL, false);
	wait_queue_wake_all(&signalled);
	cokernel_ring();
	return is_told;
}

static long vector_free(uint32_t number)
{
	long status = -EINVAL;

	mutex_lock(&vectors_lock);
	if (number - FIRST < COUNT && vectors[number - FIRST].owner == process_current())
		status = vector_let_go(&vectors[number - FIRST]) ? 0 : -EIO;
	mutex_unlock(&vectors_lock);
	return status;
}

void cokernel_process_ends(const struct process *process)
{
	mutex_lock(&vectors_lock);
	for (unsigned i = 0; i < COUNT; i++)
		if (vectors[i].owner == process)
			vector_let_go(&vectors[i]);
	mutex_unlock(&vectors_lock);
}

void cokernel_vectors_leave(uint32_t core)
{
	mutex_lock(&vectors_lock);
	departures[core]++;
	for (unsigned i = 0; i < COUNT; i++) {
		if (!vectors[i].owner || vectors[i].core != core || vectors[i].is_gone)
			continue;
		vector_change(&vectors[i], vectors[i].owner, true);
	}
	mutex_unlock(&vectors_lock);
	wait_queue_wake_all(&signalled);
}

/* Linux may move a target at any time: a signal that was on its way goes where it was. */
static long target_signal(uint32_t id)
{
	for (unsigned i = 0; i < COKERNEL_TARGETS_MAX; i++) {
		const struct cokernel_target *target = &cokernel_shared()->targets[i];

		if (__atomic_load_n(&target->id, __ATOMIC_ACQUIRE) == id &&
		    cokernel_send(&target->apic, &target->vector))
			return 0;
	}
	return -ENOENT;
}

/* One's own, or one that nobody has here: then Linux may have it signalled. What changes meanwhile shows in its life, which is read first. */
static long vector_look(const struct vector *vector, uint32_t *life)
{
	const struct process *owner;

	*life = __atomic_load_n(&vector->life, __ATOMIC_ACQUIRE);
	owner = __atomic_load_n(&vector->owner, __ATOMIC_RELAXED);
	if (owner && owner != process_current())
		return -EINVAL;
	return __atomic_load_n(&vector->is_gone, __ATOMIC_RELAXED) ? -ENXIO : 0;
}

/* until it has changed hands, or more have come */
static long vector_sleep(const struct vector *vector, uint32_t life, uint64_t *count)
{
	uint64_t seen;
	bool is_lost;
	int status;

	status = wait_queue_sleep(
		&signalled,
		(is_lost = __atomic_load_n(&vector->life, __ATOMIC_ACQUIRE) != life) ||
			(seen = __atomic_load_n(&vector->count, __ATOMIC_ACQUIRE)) > *count,
		WAIT_FOREVER);
	if (status)
		return status;
	if (is_lost)
		return -ENXIO;
	*count = seen;
	return 0;
}

static long vector_wait(uaddr_t argument)
{
	struct vectors_wait wait;
	uint32_t life;
	long status;

	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	if (wait.vector - FIRST >= COUNT || wait.zero)
		return -EINVAL;
	status = vector_look(&vectors[wait.vector - FIRST], &life);
	if (status == 0)
		status = vector_sleep(&vectors[wait.vector - FIRST], life, &wait.count);
	return status ? status : copy_to_user(argument, &wait, sizeof(wait));
}

static long vectors_change(unsigned command, uaddr_t argument)
{
	uint32_t value;
	long status;

	if (copy_from_user(&value, argument, sizeof(value)))
		return -EFAULT;
	status = command == VECTORS_ALLOC ? vector_alloc(&value) : vector_free(value);
	if (status == 0 && copy_to_user(argument, &value, sizeof(value)))
		status = -EFAULT;
	return status;
}

static long vectors_ioctl(void *device, unsigned command, uaddr_t argument)
{
	uint32_t id;

	(void)device;
	switch (command) {
	case VECTORS_ALLOC:
	case VECTORS_FREE:
		return vectors_change(command, argument);
	case VECTORS_WAIT:
		return vector_wait(argument);
	case VECTORS_SIGNAL:
		return copy_from_user(&id, argument, sizeof(id)) ? -EFAULT : target_signal(id);
	default:
		return -ENOTTY;
	}
}

static const struct device_ops vectors_ops = {.ioctl = vectors_ioctl};

int cokernel_vectors_init(void)
{
	for (unsigned i = 0; i < COUNT; i++)
		interrupt_register(FIRST + i, vector_interrupt, &vectors[i]);
	return device_register(VECTORS_PATH, &vectors_ops, NULL);
}
