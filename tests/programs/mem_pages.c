/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * By which pages memory is mapped, read from the kernel's page tables (/proc/self/numa_maps): a mapping of 1 GiB, before and
 * after one of its pages changes, a large one, a reservation that is touched. For the LWK; needs 3 GiB of memory.
 */
#include "report.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE  4096UL
#define LARGE (2UL << 20)
#define GIANT (1UL << 30)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

struct leaves {
	unsigned long small, large, giant;
};

static unsigned long number_behind(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* of all mappings that start in the range */
static struct leaves leaves_in(const char *p, size_t bytes)
{
	struct leaves all = {0, 0, 0};
	FILE *maps = fopen("/proc/self/numa_maps", "r");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start = strtoul(line, NULL, 16);

		if (start < (uintptr_t)p || start >= (uintptr_t)p + bytes)
			continue;
		all.small += number_behind(line, "leaves_4k=");
		all.large += number_behind(line, "leaves_2M=");
		all.giant += number_behind(line, "leaves_1G=");
	}
	fclose(maps);
	return all;
}

static void print_leaves(const char *what, const char *p, size_t bytes)
{
	struct leaves leaves = leaves_in(p, bytes);

	printf("%s: %lu of 1 GiB, %lu of 2 MiB, %lu of 4 KiB\n", what, leaves.giant, leaves.large,
	       leaves.small);
}

static void test_giant(void)
{
	char *p = mmap(NULL, GIANT, RW, ANON, -1, 0);

	print_leaves("1 GiB", p, GIANT);
	for (size_t at = 0; at < GIANT; at += LARGE / 2)
		*(size_t *)(void *)(p + at) = at;
	VALUE(mprotect(p + GIANT / 2, PAGE, PROT_READ));
	print_leaves("a page of it read-only", p, GIANT);
	VALUE(munmap(p + LARGE, PAGE));
	VALUE(munmap(p + GIANT - LARGE, LARGE));
	print_leaves("parts unmapped", p, GIANT);
	unsigned long wrong = 0;
	for (size_t at = 0; at < GIANT - LARGE; at += LARGE / 2)
		wrong += at != LARGE && *(size_t *)(void *)(p + at) != at;
	VALUE(wrong);
	VALUE(munmap(p, GIANT));
	p = mmap(NULL, GIANT, RW, ANON, -1, 0);
	print_leaves("1 GiB again", p, GIANT);
	char *q = mremap(p, GIANT, GIANT + 3 * PAGE, MREMAP_MAYMOVE);
	print_leaves("grown", q, GIANT + 3 * PAGE);
	VALUE(munmap(q, GIANT + 3 * PAGE));
}

static void test_large(void)
{
	char *p = mmap(NULL, 5 * LARGE + PAGE, RW, ANON, -1, 0);

	print_leaves("10 MiB and a page", p, 5 * LARGE + PAGE);
	VALUE(munmap(p, 5 * LARGE + PAGE));
	p = mmap(NULL, GIANT, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	print_leaves("reserved", p, GIANT);
	VALUE(mprotect(p, 10 * LARGE + PAGE, RW));
	p[3 * LARGE + 5] = 1;
	p[10 * LARGE] = 1;
	print_leaves("touched twice", p, GIANT);
	VALUE(munmap(p, GIANT));
}

int main(void)
{
	test_giant();
	test_large();
	return 0;
}
