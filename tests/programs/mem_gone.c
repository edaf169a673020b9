/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program sees when memory is gone: calls that fail with ENOMEM, and work again once there is some. Every call that may
 * need memory in the kernel is made while there is none, each many times: it may succeed, or say why not, but nothing else.
 * With the argument "touch", a reservation larger than the memory is touched: that ends the program.
 */
#include "report.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE   4096UL
#define LARGE  (2UL << 20)
#define RW     (PROT_READ | PROT_WRITE)
#define ANON   (MAP_PRIVATE | MAP_ANONYMOUS)
#define BLOCKS 4096
#define ROUNDS 200

static char *blocks[BLOCKS];
static size_t block_sizes[BLOCKS];
static unsigned block_count;

/* Takes all memory that there is, by mappings of `size` bytes. */
static void take_all(size_t size)
{
	while (block_count < BLOCKS) {
		char *p = mmap(NULL, size, RW, ANON, -1, 0);

		if (p == MAP_FAILED)
			return;
		p[0] = 1;
		p[size - PAGE] = 1;
		block_sizes[block_count] = size;
		blocks[block_count++] = p;
	}
}

static void give_all(void)
{
	while (block_count > 0) {
		block_count--;
		munmap(blocks[block_count], block_sizes[block_count]);
	}
}

static unsigned strange; /* results that are neither success nor a lack of memory */

static void note(const char *what, long result)
{
	if (result >= 0 || errno == ENOMEM || errno == EAGAIN || errno == ENOSPC)
		return;
	if (strange++ < 10)
		printf("%s: %s\n", what, errno_name(errno));
}

static void *run_nothing(void *unused)
{
	return unused;
}

static void try_threads(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run_nothing, NULL);

	errno = error;
	note("pthread_create", error ? -1 : 0);
	if (!error)
		pthread_join(thread, NULL);
}

static void try_files(int round)
{
	char name[32], text[64] = "text";
	struct stat stat;
	int ends[2], fd;

	snprintf(name, sizeof(name), "file%d", round);
	fd = open(name, O_CREAT | O_RDWR, 0600);
	note("open", fd);
	if (fd >= 0) {
		note("write", write(fd, text, sizeof(text)));
		note("pwrite", pwrite(fd, text, sizeof(text), 1L << 30));
		note("ftruncate", ftruncate(fd, 100));
		note("fstat", fstat(fd, &stat));
		note("dup", close(dup(fd)) == 0 || errno == EBADF ? 0 : -1);
		close(fd);
	}
	note("mkdir", mkdir("dir", 0700));
	rmdir("dir");
	note("symlink", symlink(name, "link"));
	unlink("link");
	if (fd >= 0)
		note("rename", rename(name, "other"));
	unlink("other");
	unlink(name);
	note("pipe", pipe(ends) == 0 ? (close(ends[0]), close(ends[1]), 0) : -1);
	fd = open("/proc/self/maps", O_RDONLY);
	note("open maps", fd);
	if (fd >= 0) {
		note("read maps", read(fd, text, sizeof(text)));
		close(fd);
	}
	note("getcwd", getcwd(text, sizeof(text)) ? 0 : -1);
}

static void try_mappings(char *large)
{
	static char *reserved;
	char *p = mmap(NULL, PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	note("reserve", p == MAP_FAILED ? -1 : 0);
	if (p != MAP_FAILED)
		note("munmap", munmap(p, PAGE));
	if (!reserved)
		reserved = mmap(NULL, 1000 * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	for (unsigned i = 0; reserved != MAP_FAILED && i < 100; i += 2)
		note("mprotect", mprotect(reserved + i * PAGE, PAGE, i & 2 ? RW : PROT_READ));
	note("mprotect in a large page", mprotect(large + PAGE, PAGE, PROT_READ));
	p = mremap(blocks[0], block_sizes[0], 64 * LARGE, MREMAP_MAYMOVE);
	note("mremap", p == MAP_FAILED ? -1 : 0);
	strange += p != MAP_FAILED;
	note("madvise", madvise(large + 9 * PAGE, PAGE, MADV_DONTNEED));
	note("brk", syscall(SYS_brk, (char *)sbrk(0) + 64 * LARGE) ? 0 : -1);
	note("mlock", mlock(large, LARGE));
}

static void try_others(void)
{
	struct timespec time = {.tv_nsec = 1000};
	struct pollfd none[100];
	cpu_set_t set;

	memset(none, 0xff, sizeof(none));
	note("nanosleep", nanosleep(&time, NULL));
	note("poll", poll(none, 100, 0));
	note("affinity", sched_getaffinity(0, sizeof(set), &set));
	note("yield", sched_yield());
}

static unsigned long free_pages(void)
{
	return (unsigned long)sysconf(_SC_AVPHYS_PAGES);
}

/* A program that was told that there is no more can still call functions. */
static int use_stack(int depth)
{
	char frame[4096];

	memset(frame, depth, sizeof(frame));
	return (depth ? use_stack(depth - 1) : 0) + frame[1];
}

static void test_file(void)
{
	static char data[1 << 20];
	int fd = open("all", O_CREAT | O_RDWR, 0600);
	bool is_full;

	while (write(fd, data, sizeof(data)) > 0)
		;
	is_full = errno == ENOSPC;
	HOLDS(is_full);
	VALUE(use_stack(50));
	close(fd);
	unlink("all");
}

static void test_gone(void)
{
	char *large = mmap(NULL, 2 * LARGE, RW, ANON, -1, 0);
	unsigned long before, after;

	test_file();
	large = (char *)(((uintptr_t)large + LARGE - 1) & ~(LARGE - 1));
	memset(large, 7, LARGE);
	try_threads(); /* what C libraries keep for the next time is there */
	before = free_pages();
	take_all(16 * LARGE);
	take_all(LARGE);
	take_all(16 * PAGE);
	take_all(PAGE);
	HOLDS(block_count > 0);
	DONE(mmap(NULL, 64 * PAGE, RW, ANON, -1, 0));
	VALUE(use_stack(100));
	for (int round = 0; round < ROUNDS; round++) {
		try_files(round);
		try_mappings(large);
		try_threads();
		try_others();
	}
	VALUE(strange);
	HOLDS(large[0] == 7 && large[LARGE - 1] == 7);
	give_all();
	after = free_pages();
	HOLDS(after + 64 > before); /* tables of what stays mapped, an arena */
	take_all(LARGE);
	HOLDS(block_count > 0);
	give_all();
	HOLDS(free_pages() == after);
}

static void test_touch(void)
{
	size_t size = 1UL << 40;
	char *p = mmap(NULL, size, RW, ANON | MAP_NORESERVE, -1, 0);

	HOLDS(p != MAP_FAILED);
	fflush(stdout);
	for (size_t at = 0; at < size; at += LARGE)
		p[at] = 1;
	puts("there was more memory than there is");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "touch") == 0)
		test_touch();
	else
		test_gone();
	return 0;
}
