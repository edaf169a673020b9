/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the file system takes from the rest of the LWK, on the build host: locks that end the test when nobody gives them, a
 * heap that counts and fails on demand, copies that respect forbidden memory, time that moves when somebody sleeps.
 */
#include "lwk_fake.h"
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/clock_set.h>
#include <lwk/heap.h>
#include <lwk/limits.h>
#include <lwk/log.h>
#include <lwk/mutex.h>
#include <lwk/numa.h>
#include <lwk/process.h>
#include <lwk/sysinfo.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct core cores[CORES_MAX];
unsigned core_count = 4;
unsigned numa_count = 2;

#define ROUNDS_MAX 20000000u /* of waiting for a lock */

static uint64_t live, now = 1000; /* atomic */
static _Thread_local uint64_t countdown = UINT64_MAX;
static _Thread_local bool failed;
static _Thread_local unsigned locks_held;
static const char *bad_start, *bad_end;

uint64_t fake_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

void fake_fail_allocation(uint64_t others)
{
	countdown = others;
	failed = false;
}

bool fake_has_failed(void)
{
	return failed;
}

static bool may_allocate(void)
{
	if (countdown != UINT64_MAX && countdown-- == 0) {
		countdown = UINT64_MAX;
		failed = true;
		return false;
	}
	__atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
	return true;
}

void *kmalloc(size_t size)
{
	void *object = may_allocate() ? malloc(size) : NULL;

	return object ? memset(object, 0xa5, size) : NULL;
}

void *kzalloc(size_t size)
{
	return may_allocate() ? calloc(1, size) : NULL;
}

void kfree(void *object)
{
	__atomic_sub_fetch(&live, object != NULL, __ATOMIC_RELAXED);
	free(object);
}

void *page_alloc(unsigned order)
{
	size_t size = PAGE_SIZE << order;
	void *pages = may_allocate() ? aligned_alloc(PAGE_SIZE, size) : NULL;

	return pages ? memset(pages, 0xa5, size) : NULL;
}

void *page_alloc_user(unsigned order)
{
	return page_alloc(order);
}

void *page_alloc_zeroed(unsigned order)
{
	void *pages = page_alloc(order);

	return pages ? memset(pages, 0, PAGE_SIZE << order) : NULL;
}

void page_free(void *pages, unsigned order)
{
	(void)order;
	kfree(pages);
}

uint64_t page_free_count(void)
{
	return 12345;
}

uint64_t page_total_count(void)
{
	return 65536;
}

void mutex_init(struct mutex *mutex)
{
	*mutex = (struct mutex){.is_held = false};
}

void fake_wait(unsigned *rounds)
{
	if (++*rounds > ROUNDS_MAX)
		abort();
	sched_yield();
}

void sched_preempt_point(void)
{
}

void mutex_lock(struct mutex *mutex)
{
	unsigned rounds = 0;

	while (__atomic_exchange_n(&mutex->is_held, true, __ATOMIC_ACQUIRE))
		fake_wait(&rounds);
	locks_held++;
}

void mutex_unlock(struct mutex *mutex)
{
	locks_held--;
	__atomic_store_n(&mutex->is_held, false, __ATOMIC_RELEASE);
}

unsigned fake_locks_held(void)
{
	return locks_held;
}

uint64_t fake_time(void)
{
	return now;
}

uint64_t time_now_ns(void)
{
	return now;
}

uint64_t time_realtime_ns(void)
{
	return __atomic_add_fetch(&now, 1, __ATOMIC_RELAXED);
}

uint64_t time_boot_ns(void)
{
	return time_realtime_ns();
}

uint64_t time_since_boot(uint64_t ns)
{
	return ns;
}

uint64_t time_epoch_seconds(void)
{
	return 0;
}

uint64_t thread_cpu_ns(const struct thread *thread)
{
	(void)thread;
	return 5000000000;
}

struct limit limit_of(uint32_t resource)
{
	return (struct limit){resource, resource % 2 ? LIMIT_NONE : resource};
}

/* sleeping brings the late input; without it, the deadline */
int thread_park(uint64_t deadline)
{
	if (fake_console.input_later) {
		fake_console.input = fake_console.input_later;
		fake_console.input_later = NULL;
		return 0;
	}
	if (deadline == UINT64_MAX)
		return -ERESTARTSYS;
	now = deadline;
	return -ETIMEDOUT;
}

void wait_queue_init(struct wait_queue *queue)
{
	(void)queue;
}

void wait_queue_add(struct wait_queue *queue, struct wait_entry *entry)
{
	(void)queue;
	(void)entry;
}

void wait_queue_remove(struct wait_queue *queue, struct wait_entry *entry)
{
	(void)queue;
	(void)entry;
}

void wait_queue_wake_all(struct wait_queue *queue)
{
	(void)queue;
}

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	(void)queue;
	if (table && table->count < table->capacity)
		table->count++;
}

void poll_end(struct poll_table *table)
{
	table->count = 0;
}

void log_print(enum log_level level, const char *format, ...)
{
	(void)level;
	(void)format;
}

void arch_print_cpuinfo(struct text *text)
{
	for (unsigned i = 0; i < core_count; i++)
		text_print(text, "processor\t: %u\n", i);
}

int arch_register_core_files(const char *path)
{
	(void)path;
	return 0;
}

void address_space_print_maps(struct address_space *space, struct text *text)
{
	(void)space;
	text_print(text, "00400000-00401000 r-xp 00000000 00:00 0\n");
}

void address_space_print_numa_maps(struct address_space *space, struct text *text)
{
	address_space_print_maps(space, text);
}

void fake_set_bad_memory(const void *start, size_t size)
{
	bad_start = start;
	bad_end = bad_start + size;
}

/* how much of [at, at + bytes) the process may touch */
static size_t allowed(uint64_t address, size_t bytes)
{
	const char *at = (const char *)(uintptr_t)address;

	if (address < PAGE_SIZE || (at >= bad_start && at < bad_end))
		return 0;
	if (at < bad_start && (size_t)(bad_start - at) < bytes)
		return (size_t)(bad_start - at);
	return bytes;
}

int copy_from_user(void *to, uaddr_t from, size_t bytes)
{
	size_t copied = allowed(from.v, bytes);

	memcpy(to, (const void *)(uintptr_t)from.v, copied);
	return copied < bytes ? -EFAULT : 0;
}

int copy_to_user(uaddr_t to, const void *from, size_t bytes)
{
	size_t copied = allowed(to.v, bytes);

	memcpy((void *)(uintptr_t)to.v, from, copied);
	return copied < bytes ? -EFAULT : 0;
}

long strncpy_from_user(char *to, uaddr_t from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (copy_from_user(to + i, UADDR(from.v + i), 1))
			return -EFAULT;
		if (!to[i])
			return (long)i;
	}
	return -ENAMETOOLONG;
}

int clear_user(uaddr_t to, size_t bytes)
{
	size_t cleared = allowed(to.v, bytes);

	memset((void *)(uintptr_t)to.v, 0, cleared);
	return cleared < bytes ? -EFAULT : 0;
}
