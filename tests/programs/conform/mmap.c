/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mmap, munmap, mprotect, brk: arguments, what lies where afterwards, what a file brings.
 */
#include "conform.h"
#include "memory.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

CONFORM(mmap, "mmap munmap mprotect brk");

#define PAGE 4096L
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)
static void check_arguments(void)
{
	DONE(SYS(mmap, 0L, 0L, PROT_READ, ANON, -1, 0L));
	DONE(SYS(mmap, 0L, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0L));
	DONE(SYS(mmap, 0L, PAGE, PROT_READ, ANON, -1, 1L));
	DONE(SYS(mmap, 0L, PAGE, PROT_READ, ANON | MAP_SHARED, -1, PAGE));
	DONE(SYS(mmap, 0L, PAGE, PROT_READ, MAP_PRIVATE, -1, 0L));
	DONE(SYS(mmap, 0L, PAGE, PROT_READ, MAP_PRIVATE, 999, 0L));
	DONE(SYS(mmap, 0L, -1L, PROT_READ, ANON, -1, 0L));
	DONE(SYS(mmap, 0L, 1L << 60, PROT_READ, ANON | MAP_NORESERVE, -1, 0L));
	DONE(SYS(mmap, 0L, 1L << 48, PROT_READ, ANON | MAP_NORESERVE, -1, 0L));
	DONE(SYS(mmap, area + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0L));
	DONE(SYS(mmap, area + 1, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0L));
	DONE(SYS(mmap, 1L << 52, PAGE, RW, ANON | MAP_FIXED, -1, 0L));
	DONE(SYS(mmap, -PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0L));
	DONE(SYS(mmap, -PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0L));
	DONE(SYS(mmap, 0L, PAGE, RW, 0, -1, 0L));
	DONE(SYS(mmap, 0L, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0L));
	DONE(SYS(munmap, area, 0L));
	DONE(SYS(munmap, area + 1, PAGE));
	DONE(SYS(munmap, area, -1L));
	DONE(SYS(munmap, -PAGE, PAGE));
	DONE(SYS(munmap, -PAGE, 2 * PAGE));
	DONE(SYS(mprotect, area + 1, PAGE, PROT_READ));
	DONE(SYS(mprotect, area, 0L, PROT_READ));
	DONE(SYS(mprotect, area, PAGE, 0x100));
	DONE(SYS(mprotect, area, PAGE, PROT_GROWSDOWN | PROT_GROWSUP));
	DONE(SYS(mprotect, area, -1L, PROT_READ));
	DONE(SYS(mprotect, -PAGE, PAGE, PROT_READ));
}

/* in an area without mappings but the ones made here */
static void check_placement(void)
{
	area_clear();
	WHERE(mmap(area_page(10), 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
	WHERE(mmap(area_page(20), 2 * PAGE, RW, ANON, -1, 0));
	WHERE(mmap(area_page(21), PAGE, RW, ANON, -1, 0));
	WHERE(mmap(area_page(10), PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	WHERE(mmap(area_page(9), 2 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	WHERE(mmap(area_page(9), PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	area_show("mapped", 8, 16);
	*area_page(10) = *area_page(11) = *area_page(12) = *area_page(13) = 'a';
	WHERE(mmap(area_page(11), 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
	area_show("replaced", 8, 8);
	printf("%d %d %d %d\n", *area_page(10), *area_page(11), *area_page(12), *area_page(13));
	area_clear();
	area_show("cleared", 8, 16);
}

/* holes in a mapping, at its ends and in its middle; of several at once */
static void check_unmap(void)
{
	area_clear();
	WHERE(mmap(area_page(4), 16 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
	VALUE(munmap(area_page(4), PAGE));
	VALUE(munmap(area_page(19), PAGE));
	VALUE(munmap(area_page(8), 2 * PAGE));
	VALUE(munmap(area_page(12), 1));
	area_show("holes", 2, 20);
	VALUE(munmap(area_page(0), 10 * PAGE));
	area_show("more", 2, 20);
	VALUE(munmap(area_page(0), 10 * PAGE));
	VALUE(munmap(area_page(0), AREA_PAGES * PAGE));
	area_show("all", 2, 20);
}

static void check_protect(void)
{
	area_clear();
	WHERE(mmap(area_page(0), 16 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
	memset(area, 'b', 16 * PAGE);
	VALUE(mprotect(area_page(2), 3 * PAGE, PROT_READ));
	VALUE(mprotect(area_page(4), 2 * PAGE, PROT_NONE));
	VALUE(mprotect(area_page(8), 1, PROT_NONE));
	VALUE(mprotect(area_page(10), PAGE, PROT_READ | PROT_EXEC));
	VALUE(mprotect(area_page(11), PAGE, PROT_WRITE));
	VALUE(mprotect(area_page(12), PAGE, RW | PROT_EXEC));
	area_show("protected", 0, 16);
	VALUE(mprotect(area_page(0), 16 * PAGE, PROT_READ));
	area_show("read only", 0, 16);
	for (unsigned i = 0; i < 16; i++)
		need(*area_page(i) == 'b', "contents that stay");
	/* what lies before a hole has changed, what lies behind it has not */
	VALUE(munmap(area_page(8), PAGE));
	VALUE(mprotect(area_page(6), 4 * PAGE, RW));
	area_show("up to a hole", 0, 16);
	VALUE(mprotect(area_page(8), PAGE, RW));
}

/* a mapping of more pages than the file has */
static void check_file(void)
{
	char buffer[8];
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644), rd, wr;

	for (int i = 0; i < 3000; i++)
		need(write(fd, "abcd", 4) == 4, "write");
	rd = open("file", O_RDONLY);
	wr = open("file", O_WRONLY);
	area_clear();
	WHERE(mmap(area_page(0), 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, rd, 0));
	WHERE(mmap(area_page(4), PAGE, RW, MAP_PRIVATE | MAP_FIXED, rd, 2 * PAGE));
	WHERE(mmap(area_page(5), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, rd, 0));
	WHERE(mmap(area_page(6), PAGE, RW, MAP_SHARED | MAP_FIXED, rd, 0));
	WHERE(mmap(area_page(6), PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, wr, 0));
	WHERE(mmap(area_page(6), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, wr, 0));
	WHERE(mmap(area_page(6), PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, rd, 100));
	WHERE(mmap(area_page(6), 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, rd,
		   INT64_MAX - 4095));
	area_show("of a file", 0, 8);
	printf("%.4s %.4s %d %.4s\n", area_page(0), area_page(4),
	       *(area_page(4) + 12000 - 2 * PAGE), area_page(5));
	memcpy(area_page(4), "mine", 4);
	VALUE(pread(rd, buffer, 4, 2 * PAGE));
	printf("the file: %.4s\n", buffer);
	VALUE(mprotect(area_page(0), PAGE, RW));
	memcpy(area_page(0), "also", 4);
	VALUE(pread(rd, buffer, 4, 0));
	printf("the file: %.4s\n", buffer);
	WHERE(mmap(area_page(8), PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, open(".", O_RDONLY), 0));
	close(rd);
	printf("after close: %.4s\n", area_page(5));
}

static void check_brk(void)
{
	char *start = (char *)SYS(brk, 0L), *odd = start + 100;

	HOLDS((char *)SYS(brk, 1L) == start);
	HOLDS((char *)SYS(brk, start + 5 * PAGE) == start + 5 * PAGE);
	start[5 * PAGE - 1] = 'x';
	HOLDS((char *)SYS(brk, odd) == odd);
	HOLDS((char *)SYS(brk, 0L) == odd);
	HOLDS((char *)SYS(brk, start + 5 * PAGE) == start + 5 * PAGE);
	VALUE(start[5 * PAGE - 1]);
	HOLDS((char *)SYS(brk, start) == start);
	HOLDS((char *)SYS(brk, -1L) == start);
	HOLDS((char *)SYS(brk, 1L << 47) == start);
	/* no further than the next mapping */
	HOLDS(mmap((char *)(((uintptr_t)start + 8 * PAGE) & -4096UL), PAGE, RW, ANON | MAP_FIXED,
		   -1, 0) != MAP_FAILED);
	HOLDS((char *)SYS(brk, start + 16 * PAGE) == start);
	HOLDS((char *)SYS(brk, start + PAGE) == start + PAGE);
}

static void conform_mmap(void)
{
	area_prepare();
	check_arguments();
	check_placement();
	check_unmap();
	check_protect();
	check_file();
	check_brk();
}
