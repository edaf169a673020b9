/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may have the pages that are free: what mmap(2) or brk(2) granted and was not touched yet is
 * promised, and a reserve is the kernel's own. So a program hears of it when memory is gone, instead
 * of ending where it touches what it was given. The count is atomic and guards nothing: pages are
 * taken from the free ones by whoever holds a promise, or finds more free than is promised.
 */
#include <lwk/page.h>

static int64_t promised_pages;

static bool is_available(int64_t promised, uint64_t pages)
{
	return (int64_t)page_free_count() - promised >= (int64_t)(pages + PAGE_RESERVE);
}

bool page_is_available(unsigned order)
{
	return is_available(__atomic_load_n(&promised_pages, __ATOMIC_RELAXED), UINT64_C(1)
											<< order);
}

/* and pages for the tables that will map them */
bool page_promise(uint64_t pages)
{
	int64_t promised = __atomic_load_n(&promised_pages, __ATOMIC_RELAXED);

	do {
		if (!is_available(promised, pages + pages / (PAGE_SIZE / 8)))
			return false;
	} while (!__atomic_compare_exchange_n(&promised_pages, &promised, promised + (int64_t)pages,
					      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

uint64_t page_promised_count(void)
{
	return (uint64_t)__atomic_load_n(&promised_pages, __ATOMIC_RELAXED);
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
	return page_is_available(order) ? page_alloc(order) : NULL;
}
