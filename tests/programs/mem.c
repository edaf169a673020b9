/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory as C libraries use it: heap patterns, mappings cut at head, tail and middle, protection changes, reservations larger than
 * the memory, growth by mremap and brk. Access is probed by system calls (EFAULT), so that nothing has to catch a signal.
 */
#include "report.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int probe;

static int readable(const void *at)
{
	return pwrite(probe, at, 1, 0) == 1;
}

/* puts back what readable() took */
static int writable(void *at)
{
	return pread(probe, at, 1, 0) == 1;
}

/* r, w, or - for each page from `at` on */
static void print_access(const char *what, char *at, unsigned pages)
{
	printf("%s: ", what);
	for (unsigned i = 0; i < pages; i++)
		putchar(!readable(at + i * PAGE) ? '-' : writable(at + i * PAGE) ? 'w' : 'r');
	putchar('\n');
}

static int is_filled(const char *at, int value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (at[i] != (char)value)
			return 0;
	return 1;
}

static void test_heap(void)
{
	enum { BLOCKS = 500 };
	static unsigned char *block[BLOCKS];
	static size_t size[BLOCKS];
	uint32_t random = 1;
	int wrong = 0;

	for (int round = 0; round < 50000; round++) {
		random = random * 1664525u + 1013904223u;
		unsigned i = (random >> 8) % BLOCKS;
		if (block[i]) {
			wrong += block[i][0] != (unsigned char)i ||
				 block[i][size[i] - 1] != (unsigned char)i;
			free(block[i]);
		}
		size[i] = 1 + (random >> 12) % (round % 100 ? 3000 : 400000);
		block[i] = malloc(size[i]);
		memset(block[i], (int)i, size[i]);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	VALUE(wrong);
	char *big = calloc(1, 20000000);
	HOLDS(is_filled(big, 0, 20000000));
	big = realloc(big, 30000000);
	HOLDS(is_filled(big, 0, 20000000));
	free(big);
	HOLDS(malloc(SIZE_MAX / 4) == NULL);
}

static void test_unmap(void)
{
	char *p = mmap(NULL, 10 * PAGE, RW, ANON, -1, 0);

	HOLDS(is_filled(p, 0, 10 * PAGE));
	memset(p, 7, 10 * PAGE);
	VALUE(munmap(p, PAGE));
	VALUE(munmap(p + 9 * PAGE, PAGE));
	VALUE(munmap(p + 4 * PAGE, 2 * PAGE - 100));
	print_access("cut", p, 10);
	HOLDS(is_filled(p + PAGE, 7, 3 * PAGE));
	VALUE(munmap(p, 10 * PAGE));
	print_access("gone", p, 10);
	VALUE(munmap(p, 10 * PAGE));
	HOLDS(mmap(p, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == p);
	HOLDS(is_filled(p, 0, 2 * PAGE));
	memset(p, 9, 2 * PAGE);
	HOLDS(mmap(p + PAGE, 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) == p + PAGE);
	print_access("over", p, 4);
	HOLDS(is_filled(p, 9, PAGE) && is_filled(p + PAGE, 0, PAGE));
	VALUE(munmap(p, 3 * PAGE));
}

static void test_protect(void)
{
	char *p = mmap(NULL, 6 * PAGE, RW, ANON, -1, 0);

	memset(p, 5, 6 * PAGE);
	VALUE(mprotect(p + PAGE, 2 * PAGE, PROT_READ));
	VALUE(mprotect(p + 4 * PAGE, PAGE, PROT_NONE));
	print_access("protected", p, 6);
	VALUE(mprotect(p, 6 * PAGE, RW));
	print_access("open again", p, 6);
	HOLDS(is_filled(p + PAGE, 5, 2 * PAGE) && is_filled(p + 4 * PAGE, 5, PAGE));
	VALUE(munmap(p + 2 * PAGE, PAGE));
	VALUE(mprotect(p, 6 * PAGE, PROT_READ));
	VALUE(syscall(SYS_mprotect, p + 1, PAGE, PROT_READ));
	VALUE(munmap(p, 6 * PAGE));
}

/* as a thread's malloc does: reserve twice the size, trim to its alignment, open a little */
static void test_reserve(void)
{
	size_t half = 64UL << 20;
	char *p = mmap(NULL, 2 * half, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	char *aligned = (char *)(((uintptr_t)p + half - 1) & ~(half - 1));

	if (aligned > p)
		VALUE(munmap(p, (size_t)(aligned - p)));
	else
		puts("munmap(p, (size_t)(aligned - p)): 0");
	VALUE(munmap(aligned + half, half - (size_t)(aligned - p)));
	VALUE(mprotect(aligned, 33 * PAGE, RW));
	memset(aligned, 1, 33 * PAGE);
	print_access("reserved", aligned + 31 * PAGE, 4);
	VALUE(madvise(aligned, 33 * PAGE, MADV_DONTNEED));
	HOLDS(is_filled(aligned, 0, 33 * PAGE));
	VALUE(munmap(aligned, half));
	p = mmap(NULL, 64UL << 30, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	HOLDS(p != MAP_FAILED);
	VALUE(mprotect(p + (32UL << 30), PAGE, RW));
	p[32UL << 30] = 1;
	VALUE(munmap(p, 64UL << 30));
}

static void test_remap(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	memset(p, 3, 4 * PAGE);
	char *q = mremap(p, 4 * PAGE, 2000 * PAGE, MREMAP_MAYMOVE);
	HOLDS(q != MAP_FAILED);
	HOLDS(is_filled(q, 3, 4 * PAGE) && is_filled(q + 4 * PAGE, 0, 1996 * PAGE));
	HOLDS(mremap(q, 2000 * PAGE, 2 * PAGE, 0) == q);
	print_access("shrunk", q, 4);
	DONE(mremap(q + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	DONE(mremap(q + 1, PAGE, PAGE, MREMAP_MAYMOVE));
	VALUE(munmap(q, 2 * PAGE));
}

/* by the system call: musl refuses sbrk, and its malloc has a break of its own */
static char *set_break(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

static void test_break(void)
{
	char *start = set_break(NULL);

	HOLDS(set_break(start + 100000) == start + 100000);
	HOLDS(is_filled(start, 0, 100000));
	memset(start, 1, 100000);
	HOLDS(set_break(NULL) == start + 100000);
	HOLDS(set_break(start + 12345) == start + 12345);
	HOLDS(set_break(start + 100000) == start + 100000);
	HOLDS(is_filled(start, 1, 12345));
	HOLDS(is_filled(start + 5 * PAGE, 0, 50000));
	HOLDS(set_break(start + INTPTR_MAX / 2) == start + 100000);
	HOLDS(set_break((char *)1) == start + 100000);
	HOLDS(set_break(start) == start);
}

static void test_errors(void)
{
	DONE(mmap(NULL, 0, RW, ANON, -1, 0));
	DONE(mmap(NULL, SIZE_MAX / 2, RW, ANON, -1, 0));
	DONE(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	DONE(mmap((void *)1, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	DONE(mmap(NULL, PAGE, RW, MAP_PRIVATE, 999, 0));
	VALUE(munmap((void *)1, PAGE));
	VALUE(munmap((void *)PAGE, 0));
	VALUE(madvise((void *)1, PAGE, MADV_DONTNEED));
}

int main(void)
{
	probe = open("mem.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	VALUE(write(probe, "ab", 2));
	test_heap();
	test_unmap();
	test_protect();
	test_reserve();
	test_remap();
	test_break();
	test_errors();
	VALUE(unlink("mem.tmp"));
	return 0;
}
