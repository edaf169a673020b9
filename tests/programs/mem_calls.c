/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The memory calls with their error returns, and what must hold across page sizes: cuts through large pages, protection that
 * changes within them, pages that move. The same output as on Linux, with which it was written.
 */
#include "report.h"
#include <machine.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE  4096UL
#define LARGE (2UL << 20)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

#define BEYOND ((void *)(1UL << 48)) /* the end of user addresses */

static sigjmp_buf back;

static void on_fault(int signal)
{
	siglongjmp(back, signal);
}

/* whether an access is let through; what was there stays */
static int reads(volatile char *at)
{
	return sigsetjmp(back, 1) ? 0 : (*at, 1);
}

static int writes(volatile char *at)
{
	return sigsetjmp(back, 1) ? 0 : (*at = *at, 1);
}

static int runs(void *at)
{
	return sigsetjmp(back, 1) ? 0 : (((void (*)(void))at)(), 1);
}

static void print_rights(const char *what, char *at)
{
	printf("%s: %c%c\n", what, reads(at) ? 'r' : '-', writes(at) ? 'w' : '-');
}

static int is_filled(const char *at, int value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (at[i] != (char)value)
			return 0;
	return 1;
}

/* a large mapping at a multiple of 2 MiB */
static char *map_large(size_t pages)
{
	char *p = mmap(NULL, (pages + 1) * LARGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	p = (char *)(((uintptr_t)p + LARGE - 1) & ~(LARGE - 1));
	return mmap(p, pages * LARGE, RW, ANON | MAP_FIXED, -1, 0);
}

static void test_mmap_errors(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	DONE(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	DONE(mmap(NULL, PAGE, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE, -1, 0));
	DONE(syscall(SYS_mmap, NULL, PAGE, RW, ANON, -1, 1));
	DONE(mmap(BEYOND, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	DONE(mmap((char *)BEYOND - PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
	DONE(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	DONE(mmap(p + 1, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	HOLDS(mmap(p + PAGE, PAGE, RW, ANON, -1, 0) != p + PAGE);
	VALUE(munmap(p + PAGE, PAGE));
	HOLDS(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
	VALUE(munmap(p + PAGE, PAGE));
	HOLDS(mmap(p + PAGE, PAGE, RW, ANON, -1, 0) == p + PAGE);
	DONE(mmap(NULL, 1UL << 60, RW, ANON, -1, 0));
	DONE(mmap(NULL, 1UL << 46, RW, ANON, -1, 0));
	DONE(mmap(NULL, -PAGE + 1, RW, ANON, -1, 0));
	VALUE(munmap(p, -PAGE));
	VALUE(munmap(p + 1, PAGE));
	VALUE(munmap(p, 0));
	VALUE(munmap(BEYOND, PAGE));
	VALUE(munmap(p, 4 * PAGE));
	VALUE(munmap(p, 4 * PAGE));
}

static void test_mprotect(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	VALUE(mprotect(p + 1, PAGE, RW));
	VALUE(mprotect(p, 0, RW));
	VALUE(mprotect(p, 1, PROT_READ));
	print_rights("first page read-only", p);
	print_rights("second page", p + PAGE);
	VALUE(syscall(SYS_mprotect, p, PAGE, PROT_WRITE));
	print_rights("write alone", p);
	VALUE(mprotect(p, PAGE, PROT_NONE));
	print_rights("none", p);
	VALUE(syscall(SYS_mprotect, p, PAGE, 0x1000));
	VALUE(syscall(SYS_mprotect, p, -PAGE, RW));
	VALUE(munmap(p + 2 * PAGE, PAGE));
	VALUE(mprotect(p, 4 * PAGE, PROT_READ));
	print_rights("before the hole", p);
	print_rights("behind the hole", p + 3 * PAGE);
	VALUE(munmap(p, 4 * PAGE));
}

/* a function that returns the value */
static void put_code(uint32_t *at, unsigned value)
{
	at[0] = RETURN_VALUE_0(value);
	at[1] = RETURN_VALUE_1(value);
	__builtin___clear_cache((char *)at, (char *)(at + 2));
}

static void test_code(void)
{
	uint32_t *code = mmap(NULL, PAGE, RW, ANON, -1, 0);
	int wrong = 0;

	put_code(code, 1);
	HOLDS(!runs(code));
	VALUE(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
	HOLDS(runs(code));
	HOLDS(!writes((char *)code));
	for (unsigned value = 0; value < 100; value++) {
		wrong += mprotect(code, PAGE, RW) != 0;
		put_code(code, value);
		wrong += mprotect(code, PAGE, PROT_READ | PROT_EXEC) != 0;
		wrong += ((unsigned (*)(void))code)() != value;
	}
	VALUE(wrong);
	VALUE(mprotect(code, PAGE, PROT_EXEC));
	HOLDS(runs(code));
	HOLDS(!writes((char *)code));
	VALUE(munmap(code, PAGE));
}

static void test_large(void)
{
	char *p = map_large(4);

	for (size_t at = 0; at < 4 * LARGE; at += PAGE)
		p[at] = (char)(at / PAGE + 1);
	VALUE(mprotect(p + LARGE + 7 * PAGE, PAGE, PROT_READ));
	print_rights("in a large page", p + LARGE + 7 * PAGE);
	print_rights("before it", p + LARGE + 6 * PAGE);
	print_rights("after it", p + LARGE + 8 * PAGE);
	VALUE(munmap(p + 2 * LARGE + PAGE, PAGE));
	HOLDS(!reads(p + 2 * LARGE + PAGE));
	VALUE(munmap(p, PAGE));
	VALUE(munmap(p + 4 * LARGE - PAGE, PAGE));
	print_rights("head", p);
	print_rights("behind the head", p + PAGE);
	print_rights("tail", p + 4 * LARGE - PAGE);
	VALUE(madvise(p + 3 * LARGE, 10 * PAGE, MADV_DONTNEED));
	HOLDS(is_filled(p + 3 * LARGE, 0, 10 * PAGE));
	int wrong = 0;
	for (size_t page = 1; page < 4 * 512 - 1; page++) {
		if (page == 2 * 512 + 1 || (page >= 3 * 512 && page < 3 * 512 + 10))
			continue;
		wrong += p[page * PAGE] != (char)(page + 1);
	}
	VALUE(wrong);
	VALUE(mprotect(p + PAGE, LARGE, PROT_NONE));
	VALUE(mprotect(p + PAGE, LARGE, RW));
	HOLDS(p[PAGE] == 2 && p[LARGE] == 1);
	VALUE(munmap(p, 4 * LARGE));
}

static void test_mremap(void)
{
	char *p = map_large(4), *q = map_large(4), *r;

	memset(p, 1, 2 * LARGE);
	memset(p + 2 * LARGE, 2, 2 * LARGE);
	DONE(mremap(p, LARGE, LARGE, 8));
	DONE(mremap(p, LARGE, 2 * LARGE, MREMAP_FIXED, q));
	DONE(mremap(p, LARGE, 0, MREMAP_MAYMOVE));
	DONE(mremap(p + 1, LARGE, LARGE, MREMAP_MAYMOVE));
	DONE(mremap(p, 4 * LARGE, 4 * LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + LARGE));
	DONE(mremap(p, 4 * LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + LARGE + 1));
	DONE(mremap(p, 4 * LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, BEYOND));
	DONE(mremap(p, LARGE, 2 * LARGE, 0));
	HOLDS(mremap(p + LARGE, LARGE, LARGE, 0) == p + LARGE);
	HOLDS(mremap(p + 2 * LARGE, 2 * LARGE, 2 * LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	HOLDS(!reads(p + 2 * LARGE));
	HOLDS(is_filled(q, 2, 2 * LARGE) && is_filled(q + 2 * LARGE, 0, LARGE));
	r = mremap(p, 2 * LARGE, 3 * LARGE, MREMAP_MAYMOVE);
	HOLDS(r != MAP_FAILED && is_filled(r, 1, 2 * LARGE) && is_filled(r + 2 * LARGE, 0, LARGE));
	/* from an odd place, so that no large page fits */
	r = mremap(q + PAGE, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, p);
	HOLDS(r == p && is_filled(p, 2, LARGE));
	HOLDS(reads(q) && !reads(q + PAGE) && reads(q + PAGE + LARGE));
	HOLDS(mremap(q + 3 * LARGE, LARGE, PAGE, 0) == q + 3 * LARGE);
	HOLDS(reads(q + 3 * LARGE) && !reads(q + 3 * LARGE + PAGE));
	DONE(mremap(q + 3 * LARGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));
	DONE(mremap(q + 3 * LARGE + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	HOLDS(mremap(q + 3 * LARGE, PAGE, 2 * PAGE, 0) == q + 3 * LARGE);
	HOLDS(is_filled(q + 3 * LARGE, 0, 2 * PAGE));
	VALUE(mprotect(p, LARGE, PROT_READ));
	r = mremap(p, LARGE, 2 * LARGE, MREMAP_MAYMOVE);
	print_rights("moved", r);
	print_rights("grown", r + LARGE);
	HOLDS(is_filled(r, 2, LARGE));
	VALUE(munmap(r, 2 * LARGE));
	VALUE(munmap(q, 4 * LARGE));
}

static void test_mremap_keep(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0), *q;

	memset(p, 3, 4 * PAGE);
	/* the kernel looks at the address, and x86's glibc passes what the register holds */
	DONE(mremap(p, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
	DONE(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_DONTUNMAP, NULL));
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	HOLDS(q != MAP_FAILED && q != p);
	HOLDS(is_filled(q, 3, 4 * PAGE) && is_filled(p, 0, 4 * PAGE));
	VALUE(munmap(p, 4 * PAGE));
	VALUE(munmap(q, 4 * PAGE));
}

static void test_madvise(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	memset(p, 1, 4 * PAGE);
	VALUE(madvise(p, 4 * PAGE, 77));
	VALUE(madvise(p + 1, PAGE, MADV_DONTNEED));
	VALUE(madvise(p, 0, MADV_DONTNEED));
	VALUE(madvise(p, -PAGE, MADV_DONTNEED));
	for (int advice = MADV_NORMAL; advice <= MADV_WILLNEED; advice++)
		VALUE(madvise(p, 4 * PAGE, advice));
	VALUE(madvise(p, 4 * PAGE, MADV_HUGEPAGE));
	VALUE(madvise(p, 4 * PAGE, MADV_NOHUGEPAGE));
	VALUE(madvise(p, 4 * PAGE, MADV_DONTFORK));
	VALUE(madvise(p, 4 * PAGE, MADV_DONTDUMP));
	HOLDS(is_filled(p, 1, 4 * PAGE));
	VALUE(madvise(p + PAGE, PAGE, MADV_DONTNEED));
	HOLDS(is_filled(p, 1, PAGE) && is_filled(p + PAGE, 0, PAGE) &&
	      is_filled(p + 2 * PAGE, 1, PAGE));
	VALUE(munmap(p + PAGE, PAGE));
	VALUE(madvise(p, 3 * PAGE, MADV_DONTNEED));
	HOLDS(is_filled(p, 0, PAGE) && is_filled(p + 2 * PAGE, 0, PAGE));
	VALUE(madvise(p + PAGE, PAGE, MADV_NORMAL));
	VALUE(madvise(p + PAGE, PAGE, 22 /* MADV_POPULATE_READ */));
	VALUE(mprotect(p, PAGE, PROT_READ));
	VALUE(madvise(p, PAGE, 22));
	VALUE(madvise(p, PAGE, 23 /* MADV_POPULATE_WRITE */));
	VALUE(madvise(p + 2 * PAGE, 2 * PAGE, 23));
	VALUE(munmap(p, 4 * PAGE));
}

static void test_mincore(void)
{
	unsigned char there[4] = {9, 9, 9, 9};
	char *p = mmap(NULL, 4 * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	VALUE(mincore(p, 4 * PAGE, there));
	HOLDS(!(there[0] & 1) && !(there[3] & 1));
	VALUE(munmap(p, 4 * PAGE));
	p = mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);
	VALUE(mincore(p, 4 * PAGE - 1, there));
	HOLDS(there[0] & 1 && there[3] & 1);
	VALUE(mincore(p + 1, PAGE, there));
	VALUE(mincore(p, 0, there));
	VALUE(mincore(p, PAGE, (unsigned char *)8));
	VALUE(munmap(p + PAGE, PAGE));
	VALUE(mincore(p, 2 * PAGE, there));
	VALUE(munmap(p, 4 * PAGE));
}

static void test_mlock(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	VALUE(mlock(p, 4 * PAGE));
	VALUE(munlock(p, 4 * PAGE));
	VALUE(mlock(p + 1, PAGE));
	VALUE(mlock(p, 0));
	VALUE(syscall(SYS_mlock2, p, PAGE, 0));
	VALUE(syscall(SYS_mlock2, p, PAGE, 1));
	VALUE(syscall(SYS_mlock2, p, PAGE, 2));
	VALUE(munmap(p + PAGE, PAGE));
	VALUE(mlock(p, 3 * PAGE));
	VALUE(munlock(p, 3 * PAGE));
	VALUE(mlock((void *)(-2 * PAGE), 4 * PAGE));
	VALUE(mlockall(0));
	VALUE(mlockall(8));
	VALUE(mlockall(4));
	VALUE(munlockall());
	VALUE(msync(p, PAGE, MS_SYNC));
	VALUE(msync(p, PAGE, MS_ASYNC));
	VALUE(msync(p, PAGE, MS_SYNC | MS_ASYNC));
	VALUE(msync(p, PAGE, 64));
	VALUE(msync(p + 1, PAGE, MS_SYNC));
	VALUE(msync(p, 2 * PAGE, MS_SYNC));
	VALUE(munmap(p, 4 * PAGE));
}

/* memory that is shared with nobody, yet */
static void test_shared(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	HOLDS(is_filled(p, 0, 2 * PAGE));
	memset(p, 5, 2 * PAGE);
	p = mremap(p, 2 * PAGE, PAGE, 0);
	HOLDS(is_filled(p, 5, PAGE));
	VALUE(munmap(p, PAGE));
}

/* replaced at once: what was there is gone, what is around it stays */
static void test_fixed(void)
{
	char *p = map_large(3);

	memset(p, 4, 3 * LARGE);
	HOLDS(mmap(p + LARGE - PAGE, LARGE + 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0) ==
	      p + LARGE - PAGE);
	HOLDS(is_filled(p, 4, LARGE - PAGE));
	HOLDS(is_filled(p + LARGE - PAGE, 0, LARGE + 2 * PAGE));
	HOLDS(is_filled(p + 2 * LARGE + PAGE, 4, LARGE - PAGE));
	HOLDS(mmap(p, 3 * LARGE, PROT_NONE, ANON | MAP_FIXED | MAP_NORESERVE, -1, 0) == p);
	print_rights("reserved again", p + LARGE);
	VALUE(mprotect(p + PAGE, 3 * PAGE, RW));
	HOLDS(is_filled(p + PAGE, 0, 3 * PAGE));
	VALUE(munmap(p, 3 * LARGE));
}

static int stack_depth;

static int use_stack(int depth)
{
	volatile char frame[10000];

	frame[0] = (char)depth;
	stack_depth = depth;
	return depth < 1000000 ? use_stack(depth + 1) + frame[0] : 0;
}

/* The main stack grows to 8 MiB, and there it ends. */
static void test_stack(void)
{
	static char other[1 << 16];
	stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK};

	VALUE(sigaltstack(&stack, NULL));
	VALUE(sigaction(SIGSEGV, &action, NULL));
	if (sigsetjmp(back, 1) == 0)
		(void)use_stack(0);
	HOLDS(stack_depth > (7 << 20) / 10000 && stack_depth < (9 << 20) / 10000);
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_fault};

	VALUE(sigaction(SIGSEGV, &action, NULL));
	test_mmap_errors();
	test_mprotect();
	test_code();
	test_large();
	test_mremap();
	test_mremap_keep();
	test_madvise();
	test_mincore();
	test_mlock();
	test_shared();
	test_fixed();
	test_stack();
	return 0;
}
