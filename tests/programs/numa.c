/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where memory is, on a machine of several NUMA nodes: each thread touches its part of one mapping and of a static array, and
 * reads from the kernel, which reads it from the page tables, on which node each page lies. Then the policies. An argument
 * gives the number of threads; the output is the same for any machine whose threads run on the nodes in turn.
 */
#include "report.h"
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE  4096UL
#define PART  (8UL << 20)
#define LARGE (2UL << 20)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

enum { MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_LOCAL };
#define MPOL_F_NODE         1u
#define MPOL_F_ADDR         2u
#define MPOL_F_MEMS_ALLOWED 4u
#define MPOL_MF_STRICT      1u

#define THREADS_MAX 32
static char array[THREADS_MAX][PART] __attribute__((aligned(LARGE)));
static char *shared;
static unsigned node_of_thread[THREADS_MAX];
static unsigned long wrong[THREADS_MAX];
static pthread_barrier_t barrier;

static int node_of(const void *page)
{
	int node = -1;

	if (syscall(SYS_get_mempolicy, &node, NULL, 0, page, MPOL_F_NODE | MPOL_F_ADDR) != 0)
		return -1;
	return node;
}

/* how many of the pages are elsewhere than on `node`, by move_pages */
static unsigned long count_elsewhere(char *from, size_t bytes, unsigned node)
{
	unsigned long elsewhere = 0;

	for (size_t at = 0; at < bytes; at += PAGE) {
		void *page = from + at;
		int status = -1;

		syscall(SYS_move_pages, 0, 1, &page, NULL, &status, 0);
		elsewhere += status != (int)node;
	}
	return elsewhere;
}

static void *touch_part(void *argument)
{
	unsigned long i = (unsigned long)(uintptr_t)argument;
	unsigned core;

	pthread_barrier_wait(&barrier); /* all are there: each on a core of its own */
	syscall(SYS_getcpu, &core, &node_of_thread[i], NULL);
	memset(shared + i * PART, 1, PART);
	memset(array[i], 1, PART);
	pthread_barrier_wait(&barrier);
	wrong[i] = count_elsewhere(shared + i * PART, PART, node_of_thread[i]);
	wrong[i] += count_elsewhere(array[i], PART, node_of_thread[i]);
	wrong[i] += node_of(shared + i * PART) != (int)node_of_thread[i];
	return NULL;
}

static void test_touch(unsigned threads)
{
	pthread_t thread[THREADS_MAX];
	unsigned long all_wrong = 0, nodes = 0;

	shared = mmap(NULL, threads * PART, RW, ANON, -1, 0);
	pthread_barrier_init(&barrier, NULL, threads);
	for (uintptr_t i = 1; i < threads; i++)
		pthread_create(&thread[i], NULL, touch_part, (void *)i);
	touch_part(NULL);
	for (unsigned i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < threads; i++) {
		all_wrong += wrong[i];
		nodes |= 1UL << node_of_thread[i];
	}
	printf("pages elsewhere than their thread: %lu\n", all_wrong);
	printf("nodes in use: %d\n", __builtin_popcountl(nodes));
	VALUE(munmap(shared, threads * PART));
}

static unsigned long mems_allowed(void)
{
	unsigned long nodes = 0;

	VALUE(syscall(SYS_get_mempolicy, NULL, &nodes, 64, NULL, MPOL_F_MEMS_ALLOWED));
	return nodes;
}

/* for each large page of a new mapping, the node it lies on when the main thread touches it */
static void print_nodes(const char *what, char *p, size_t bytes)
{
	printf("%s:", what);
	for (size_t at = 0; at < bytes; at += LARGE) {
		p[at] = 1;
		printf(" %d", node_of(p + at));
	}
	putchar('\n');
}

static void test_policies(unsigned long nodes)
{
	size_t bytes = 4 * LARGE;
	unsigned long last = 1UL << (63 - __builtin_clzl(nodes)), mask;
	int mode;
	char *p;

	p = mmap(NULL, bytes, RW, ANON, -1, 0);
	VALUE(syscall(SYS_mbind, p, bytes, MPOL_BIND, &last, 64, 0));
	print_nodes("bound", p, bytes);
	VALUE(syscall(SYS_get_mempolicy, &mode, &mask, 64, p, MPOL_F_ADDR));
	HOLDS(mode == MPOL_BIND && mask == last);
	VALUE(syscall(SYS_mbind, p, bytes, MPOL_BIND, &last, 64, MPOL_MF_STRICT));
	VALUE(syscall(SYS_mbind, p, bytes, MPOL_BIND, &(unsigned long){1}, 64, MPOL_MF_STRICT));
	VALUE(munmap(p, bytes));

	p = mmap(NULL, bytes, RW, ANON, -1, 0);
	VALUE(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &nodes, 64));
	print_nodes("interleaved", p, bytes);
	VALUE(munmap(p, bytes));
	p = mmap(NULL, bytes, RW, ANON, -1, 0);
	VALUE(syscall(SYS_set_mempolicy, MPOL_PREFERRED, &last, 64));
	print_nodes("preferred", p, bytes);
	VALUE(munmap(p, bytes));
	p = mmap(NULL, bytes, RW, ANON, -1, 0);
	VALUE(syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0));
	print_nodes("local", p, bytes);
	VALUE(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0));
	VALUE(munmap(p, bytes));
}

static void test_errors(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
	unsigned long none = 0, one = 1, beyond = 1UL << 63;
	void *pages[] = {p, p + PAGE};
	int status[2], mode;

	VALUE(munmap(p + PAGE, PAGE));
	p[0] = 1;
	VALUE(syscall(SYS_move_pages, 0, 2, pages, NULL, status, 0));
	printf("nothing mapped: %s\n", errno_name(-status[1]));
	VALUE(syscall(SYS_move_pages, 0, 2, pages, NULL, status, 64));
	VALUE(syscall(SYS_move_pages, 0, 2, (void *)8, NULL, status, 0));
	VALUE(syscall(SYS_set_mempolicy, 77, &one, 64));
	VALUE(syscall(SYS_set_mempolicy, MPOL_BIND, &none, 64));
	VALUE(syscall(SYS_set_mempolicy, MPOL_BIND, &beyond, 65));
	VALUE(syscall(SYS_set_mempolicy, MPOL_DEFAULT, &one, 64));
	VALUE(syscall(SYS_set_mempolicy, MPOL_BIND, (void *)8, 64));
	VALUE(syscall(SYS_mbind, p + 1, PAGE, MPOL_DEFAULT, NULL, 0, 0));
	VALUE(syscall(SYS_mbind, p, PAGE, MPOL_DEFAULT, NULL, 0, 64));
	VALUE(syscall(SYS_mbind, p, 2 * PAGE, MPOL_BIND, &one, 64, 0));
	VALUE(syscall(SYS_mbind, p, 0, MPOL_BIND, &one, 64, 0));
	VALUE(syscall(SYS_get_mempolicy, &mode, NULL, 0, p, 0));
	VALUE(syscall(SYS_get_mempolicy, &mode, NULL, 0, p + PAGE, MPOL_F_ADDR));
	VALUE(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, MPOL_F_NODE));
	VALUE(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 64));
	VALUE(syscall(SYS_get_mempolicy, (int *)8, NULL, 0, NULL, 0));
	VALUE(munmap(p, PAGE));
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 1;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	test_touch(threads);
	test_policies(mems_allowed());
	test_errors();
	return 0;
}
