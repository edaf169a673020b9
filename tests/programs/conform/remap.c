/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mremap: shrinking, growing in place and elsewhere, moving to a given address, and every refusal.
 */
#include "conform.h"
#include "memory.h"
#include <string.h>
#include <sys/mman.h>

CONFORM(mremap, "mremap");

#define PAGE 4096L
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static void map(unsigned page, unsigned count, int prot)
{
	need(mmap(area_page(page), (size_t)count * PAGE, RW, ANON | MAP_FIXED, -1, 0) != MAP_FAILED,
	     "mmap");
	for (unsigned i = page; i < page + count; i++)
		*area_page(i) = (char)('a' + i - page);
	need(mprotect(area_page(page), (size_t)count * PAGE, prot) == 0, "mprotect");
}

static void show_letters(unsigned page, unsigned count)
{
	for (unsigned i = page; i < page + count; i++)
		putchar(*area_page(i) ? *area_page(i) : '0');
	putchar('\n');
}

static void check_arguments(void)
{
	area_clear();
	map(8, 4, RW);
	WHERE(mremap(area_page(8) + 1, PAGE, PAGE, 0));
	WHERE(mremap(area_page(8), PAGE, 0, 0));
	WHERE(mremap(area_page(8), 0, PAGE, 0));
	WHERE(mremap(area_page(8), 0, PAGE, MREMAP_MAYMOVE));
	WHERE(mremap(area_page(8), 4 * PAGE, PAGE, 0x100));
	WHERE(mremap(area_page(8), 4 * PAGE, PAGE, MREMAP_FIXED, area_page(20)));
	WHERE(mremap(area_page(8), 4 * PAGE, 1L << 60, MREMAP_MAYMOVE));
	WHERE(mremap(area_page(8), 4 * PAGE, -1L, MREMAP_MAYMOVE));
	WHERE(mremap(area_page(20), PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	WHERE(mremap(area_page(8), 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE));
	WHERE(mremap(area_page(8), 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     area_page(20) + 1));
	WHERE(mremap(area_page(8), 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     area_page(9)));
	WHERE(mremap(area_page(8), 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     area_page(5)));
	WHERE(mremap((void *)-4096L, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	WHERE(mremap((void *)0x1000, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	area_show("unchanged", 8, 8);
}

static void check_in_place(void)
{
	area_clear();
	map(8, 4, RW);
	WHERE(mremap(area_page(8), 4 * PAGE, 4 * PAGE, 0));
	WHERE(mremap(area_page(8), 4 * PAGE, 2 * PAGE, 0));
	area_show("shrunk", 8, 8);
	WHERE(mremap(area_page(8), 2 * PAGE, 6 * PAGE, 0));
	area_show("grown", 8, 8);
	show_letters(8, 6);
	map(14, 1, PROT_READ);
	WHERE(mremap(area_page(8), 6 * PAGE, 8 * PAGE, 0));
	WHERE(mremap(area_page(8), 6 * PAGE - 5, 6 * PAGE - 3, 0));
	/* from the middle of a mapping */
	WHERE(mremap(area_page(10), 2 * PAGE, PAGE, 0));
	area_show("a hole", 8, 8);
	WHERE(mremap(area_page(8), 2 * PAGE, 3 * PAGE, 0));
}

static void check_moved(void)
{
	char *moved;

	area_clear();
	map(8, 2, RW);
	map(10, 1, PROT_READ);
	moved = mremap(area_page(8), 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	HOLDS(moved != MAP_FAILED && moved != area_page(8));
	area_show("moved away", 8, 4);
	printf("%c%c%d%d\n", moved[0], moved[PAGE], moved[2 * PAGE], moved[3 * PAGE]);
	WHERE(mremap(moved, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area_page(30)));
	show_letters(30, 4);
	/* onto others, larger and smaller than before; permissions move along */
	map(40, 4, RW);
	WHERE(mremap(area_page(10), PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area_page(41)));
	area_show("read-only, moved", 40, 4);
	show_letters(40, 4);
	WHERE(mremap(area_page(30), 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area_page(43)));
	area_show("smaller", 28, 16);
	show_letters(40, 4);
}

static void check_dont_unmap(void)
{
	area_clear();
	map(4, 2, RW);
	WHERE(mremap(area_page(4), 2 * PAGE, 2 * PAGE, MREMAP_DONTUNMAP));
	WHERE(mremap(area_page(4), 2 * PAGE, 3 * PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE));
	WHERE(mremap(area_page(4), 2 * PAGE, 2 * PAGE,
		     MREMAP_DONTUNMAP | MREMAP_MAYMOVE | MREMAP_FIXED, area_page(9)));
	area_show("both", 4, 8);
}

static void conform_mremap(void)
{
	area_prepare();
	check_arguments();
	check_in_place();
	check_moved();
	check_dont_unmap();
}
