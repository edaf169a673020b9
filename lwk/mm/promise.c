/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may have the pages that are free: what mmap(2) or brk(2) granted and was not touched yet is
 * promised, and a reserve is the kernel's own. So a program hears of it when memory is gone, instead
 * of ending where it touches what it was given; and as grants end before touches do, it still has
 * the stack to act on what it heard. The count is atomic and guards nothing: pages are
 * taken from the free ones by whoever holds a promise, or finds more free than is promised.
 */
#include <lwk/page.h>

/* 1 MiB that mmap, brk, clone and files leave to what is touched without a grant: stacks that grow */
#define TOUCH_RESERVE 256u

static int64_t promised_pages;

static int64_t promised_now(void)
{
	return __atomic_load_n(&promised_pages, __ATOMIC_RELAXED);
}

static bool is_available(int64_t promised, uint64_t pages)
{
	return (int64_t)page_free_count() - promised >= (int64_t)pages;
}

bool page_is_available(unsigned order)
{
	return is_available(promised_now(), (UINT64_C(1) << order) + PAGE_RESERVE);
}

bool page_is_grantable(unsigned order)
{
	return is_available(promised_now(), (UINT64_C(1) << order) + PAGE_RESERVE + TOUCH_RESERVE);
}

/* and pages for the tables that will map them */
bool page_promise(uint64_t pages)
{
	uint64_t needed = pages + pages / (PAGE_SIZE / 8) + PAGE_RESERVE + TOUCH_RESERVE;
	int64_t promised = promised_now();

	do {
		if (!is_available(promised, needed))
			return false;
	} while (!__atomic_compare_exchange_n(&promised_pages, &promised, promised + (int64_t)pages,
					      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

uint64_t page_promised_count(void)
{
	return (uint64_t)promised_now();
}

void page_promise_renew(uint64_t pages)
{
	__atomic_fetch_add(&promised_pages, (int64_t)pages, __ATOMIC_RELAXED);
}

void page_promise_end(uint64_t pages)
{
	__atomic_fetch_sub(&promised_pages, (int64_t)pages, __ATOMIC_RELAXED);
}

void *page_alloc_user(unsigned order)
{
	return page_is_grantable(order) ? page_alloc(order) : NULL;
}
