/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Vectors for programs (bulkhead/vectors.h). Which one is free Linux knows: it is asked, one question at a time, and answers in order. An answer
 * that nobody waits for any more is given back. A count for each vector is all that an interrupt leaves behind.
 */
#include <role/cokernel/cokernel.h>

#include <bulkhead/vectors.h>
#include <lwk/apic.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/mutex.h>
#include <lwk/wait.h>

#define FIRST     (COKERNEL_VECTOR_FIRST + 1) /* the doorbell is the kernel's */
#define COUNT     (COKERNEL_VECTOR_LAST - COKERNEL_VECTOR_FIRST)
#define ANSWER_NS (10 * NS_PER_SECOND)
#define NO_ANSWER UINT32_MAX

struct vector {
	bool is_used; /* under vectors_lock */
	uint64_t count;
};

static struct mutex vectors_lock = MUTEX_INIT(vectors_lock);
static struct vector vectors[COUNT];
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

/* caller holds vectors_lock; 0: there is none */
static long ask(uint32_t core, uint32_t *vector)
{
	int status;

	__atomic_store_n(&answer, NO_ANSWER, __ATOMIC_RELAXED);
	if (!memory_exchange_tell(EXCHANGE_VECTOR_WANT, core, 0))
		return -EIO;
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

static long vector_alloc(uint32_t *value)
{
	uint32_t vector;
	long status;

	if (*value >= core_count || !cores[*value].is_online)
		return -EINVAL;
	status = ask(*value, &vector);
	if (status)
		return status;
	if (vector - FIRST >= COUNT || vectors[vector - FIRST].is_used)
		return -ENOSPC;
	vectors[vector - FIRST].is_used = true;
	*value = vector;
	return 0;
}

static long vector_free(uint32_t vector)
{
	if (vector - FIRST >= COUNT || !vectors[vector - FIRST].is_used)
		return -EINVAL;
	vectors[vector - FIRST].is_used = false;
	if (!memory_exchange_tell(EXCHANGE_VECTOR_FREE, vector, 0))
		return -EIO;
	cokernel_ring();
	return 0;
}

/* Linux may move a target at any time: a signal that was on its way goes where it was. */
static long target_signal(uint32_t id)
{
	for (unsigned i = 0; i < COKERNEL_TARGETS_MAX; i++) {
		const struct cokernel_target *target = &cokernel_shared()->targets[i];
		uint32_t vector = __atomic_load_n(&target->vector, __ATOMIC_ACQUIRE);
		uint32_t apic = __atomic_load_n(&target->apic, __ATOMIC_ACQUIRE);

		if (__atomic_load_n(&target->id, __ATOMIC_RELAXED) != id || vector < 16 ||
		    vector > UINT8_MAX)
			continue;
		apic_send(apic, vector);
		return 0;
	}
	return -ENOENT;
}

static long vector_wait(uaddr_t argument)
{
	struct vectors_wait wait;
	struct vector *vector;
	uint64_t count;
	int status;

	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	if (wait.vector - FIRST >= COUNT || wait.zero)
		return -EINVAL;
	vector = &vectors[wait.vector - FIRST];
	status = wait_queue_sleep(&signalled,
				  (count = __atomic_load_n(&vector->count, __ATOMIC_ACQUIRE)) >
					  wait.count,
				  WAIT_FOREVER);
	if (status)
		return status;
	wait.count = count;
	return copy_to_user(argument, &wait, sizeof(wait));
}

static long vectors_change(unsigned command, uaddr_t argument)
{
	uint32_t value;
	long status;

	if (copy_from_user(&value, argument, sizeof(value)))
		return -EFAULT;
	mutex_lock(&vectors_lock);
	status = command == VECTORS_ALLOC ? vector_alloc(&value) : vector_free(value);
	mutex_unlock(&vectors_lock);
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
