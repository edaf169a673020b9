/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the LWK's memory code takes from the architecture and from the scheduler.
 */
#include "machine.h"
#include <arch/space.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/mutex.h>
#include <lwk/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *fake_memory;
unsigned fake_preempt_points;
unsigned fake_node;
struct thread fake_thread;

void fake_memory_create(uint64_t size)
{
	fake_memory = aligned_alloc(SIZE_2M, size);
	if (!fake_memory)
		abort();
	memset(fake_memory, 0xa5, size);
}

void arch_clear_pages(void *pages, uint64_t bytes)
{
	memset(pages, 0, bytes);
}

void arch_sync_code(const void *code, uint64_t bytes)
{
	(void)code, (void)bytes;
}

static void *table_alloc(void *ctx)
{
	(void)ctx;
	return page_alloc_zeroed(0);
}

static void table_free(void *ctx, void *table)
{
	(void)ctx;
	page_free(table, 0);
}

static pa_t table_to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return virt_to_phys(table);
}

static void *table_to_va(void *ctx, pa_t pa)
{
	(void)ctx;
	return phys_to_virt(pa);
}

static void nothing(void *ctx, const void *start, size_t bytes)
{
	(void)ctx, (void)start, (void)bytes;
}

static void flush_nothing(void *ctx, uint64_t in, uint64_t size)
{
	(void)ctx, (void)in, (void)size;
}

const struct pt_ops arch_user_pt_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = table_to_pa,
	.to_va = table_to_va,
	.publish = nothing,
	.flush = flush_nothing,
};
const struct pt_format *const arch_user_pt_format = &pt_arm64_stage1;

int arch_space_init(struct arch_space *space, void *root)
{
	space->root = root;
	return 0;
}

void arch_space_free(struct arch_space *space)
{
	space->root = NULL;
}

void sched_preempt_point(void)
{
	fake_preempt_points++;
}

unsigned numa_here(void)
{
	return fake_node;
}

struct core *arch_core_self(void)
{
	static struct core core;

	core.queue.current = &fake_thread;
	return &core;
}

void mutex_init(struct mutex *mutex)
{
	mutex->is_held = false;
}

void mutex_lock(struct mutex *mutex)
{
	if (mutex->is_held)
		abort();
	mutex->is_held = true;
}

void mutex_unlock(struct mutex *mutex)
{
	mutex->is_held = false;
}

/* one thread: nobody would give the lock */
void fake_wait(unsigned *rounds)
{
	(void)rounds;
	abort();
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	abort();
}
