/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Advice about memory and what locks it: madvise, mlock and its relatives, msync, mincore.
 */
#include "conform.h"
#include "memory.h"
#include <string.h>
#include <sys/mman.h>

CONFORM(advice, "madvise mlock mlock2 munlock mlockall munlockall msync mincore");

#define PAGE 4096L
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static void check_discard(void)
{
	need(mmap(area_page(0), 8 * PAGE, RW, ANON | MAP_FIXED, -1, 0) != MAP_FAILED, "mmap");
	memset(area, 'd', 8 * PAGE);
	VALUE(madvise(area_page(1), 2 * PAGE, MADV_DONTNEED));
	VALUE(madvise(area_page(4), 1, MADV_DONTNEED));
	for (unsigned i = 0; i < 8; i++)
		printf("%d ", *area_page(i));
	putchar('\n');
	*area_page(1) = 'n';
	VALUE(madvise(area_page(0), 0, MADV_DONTNEED));
	VALUE(madvise(area_page(0) + 1, PAGE, MADV_DONTNEED));
	VALUE(madvise(area_page(0), -1L, MADV_DONTNEED));
	VALUE(madvise(area_page(0), PAGE, 9999));
	VALUE(madvise(area_page(0), 0, 9999));
	VALUE(madvise((void *)0x1000, PAGE, MADV_DONTNEED));
	VALUE(madvise((void *)-4096L, PAGE, MADV_DONTNEED));
	/* the hole is reported, the rest is done */
	need(munmap(area_page(6), PAGE) == 0, "munmap");
	VALUE(madvise(area_page(5), 3 * PAGE, MADV_DONTNEED));
	printf("%d %d\n", *area_page(5), *area_page(7));
}

static void check_hints(void)
{
	VALUE(madvise(area_page(0), PAGE, MADV_NORMAL));
	VALUE(madvise(area_page(0), PAGE, MADV_RANDOM));
	VALUE(madvise(area_page(0), PAGE, MADV_SEQUENTIAL));
	VALUE(madvise(area_page(0), PAGE, MADV_WILLNEED));
	VALUE(madvise(area_page(0), PAGE, MADV_HUGEPAGE));
	VALUE(madvise(area_page(0), PAGE, MADV_NOHUGEPAGE));
	VALUE(madvise(area_page(0), PAGE, MADV_DONTFORK));
	VALUE(madvise(area_page(0), PAGE, MADV_DOFORK));
	VALUE(madvise(area_page(0), PAGE, MADV_DONTDUMP));
	VALUE(madvise(area_page(0), PAGE, MADV_DODUMP));
	VALUE(madvise(area_page(0), PAGE, MADV_FREE));
	VALUE(madvise(area_page(0), PAGE, MADV_POPULATE_WRITE));
	printf("%d\n", *area_page(1));
}

static void check_locks(void)
{
	VALUE(mlock(area_page(0), PAGE));
	VALUE(mlock(area_page(0) + 5, 2 * PAGE));
	VALUE(mlock(area_page(0), 0));
	VALUE(mlock(area_page(6), PAGE));
	VALUE(mlock(area_page(5), 3 * PAGE));
	VALUE(SYS(mlock2, area_page(0), PAGE, 0));
	VALUE(SYS(mlock2, area_page(0), PAGE, MLOCK_ONFAULT));
	VALUE(SYS(mlock2, area_page(0), PAGE, 2));
	VALUE(SYS(mlock2, area_page(6), PAGE, 0));
	VALUE(munlock(area_page(0), PAGE));
	VALUE(munlock(area_page(6), PAGE));
	VALUE(mlockall(MCL_CURRENT));
	VALUE(mlockall(0));
	VALUE(mlockall(8));
	VALUE(mlockall(MCL_ONFAULT));
	VALUE(munlockall());
	VALUE(msync(area_page(0), PAGE, MS_SYNC));
	VALUE(msync(area_page(0), PAGE, MS_ASYNC | MS_INVALIDATE));
	VALUE(msync(area_page(0), PAGE, MS_ASYNC | MS_SYNC));
	VALUE(msync(area_page(0), PAGE, 8));
	VALUE(msync(area_page(0) + 1, PAGE, MS_SYNC));
	VALUE(msync(area_page(6), PAGE, MS_SYNC));
	VALUE(msync(area_page(5), 3 * PAGE, MS_ASYNC));
}

static void check_mincore(void)
{
	unsigned char state[8] = {0};

	*area_page(0) = *area_page(1) = 1;
	VALUE(mincore(area_page(0), 2 * PAGE, state));
	printf("%d %d\n", state[0] & 1, state[1] & 1);
	VALUE(mincore(area_page(0) + 1, PAGE, state));
	VALUE(mincore(area_page(5), 3 * PAGE, state));
	VALUE(SYS(mincore, area_page(0), -1L, state));
	VALUE(SYS(mincore, -4096L, PAGE, state));
	VALUE(mincore(area_page(0), 0, state));
	BAD_WRITE(p, SYS(mincore, area_page(0), PAGE, p));
}

static void conform_advice(void)
{
	area_prepare();
	area_clear();
	check_discard();
	check_hints();
	check_locks();
	check_mincore();
}
